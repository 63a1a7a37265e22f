import Kubernetes
import Testing

@testable import Interpreter

/// What scripts may do, and what becomes of those that go too far.
@Suite struct LuaScriptTests {
    /// The value of a Lua expression.
    private func evaluate(_ expression: String, limits: LuaLimits = LuaLimits()) async throws -> JSON {
        try await LuaScript("function F() return \(expression) end", function: "F").call([], limits: limits)[0]
    }

    private func failure(of body: String, limits: LuaLimits = LuaLimits()) async throws -> String {
        let script = LuaScript("function F() \(body) end", function: "F")
        return try await #require(throws: LuaError.self) { try await script.call([], limits: limits) }.description
    }

    @Test(arguments: [
        ("1 + 1", "2"), ("7 / 2", "3.5"), ("6 / 2", "3"), ("'a' .. 1", "a1"), ("tostring(6 / 2)", "3"),
        ("tostring(2^60)", "1.1529215046068e+18"),
        ("#{1, 2, 3}", "3"), ("unpack({5})", "5"), ("table.getn({1, 2})", "2"), ("math.max(1, 5)", "5"), ("math.pow(2, 3)", "8"),
        ("string.format('%s-%d', 'a', 3)", "a-3"), ("('a,b'):gsub(',', ';')", "a;b"), ("select('#', 1, 2)", "2"),
        ("type(os.time())", "number"), ("#os.date('!%Y')", "4"), ("tostring(true)", "true"), ("tonumber('12')", "12"),
    ])
    func hasWhatScriptsNeed(expression: String, result: String) async throws {
        let value = try await evaluate(expression)
        #expect(value.string ?? value.description == result)
    }

    @Test(arguments: [
        "io", "debug", "package", "coroutine", "kube", "os.execute", "os.exit", "os.getenv", "os.remove", "warn", "utf8",
    ])
    func hasNothingThatReachesOut(name: String) async throws {
        #expect(try await evaluate("type(\(name))") == "nil")
    }

    @Test(arguments: [
        "load('return 1')", "dofile('/etc/passwd')", "loadfile('/etc/passwd')", "loadstring('x')", "setmetatable({}, {})",
        "getmetatable('')", "rawset({}, 1, 1)", "collectgarbage()", "string.dump(print)", "('x'):rep(9)",
        "table.move({}, 1, 9, 2)",
    ])
    func refuses(call: String) async throws {
        #expect(try await failure(of: call).contains("is not supported in a customization"))
    }

    @Test func requiresOnlyKube() async throws {
        #expect(try await evaluate("require('kube').resourceAdd('1', '500m')") == "1500m")
        #expect(try await failure(of: "require('io')").contains("module io not found"))
    }

    @Test(arguments: [
        "while true do end", "while true do pcall(function() while true do end end) end", "local function f() return f() end f()",
        "repeat local ok = pcall(error, 'x') until false",
    ])
    func endsScriptsThatLoop(body: String) async throws {
        #expect(try await failure(of: body) == "took more than 10000000 instructions")
    }

    @Test(arguments: [
        "local t = {} for i = 1, 1e9 do t[i] = {i} end", "local s = 'x' while true do s = s .. s end",
        "local t = {} for i = 1, 1e6 do t[i] = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' .. i end",
    ])
    func endsScriptsThatTakeAllMemory(body: String) async throws {
        #expect(try await failure(of: body) == "took more than 64 MiB of memory")
    }

    @Test func endsScriptsThatRecurse() async throws {
        let failure = try await failure(of: "local function f() return 1 + f() end f()")
        #expect(failure.contains("stack overflow") || failure.contains("MiB of memory"), "\(failure)")
    }

    @Test func saysWhereAScriptFails() async throws {
        let script = LuaScript("function F(object)\n  return object.spec.replicas\nend", function: "F")
        let error = try await #require(throws: LuaError.self) { try await script.call([["metadata": [:]]]) }
        #expect(error.description == "F:2: attempt to index a nil value (field 'spec')")
        #expect(try await failure(of: "error({code = 1})") == "failed with a table for an error")
    }

