import ArgumentParser
import Client
import Glibc
import Kubernetes
import NIOCore
import UnixSignals

/// `flotilla exec`: runs a command in a container, of a member as of any cluster that the control plane leads to.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Execute a command in a container in a member cluster.",
        discussion: "The command comes after --: flotilla exec web-1 -C member1 -- date. Its exit status is this command's.")

    @Argument(help: ArgumentHelp("The pod: NAME, or TYPE/NAME for one of those that something has.", valueName: "pod"))
    var pod: PodReference

    @OptionGroup var controlPlane: ControlPlaneOptions
    @OptionGroup var scope: ClusterScopeOptions

    @Option(name: [.short, .long], help: ArgumentHelp("The pod's namespace.", valueName: "namespace"))
    var namespace = "default"

    @Option(name: [.short, .long], help: ArgumentHelp("The container, where the pod has several.", valueName: "container"))
    var container: String?

    @Flag(name: [.customShort("i"), .long], help: "Pass standard input to the container.")
    var stdin = false

    @Flag(name: [.short, .long], help: "Standard input is a terminal.")
    var tty = false

    @Flag(name: [.short, .long], help: "Only print output from the remote session.")
    var quiet = false

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The command with its arguments.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        try scope.requirePlace()
        if command.isEmpty { throw ValidationError("you must specify at least one command for the container, after --") }
        if tty, !stdin { throw ValidationError("--tty needs --stdin.") }
    }

    func run() async throws {
        let place = try await scope.place(in: try controlPlane.configuration())
        let isTerminal = tty && Terminal.isInteractive
        if tty, !isTerminal { complain("Unable to use a TTY - input is not a terminal or the right kind of file") }
        var query = Query(command.map { ("command", $0) })
        if let container { query.add("container", container) }
        query.add("stdin", "\(stdin)")
        query.add("stdout", "true")
        // A terminal has one output.
        query.add("stderr", "\(!isTerminal)")
        query.add("tty", "\(isTerminal)")
        let exitCode = try await withClient(place.configuration) { [query] client in
            let path = try await pod.path("exec", in: namespace, query, by: client)
            let session = try await RemoteSession(path, of: client)
            guard isTerminal else { return try await session.run(readsInput: stdin, isTerminal: false) }
            return try await Terminal.raw { try await session.run(readsInput: stdin, isTerminal: true) }
        }
        guard exitCode != 0 else { return }
        if !quiet { complain("command terminated with exit code \(exitCode)") }
        throw ExitCode(exitCode)
    }
}

/// A process in a container, by its streams.
private struct RemoteSession: Sendable {
    private let connection: UpgradedConnection
    private let tellsEnd: Bool

    /// - Throws: `CommandFailure` where the server does not let the process be reached.
    init(_ path: String, of client: HTTPObjectClient) async throws {
        let key = WebSocket.makeKey()
        let call = HTTPCall(
            "GET", path,
            headers: [
                ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key),
                ("Sec-WebSocket-Protocol", RemoteCommand.protocols.joined(separator: ", ")),
            ])
        switch try await client.upgrade(call, to: "websocket") {
        case .refused(let answer): throw CommandFailure(answer)
        case .switched(let connection):
            guard connection.header("Sec-WebSocket-Accept") == WebSocket.accept(key: key),
                let name = connection.header("Sec-WebSocket-Protocol"), RemoteCommand.protocols.contains(name)
            else { throw CommandFailure("the server speaks another protocol than \(RemoteCommand.protocols[0])") }
            self.connection = connection
            tellsEnd = RemoteCommand.tellsEnd(name)
        }
    }

    /// Shows what the process says until it ends.
    /// - Returns: its exit code.
    func run(readsInput: Bool, isTerminal: Bool) async throws -> Int32 {
        try await connection.run { inbound, outbound in
            let writer = WebSocketWriter(role: .client) { try await outbound.write($0) }
            // Nobody waits for these: reading standard input ends with the program only.
            let input = Task { if readsInput { try await sendInput(to: writer) } }
            let sizes = Task { if isTerminal { try await sendSizes(to: writer) } }
            defer {
                input.cancel()
                sizes.cancel()
            }
            let messages = WebSocketMessages(inbound, role: .client, writer: writer, maximumMessage: 16 << 20)
            for try await message in messages {
                var message = message
                switch message.readInteger(as: UInt8.self).flatMap(RemoteCommand.Stream.init) {
                case .stdout: Terminal.show(message)
                case .stderr: Terminal.show(message, on: STDERR_FILENO)
                case .error:
                    let status = (try? JSON(parsing: Array(message.readableBytesView))) ?? .null
                    try? await writer.close()
                    guard let exitCode = RemoteCommand.exitCode(of: status) else {
                        throw CommandFailure(status["message"]?.string ?? "the process ended without a word")
                    }
                    return exitCode
                default: break
                }
            }
            throw CommandFailure("the connection ended before the process did")
        }
    }

    private func sendInput(to writer: WebSocketWriter) async throws {
        while let bytes = await Terminal.read() {
            try Task.checkCancellation()
            try await writer.send(RemoteCommand.message(bytes, on: .stdin))
        }
        if tellsEnd { try await writer.send(RemoteCommand.end(of: .stdin)) }
    }

    /// Says how large the terminal is, now and whenever that changes.
    private func sendSizes(to writer: WebSocketWriter) async throws {
        let changes = await UnixSignalsSequence(trapping: .sigwinch)
        try await sendSize(to: writer)
        for await _ in changes { try await sendSize(to: writer) }
    }

    private func sendSize(to writer: WebSocketWriter) async throws {
        guard let size = Terminal.size else { return }
        let json: JSON = ["Width": JSON(size.columns), "Height": JSON(size.rows)]
        try await writer.send(RemoteCommand.message(ByteBuffer(bytes: json.encoded()), on: .resize))
    }
}
