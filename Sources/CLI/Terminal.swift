import Glibc
import NIOCore
import NIOPosix

/// Standard input, output and errors, and the terminal behind them.
enum Terminal {
    /// Writes all of the bytes, to standard output where nothing else is said.
    static func show(_ bytes: ByteBuffer, on file: Int32 = STDOUT_FILENO) {
        bytes.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = UnsafeRawBufferPointer(rebasing: rest).withMemoryRebound(to: UInt8.self) {
                    write(file, $0.baseAddress, $0.count)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// What is typed next; nil at the end.
    static func read() async -> ByteBuffer? {
        try? await NIOThreadPool.singleton.runIfActive {
            var bytes = [UInt8](repeating: 0, count: 32 * 1024)
            while true {
                let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
                if count < 0, errno == EINTR { continue }
                return count > 0 ? ByteBuffer(bytes: bytes[..<count]) : nil
            }
        }
    }

    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Passes every key on as it is typed while `body` runs.
    static func raw<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return try await body() }
        var raw = before
        cfmakeraw(&raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        defer { tcsetattr(STDIN_FILENO, TCSANOW, &before) }
        return try await body()
    }

    struct Size: Sendable {
        var columns: Int
        var rows: Int
    }

    static var size: Size? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}
