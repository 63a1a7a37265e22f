import Foundation
import Testing

/// A `flotillad` process that runs beside the test and ends with it at the latest.
final class DaemonProcess: Sendable {
    /// What its ready line says is ready.
    let ready: String
    private let process: Process
    private let log: OutputFile

    /// Starts the process and awaits its ready line.
    init(_ arguments: [String], in workspace: Workspace) async throws {
        let output = try workspace.file("output")
        log = try workspace.file("log")
        process = Process()
        process.executableURL = Program.flotillad
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output.handle
        process.standardError = log.handle
        try process.run()
        for file in [output, log] { try file.handle.close() }
        let process = process
        let log = log
        let ready = Box("")
        do {
            try await eventually("flotillad \(arguments[0]) is ready") {
                let line = try output.text().split(separator: "\n").first ?? ""
                guard line.hasPrefix("flotillad ready ") else {
                    if !process.isRunning { throw TimeoutError(description: "flotillad ended: \(try log.text())") }
                    return false
                }
                ready.value = String(line.dropFirst("flotillad ready ".count))
                return true
            }
        } catch {
            process.terminate()
            throw error
        }
        self.ready = ready.value
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Ends the process and awaits its end.
    /// - Returns: how long it took.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) async throws -> Duration {
        let begin = ContinuousClock.now
        send(signal)
        try await eventually("flotillad ends") { !process.isRunning }
        return ContinuousClock.now - begin
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    var identifier: Int32 { process.processIdentifier }
    var exitStatus: Int32 { process.terminationStatus }

    func logText() throws -> String { try log.text() }
}

/// A `flotillad` that serves an API: a control plane or a simulated member.
final class Daemon: Sendable {
    let workspace: Workspace
    let process: DaemonProcess

    var url: String { process.ready }
    /// The directory with certificates, kubeconfig and database; it outlives the process, so that another can go on with it.
    var data: URL { workspace.url.appending(path: "data") }
    var kubeconfig: String { data.appending(path: "admin.kubeconfig").path }
    var processIdentifier: Int32 { process.identifier }

    init(_ command: String, _ arguments: [String] = [], in workspace: Workspace, listen: String = "127.0.0.1:0") async throws {
        self.workspace = workspace
        process = try await DaemonProcess(
            [command, "--data-dir", workspace.url.appending(path: "data").path, "--listen", listen] + arguments, in: workspace)
    }

    static func serve(_ arguments: [String] = [], in workspace: Workspace? = nil) async throws -> Daemon {
        try await Daemon("serve", arguments, in: try workspace ?? Workspace())
    }

    static func member(_ name: String, _ arguments: [String] = []) async throws -> Daemon {
        try await Daemon("member", ["--name", name] + arguments, in: try Workspace())
    }

    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) async throws -> Duration { try await process.stop(signal) }

    var exitStatus: Int32 { process.exitStatus }

    func logText() throws -> String { try process.logText() }

    /// Runs `kubectl` as the administrator.
    func kubectl(_ arguments: String..., input: String? = nil) async throws -> CommandResult {
        try await kubectl(arguments, input: input)
    }

    func kubectl(_ arguments: [String], input: String? = nil) async throws -> CommandResult {
        let kubectl = try #require(Program.kubectl, "kubectl is not on the PATH")
        return try await run(
            kubectl, ["--kubeconfig", kubeconfig] + arguments, input: input,
            environment: ["HOME": workspace.url.path, "KUBECACHEDIR": workspace.url.appending(path: "cache").path])
    }

    /// A kubeconfig of the same cluster for somebody else, who has what `kubectl config set-credentials` says.
    func kubeconfig(of user: String, _ credentials: [String]) async throws -> String {
        let path = workspace.url.appending(path: "\(user).kubeconfig").path
        let kubectl = try #require(Program.kubectl, "kubectl is not on the PATH")
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: kubeconfig, toPath: path)
        for arguments in [
            ["set-credentials", user] + credentials, ["set-context", user, "--cluster=flotilla", "--user=\(user)"],
            ["use-context", user],
        ] {
            let result = try await run(kubectl, ["--kubeconfig", path, "config"] + arguments)
            #expect(result.status == 0, "\(result.errors)")
        }
        return path
    }

    /// Runs `kubectl` as the user of another kubeconfig.
    func kubectl(as kubeconfig: String, _ arguments: String...) async throws -> CommandResult {
        try await run(
            try #require(Program.kubectl, "kubectl is not on the PATH"), ["--kubeconfig", kubeconfig] + arguments,
            environment: ["KUBECACHEDIR": kubeconfig + ".cache"])
    }

    /// Runs `flotilla` against this control plane.
    func flotilla(_ arguments: String...) async throws -> CommandResult {
        try await run(Program.flotilla, arguments + ["--kubeconfig", kubeconfig])
    }
}

/// The agent of a member, which can be started again.
actor AgentDaemon {
    private let workspace: Workspace
    private let arguments: [String]
    private var process: DaemonProcess?

    init(_ cluster: String, controlPlane kubeconfig: String, member: Daemon, _ arguments: [String] = []) async throws {
        workspace = try Workspace()
        self.arguments =
            [
                "agent", "--cluster-name", cluster, "--control-plane-kubeconfig", kubeconfig, "--member-kubeconfig",
                member.kubeconfig,
            ] + arguments
        try await start()
    }

    func start() async throws { process = try await DaemonProcess(arguments, in: workspace) }

    func stop(_ signal: Int32 = SIGTERM) async throws { try await process?.stop(signal) }

    func logText() throws -> String { try process?.logText() ?? "" }
}

/// A place for a value that a closure finds.
final class Box<Value>: @unchecked Sendable {  // used by one task at a time
    var value: Value
    init(_ value: Value) { self.value = value }
}
