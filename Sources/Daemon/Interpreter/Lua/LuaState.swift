import CLua
import Kubernetes

/// What one run of a script may use up.
struct LuaLimits: Sendable {
    /// Bytes, of all values that are alive.
    var memory = 64 << 20
    /// Instructions of Lua's machine. Ten million take a tenth of a second or so.
    var instructions = 10_000_000
}

/// A Lua state for one run of one script, with what scripts may call and nothing else.
struct LuaState: ~Copyable {
    private let state: OpaquePointer
    private let limits: UnsafeMutablePointer<clua_limits>
    private let granted: LuaLimits

    init(_ limits: LuaLimits = LuaLimits()) throws(LuaError) {
        granted = limits
        self.limits = .allocate(capacity: 1)
        // Native until a script is called.
        self.limits.initialize(
            to: clua_limits(
                memory: 0, memory_limit: limits.memory, instructions: Int64(limits.instructions), is_native: 1))
        guard let state = clua_new_state(self.limits) else {
            self.limits.deallocate()
            throw LuaError("no memory for another Lua state")
        }
        self.state = state
    }

    deinit {
        lua_close(state)
        limits.deallocate()
    }

    private var stack: LuaStack { LuaStack(state) }

    // MARK: Set-up

    /// Lua's own libraries as far as they are harmless, what Lua 5.1 had and scripts still use, and `require("kube")`.
    func openLibraries() throws(LuaError) {
        let libraries: [(String, lua_CFunction)] = [
            ("_G", luaopen_base), ("table", luaopen_table), ("string", luaopen_string), ("math", luaopen_math),
            ("os", luaopen_os),
        ]
        for (name, open) in libraries {
            luaL_requiref(state, name, open, 1)
            stack.pop()
        }
        lua_createtable(state, 0, Int32(LuaKube.functions.count))
        for (name, function) in LuaKube.functions {
            clua_push_function(state, function)
            lua_setfield(state, -2, name)
        }
        lua_setglobal(state, "kube")
        try load(LuaSandbox.prelude.get(), name: "prelude")
        try protected(lua_pcallk(state, 0, 0, 0, 0, nil))
    }

    // MARK: Compiling

    /// The instructions of a script, which any state can load.
    static func compile(_ source: String, name: String) throws(LuaError) -> [UInt8] {
        let lua = try LuaState(LuaLimits(memory: 256 << 20))
        return try lua.compile(source, name: name)
    }

    private func compile(_ source: String, name: String) throws(LuaError) -> [UInt8] {
        // Text only: instructions that somebody made up could do anything.
        let status = Array(source.utf8).withUnsafeBytes {
            luaL_loadbufferx(state, $0.baseAddress, $0.count, "=\(name)", "t")
        }
        try protected(status)
        defer { stack.pop() }
        var bytecode: [UInt8] = []
        _ = withUnsafeMutablePointer(to: &bytecode) { pointer in
            lua_dump(
                state,
                { _, bytes, count, context in
                    let bytecode = context!.assumingMemoryBound(to: [UInt8].self)
                    bytecode.pointee.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
                    return 0
                }, pointer, 0)
        }
        return bytecode
    }

    private func load(_ bytecode: [UInt8], name: String) throws(LuaError) {
        try protected(bytecode.withUnsafeBytes { luaL_loadbufferx(state, $0.baseAddress, $0.count, "=\(name)", "b") })
    }

    // MARK: Running

    /// Runs a script, which defines functions, and then the function named `function`.
    ///
    /// - Returns: as many values as were asked for, null for what the function did not return.
    func run(
        _ bytecode: [UInt8], function: String, arguments: [JSON], results: Int
    ) throws(LuaError) -> [JSON] {
        try load(bytecode, name: function)
        try runScript(arguments: 0, results: 0)
        lua_getglobal(state, function)
        guard stack.type(at: -1) == LUA_TFUNCTION else {
            let isMissing = stack.type(at: -1) == LUA_TNIL
            throw LuaError(
                isMissing ? "not found function \(function)" : "\(function) is not a function: \(stack.typeName(at: -1))")
        }
        for argument in arguments { try stack.push(argument) }
        try runScript(arguments: arguments.count, results: results)
        var values: [JSON] = []
        for index in -results..<0 { values.append(try stack.json(at: index)) }
        return values
    }

    /// Runs what is on the stack within the limits.
    private func runScript(arguments: Int, results: Int) throws(LuaError) {
        guard limits.pointee.memory <= limits.pointee.memory_limit else { throw outOfMemory }
        limits.pointee.is_native = 0
        let status = lua_pcallk(state, Int32(arguments), Int32(results), 0, 0, nil)
        limits.pointee.is_native = 1
        try protected(status)
    }

    private func protected(_ status: Int32) throws(LuaError) {
        guard status != LUA_OK else { return }
        defer { stack.pop() }
        if limits.pointee.instructions <= 0 { throw LuaError("took more than \(granted.instructions) instructions") }
        if status == LUA_ERRMEM { throw outOfMemory }
        throw LuaError(stack.text(at: -1) ?? "failed with a \(stack.typeName(at: -1)) for an error")
    }

    private var outOfMemory: LuaError { LuaError("took more than \(granted.memory >> 20) MiB of memory") }
}
