import Kubernetes
import NIOCore

/// How `exec` and `attach` carry a process' streams over a WebSocket: each message begins with the number of its stream
/// (Kubernetes' remote command protocol).
public enum RemoteCommand {
    public enum Stream: UInt8, Sendable {
        case stdin = 0, stdout, stderr
        /// A `Status` when the process has ended.
        case error
        /// `{"Width":80,"Height":24}`, of a terminal.
        case resize
        /// Its second byte is the stream that ends. Since v5.
        case close = 255
    }

    /// What WebSocket subprotocols say of it, the best first.
    public static let protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]

    /// Whether the end of the input can be told.
    public static func tellsEnd(_ name: String) -> Bool { name == protocols[0] }

    public static func message(_ bytes: ByteBuffer, on stream: Stream) -> ByteBuffer {
        var message = ByteBuffer(integer: stream.rawValue)
        message.writeImmutableBuffer(bytes)
        return message
    }

    /// Says that nothing more comes on a stream.
    public static func end(of stream: Stream) -> ByteBuffer {
        message(ByteBuffer(integer: stream.rawValue), on: .close)
    }

    /// The `Status` of a process that has ended.
    public static func status(exitCode: Int32) -> JSON {
        guard exitCode != 0 else { return ["metadata": [:], "status": "Success"] }
        return [
            "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode",
            "message": .string("command terminated with non-zero exit code: exit status \(exitCode)"),
            "details": ["causes": [["reason": "ExitCode", "message": .string(String(exitCode))]]],
        ]
    }

    /// The exit code that a `Status` tells; nil where it tells of another fault.
    public static func exitCode(of status: JSON) -> Int32? {
        if status["status"]?.string == "Success" { return 0 }
        guard status["reason"]?.string == "NonZeroExitCode" else { return nil }
        let cause = status["details", "causes"]?.array?.first { $0["reason"]?.string == "ExitCode" }
        return cause?["message"]?.string.flatMap { Int32($0) }
    }
}
