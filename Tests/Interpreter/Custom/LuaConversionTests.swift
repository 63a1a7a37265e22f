import Kubernetes
import Testing

@testable import Interpreter

/// Values on their way from JSON to Lua and back.
@Suite struct LuaConversionTests {
    private static let identity = LuaScript("function F(value) return value end", function: "F")

    @Test(arguments: [
        ("{a: 1, b: -0.5, c: text, d: true}", "{a: 1, b: -0.5, c: text, d: true}"),
        ("{a: null, b: [1, null, 2]}", "{b: [1, 2]}"),
        ("[]", "[]"), ("{}", "[]"), ("{a: {}, b: []}", "{a: [], b: []}"),
        ("[[1], [2, [3]]]", "[[1], [2, [3]]]"),
        ("{1: a, 2: b}", "{\"1\": a, \"2\": b}"),
        ("9007199254740993", "9007199254740993"), ("1e300", "1e300"), ("3.0", "3"),
        ("\"\\u0000 é 😀\"", "\"\\u0000 é 😀\""),
    ])
    func comesBack(sent: String, returned: String) async throws {
        #expect(try await Self.identity.call([value(sent)])[0] == value(returned))
    }

    /// What Lua cannot tell apart, made the same.
    private static func leveled(_ json: JSON) -> JSON {
        switch json {
        case .array(let elements): .array(elements.filter { !$0.isNull }.map(leveled))
        case .object(let members):
            {
                let kept = members.filter { !$1.isNull }.map { ($0, leveled($1)) }
                return kept.isEmpty ? .array([]) : .object(JSONObject(kept))
            }()
        case .number(let number): Int64(exactly: number).map(JSON.integer) ?? json
        default: json
        }
    }

    @Test(arguments: 0..<40)
    func randomValuesComeBack(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<25 {
            let json = random.json(depth: 5)
            #expect(try await Self.identity.call([json])[0] == Self.leveled(json))
        }
    }

    /// With the object itself for reference, even what is empty comes back as it was.
    @Test(arguments: 0..<20)
    func randomObjectsComeBackWithReference(seed: UInt64) async throws {
        var random = SeededGenerator(seed: 1000 + seed)
        for _ in 0..<25 {
            // Distinct keys along every way, so that no path is an empty array here and an empty object there.
            let json: JSON = [
                "kind": "K", "a": ["x": random.flat(), "y": ["z": random.flat(), "e": [:], "l": []]], "b": [[:], [:]],
            ]
            let script = LuaScript("function Retain(desired) return desired end", function: "Retain")
            let returned = try await script.call([json])[0]
            #expect(EmptyTables(references: [json]).resolve(returned, isObject: true) == json)
        }
    }

    @Test func emptyTablesOfUnknownMeaningAreLeftOut() throws {
        let tables = EmptyTables(references: [
            try value("{a: {}, b: [], list: [{c: {}}, {c: {d: 1}}]}"), try value("{e: {f: []}}"),
        ])
        let answer = try value("{a: [], b: [], list: [{c: []}, {g: []}], e: {f: [], h: []}, new: []}")
        #expect(tables.resolve(answer, isObject: true) == (try value("{a: {}, b: [], list: [{c: {}}, {}], e: {f: []}}")))
        #expect(tables.resolve([], isObject: true) == [:])
        #expect(tables.resolve([], isObject: false) == [])
    }

    @Test(arguments: [
        ("{1, 2, a = 3}", "a table with both numbers and strings for keys is neither an array nor an object"),
        ("{[1] = 1, [3] = 3}", "an array with gaps cannot be part of an answer"),
        ("{[0] = 1}", "an array with gaps cannot be part of an answer"),
        ("{[-1] = 1}", "an array with gaps cannot be part of an answer"),
        ("{[1.5] = 1}", "a table with a number for a key is neither an array nor an object"),
        ("{[true] = 1}", "a table with a boolean for a key is neither an array nor an object"),
        ("{f = print}", "a function cannot be part of an answer"),
        ("1 / 0", "inf is no number that JSON can write"), ("0 / 0", "-nan is no number that JSON can write"),
        (
            "(function() local t = {} t.t = t return t end)()",
            "the answer has more than 200 levels of tables, or a table within itself"
        ),
        (
            "(function() local t = {} for i = 1, 60 do t = {t, t} end return t end)()", "the answer has more than 1000000 values"
        ),
    ])
    func refuses(expression: String, problem: String) async throws {
        let script = LuaScript("function F() return \(expression) end", function: "F")
        let error = try await #require(throws: LuaError.self) { try await script.call([]) }
        #expect(error.description == problem)
    }

    /// A table in several places is written in each of them.
    @Test func sharedTables() async throws {
        let script = LuaScript("function F() local t = {x = 1} return {a = t, b = {t, t}} end", function: "F")
        #expect(try await script.call([])[0] == value("{a: {x: 1}, b: [{x: 1}, {x: 1}]}"))
    }

    @Test func tooDeepArguments() async throws {
        var json: JSON = 1
        for _ in 0..<300 { json = [json] }
        let deep = json
        let error = try await #require(throws: LuaError.self) { try await Self.identity.call([deep]) }
        #expect(error.description == "more than 200 levels of objects and arrays")
    }

    @Test func textThatIsNoUTF8() async throws {
        #expect(try await LuaScript("function F() return 'a\\xFFb' end", function: "F").call([])[0] == "a\u{FFFD}b")
    }
}

extension SeededGenerator {
    fileprivate mutating func flat() -> JSON {
        [.integer(Int64.random(in: -9...9, using: &self)), .bool(Bool.random(using: &self)), .string("s"), .number(0.25)]
            .randomElement(using: &self)!
    }

    /// A tree of up to `depth` levels.
    fileprivate mutating func json(depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64(bitPattern: next()))
        case 3:
            let number = Double(bitPattern: next())
            return .number(number.isFinite ? number : 0.5)
        case 4: return .string(["", "a", "1", "\u{0}", "é", "true", "nil", "a.b"].randomElement(using: &self)!)
        case 5, 6: return .array((0..<Int.random(in: 0...4, using: &self)).map { _ in json(depth: depth - 1) })
        default:
            let keys = ["a", "b", "1", "", "kind", "x.y", "é"]
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0...4, using: &self)).map { _ in
                        (keys.randomElement(using: &self)!, json(depth: depth - 1))
                    }))
        }
    }
}
