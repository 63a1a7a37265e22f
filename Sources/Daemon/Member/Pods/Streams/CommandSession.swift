import APIServer
import Client
import Kubernetes
import NIOCore

/// One `exec` or `attach`, over a WebSocket.
struct CommandSession: Sendable {
    private let connection: SwitchedConnection
    private let writer: WebSocketWriter
    private let tellsEnd: Bool

    /// - Parameter tellsEnd: whether the client says where its input ends; else that is the end of all.
    init(_ connection: SwitchedConnection, tellsEnd: Bool) {
        self.connection = connection
        writer = WebSocketWriter(role: .server) { try await connection.write($0) }
        self.tellsEnd = tellsEnd
    }

    /// - Parameters:
    ///   - command: with its arguments; nil to look at what the container says by itself.
    ///   - hasInput: whether the client is going to send any.
    func run(_ command: [String]?, in container: SimulatedContainer, hasInput: Bool) async throws {
        switch command.map({ SimulatedCommand($0, in: container) }) ?? .log {
        case .copyInput:
            if hasInput { try await copyInput() }
            try await end(0)
        case .result(let output, let errors, let exitCode):
            try await say(output, on: .stdout)
            try await say(errors, on: .stderr)
            try await end(exitCode)
        case .sleep(let duration):
            if try await whileThere({ try await Task.sleep(for: duration) }) { try await end(0) }
        case .log:
            _ = try await whileThere {
                while true {
                    try await say(container.logLine, on: .stdout)
                    try await Task.sleep(for: .seconds(1))
                }
            }
        }
        try await writer.close()
    }

    private var messages: WebSocketMessages<SwitchedConnection.Inbound> {
        WebSocketMessages(connection.inbound, role: .server, writer: writer)
    }

    private func copyInput() async throws {
        var messages = messages
        while var message = try await messages.next() {
            switch message.readInteger(as: UInt8.self).flatMap(RemoteCommand.Stream.init) {
            case .stdin: try await send(message, on: .stdout)
            case .close where tellsEnd && message.readInteger() == RemoteCommand.Stream.stdin.rawValue: return
            default: continue
            }
        }
    }

    /// Does something that listens to nothing, as long as the client is there.
    /// - Returns: whether it came to its end.
    private func whileThere(_ body: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                var messages = messages
                while try await messages.next() != nil {}
                return false
            }
            group.addTask {
                try await body()
                return true
            }
            return try await group.next() ?? false
        }
    }

    private func end(_ exitCode: Int32) async throws {
        try await send(ByteBuffer(bytes: RemoteCommand.status(exitCode: exitCode).encoded()), on: .error)
    }

    private func say(_ text: String, on stream: RemoteCommand.Stream) async throws {
        if !text.isEmpty { try await send(ByteBuffer(string: text), on: stream) }
    }

    private func send(_ bytes: ByteBuffer, on stream: RemoteCommand.Stream) async throws {
        try await writer.send(RemoteCommand.message(bytes, on: stream))
    }
}
