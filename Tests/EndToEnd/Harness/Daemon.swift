import Foundation
import Testing

/// A `flotillad` that runs beside the test and ends with it at the latest.
final class Daemon: Sendable {
    let workspace: Workspace
    let url: String
    private let process: Process
    private let log: OutputFile

    /// The directory with certificates, kubeconfig and database; it outlives the process, so that another can go on with it.
    var data: URL { workspace.url.appending(path: "data") }
    var kubeconfig: String { data.appending(path: "admin.kubeconfig").path }
    var processIdentifier: Int32 { process.processIdentifier }

    /// Starts the daemon and awaits its ready line.
    init(_ command: String, _ arguments: [String] = [], in workspace: Workspace, listen: String = "127.0.0.1:0") async throws {
        self.workspace = workspace
        let output = try workspace.file("output")
        log = try workspace.file("log")
        process = Process()
        process.executableURL = Program.flotillad
        process.arguments = [command, "--data-dir", workspace.url.appending(path: "data").path, "--listen", listen] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output.handle
        process.standardError = log.handle
        try process.run()
        let process = process
        let log = log
        let url = Box("")
        do {
            try await eventually("flotillad \(command) is ready") {
                let line = try output.text().split(separator: "\n").first ?? ""
                guard line.hasPrefix("flotillad ready https://") else {
                    if !process.isRunning { throw TimeoutError(description: "flotillad ended: \(try log.text())") }
                    return false
                }
                url.value = String(line.dropFirst("flotillad ready ".count))
                return true
            }
        } catch {
            process.terminate()
            throw error
        }
        self.url = url.value
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    static func serve(_ arguments: [String] = [], in workspace: Workspace? = nil) async throws -> Daemon {
        try await Daemon("serve", arguments, in: try workspace ?? Workspace())
    }

    static func member(_ name: String, _ arguments: [String] = []) async throws -> Daemon {
        try await Daemon("member", ["--name", name] + arguments, in: try Workspace())
    }

    /// Ends the process and awaits its end.
    /// - Returns: how long it took.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) async throws -> Duration {
        let begin = ContinuousClock.now
        kill(process.processIdentifier, signal)
        try await eventually("flotillad ends") { !process.isRunning }
        return ContinuousClock.now - begin
    }

    var exitStatus: Int32 { process.terminationStatus }

    func logText() throws -> String { try log.text() }

    /// Runs `kubectl` as the administrator.
    func kubectl(_ arguments: String..., input: String? = nil) async throws -> CommandResult {
        let kubectl = try #require(Program.kubectl, "kubectl is not on the PATH")
        return try await run(
            kubectl, ["--kubeconfig", kubeconfig] + arguments, input: input,
            environment: ["HOME": workspace.url.path, "KUBECACHEDIR": workspace.url.appending(path: "cache").path])
    }

    /// Runs `flotilla` against this control plane.
    func flotilla(_ arguments: String...) async throws -> CommandResult {
        try await run(Program.flotilla, arguments + ["--kubeconfig", kubeconfig])
    }
}

/// A place for a value that a closure finds.
final class Box<Value>: @unchecked Sendable {  // used by one task at a time
    var value: Value
    init(_ value: Value) { self.value = value }
}
