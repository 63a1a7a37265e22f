import Kubernetes
import Synchronization

/// A script of a customization, compiled when it is first needed.
final class LuaScript: Sendable {
    let source: String
    /// The function that the script defines for its operation, and the name under which errors show its lines.
    let function: String
    private let compiled = Mutex<Result<[UInt8], LuaError>?>(nil)
    /// Whether a run was given up and goes on all the same.
    private let isStuck = Atomic(false)

    init(_ source: String, function: String) {
        self.source = source
        self.function = function
    }

    /// - Throws: what is wrong with the script, and in which line.
    @discardableResult func compile() throws(LuaError) -> [UInt8] {
        try compiled.withLock { compiled in
            if let compiled { return compiled }
            let result = Result { () throws(LuaError) in try LuaState.compile(source, name: function) }
            compiled = result
            return result
        }.get()
    }

    /// Calls the script's function on a thread that waits for nothing else.
    func call(_ arguments: [JSON], results: Int = 1, limits: LuaLimits = LuaLimits()) async throws(LuaError) -> [JSON] {
        guard !isStuck.load(ordering: .relaxed) else { throw LuaError("an earlier run has not ended yet") }
        let outcome = await LuaThreads.shared.run {
            Result { () throws(LuaError) in
                let lua = try LuaState(limits)
                try lua.openLibraries()
                return try lua.run(try self.compile(), function: self.function, arguments: arguments, results: results)
            }
        } onGivingUp: {
            self.isStuck.store(true, ordering: .relaxed)
        } onLateEnd: {
            self.isStuck.store(false, ordering: .relaxed)
        }
        return try outcome.get()
    }
}