    @Test(arguments: [
        ("function F(", "F:1: <name> or '...' expected near <eof>"), ("x = ", "F:1: unexpected symbol near <eof>"),
        ("\u{1B}Lua", "attempt to load a binary chunk (mode is 't')"),
    ])
    func refusesToCompile(source: String, problem: String) throws {
        let error = try #require(throws: LuaError.self) { try LuaScript(source, function: "F").compile() }
        #expect(error.description == problem)
    }

    @Test(arguments: [("G = 1", "not found function F"), ("F = 1", "F is not a function: number")])
    func needsItsFunction(source: String, problem: String) async throws {
        let error = try await #require(throws: LuaError.self) { try await LuaScript(source, function: "F").call([]) }
        #expect(error.description == problem)
    }

    @Test func runsShareNothing() async throws {
        let script = LuaScript("n = (n or 0) + 1 function F() table.insert = nil return n end", function: "F")
        for _ in 0..<3 { #expect(try await script.call([])[0] == 1) }
        #expect(try await evaluate("type(table.insert)") == "function")
    }

    @Test func runsSideBySide() async throws {
        let script = LuaScript("function F(n) local s = 0 for i = 1, n do s = s + i end return s end", function: "F")
        let sums = try await withThrowingTaskGroup(of: (Int, JSON).self) { group in
            for n in 1...50 { group.addTask { (n, try await script.call([JSON(n)])[0]) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for n in 1...50 { #expect(sums[n] == JSON(n * (n + 1) / 2)) }
    }

    // MARK: kube

    @Test(arguments: [
        ("kube.resourceAdd()", "0"), ("kube.resourceAdd('1Gi', nil, '1Mi')", "1025Mi"),
        ("kube.getResourceQuantity('1500m')", "1.5"),
        ("kube.getResourceQuantity('1Ki')", "1024"), ("kube.accuratePodRequirements({spec = {}})", "null"),
        (
            "kube.accuratePodRequirements({spec = {nodeSelector = {a = 'b'}, containers = {{resources = {requests = {cpu = '0.5'}}}}}})",
            #"{"nodeClaim":{"nodeSelector":{"a":"b"}},"resourceRequest":{"cpu":"500m"}}"#
        ),
        (
            "kube.getPodDependencies({spec = {serviceAccountName = 'sa'}}, 'ns')",
            #"[{"apiVersion":"v1","kind":"ServiceAccount","name":"sa","namespace":"ns"}]"#
        ),
        (
            "kube.getPodDependencies({spec = {imagePullSecrets = {{name = 's'}}}}, nil)",
            #"[{"apiVersion":"v1","kind":"Secret","name":"s","namespace":"default"}]"#
        ),
    ])
    func kube(expression: String, result: String) async throws {
        let script = LuaScript("local kube = require('kube') function F() return \(expression) end", function: "F")
        let value = try await script.call([])[0]
        #expect(value.string ?? value.description == result)
    }

    @Test(arguments: [
        ("kube.resourceAdd('a lot')", "F:1: \"a lot\" is no quantity"),
        ("kube.resourceAdd(1)", "F:1: bad argument #1: string expected, got number"),
        ("kube.getResourceQuantity()", "F:1: getResourceQuantity only accepts one argument"),
        ("kube.getResourceQuantity('-1')", "F:1: getResourceQuantity: the quantity is negative: -1"),
        ("kube.accuratePodRequirements(1)", "F:1: bad argument #1: table expected, got number"),
        (
            "kube.accuratePodRequirements({spec = {containers = 1}})",
            "F:1: accuratePodRequirements: spec.containers: expected an array, got integer"
        ),
        ("kube.getPodDependencies({})", "F:1: getPodDependencies only accepts two argument"),
        ("kube.getPodDependencies({}, {})", "F:1: bad argument #2: string expected, got table"),
    ])
    func kubeRefuses(expression: String, problem: String) async throws {
        let script = LuaScript("local kube = require('kube') function F() return \(expression) end", function: "F")
        let error = try await #require(throws: LuaError.self) { try await script.call([]) }
        #expect(error.description == problem)
        // A script may catch it, like any error.
        let catching = LuaScript(
            "local kube = require('kube') function F() return pcall(function() return \(expression) end) end", function: "F")
        #expect(try await catching.call([])[0] == false)
    }
}
