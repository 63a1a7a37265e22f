import NIOPosix
import Synchronization

/// The bearer token of a client; one in a file is read again, as kubelets and others rotate them.
final class TokenSource: Sendable {
    private struct Cached {
        var token: String
        var readAt: ContinuousClock.Instant
    }

    /// How old a token read from a file may be.
    private let maximumAge: Duration
    private let fixed: String?
    private let file: String?
    private let cached = Mutex<Cached?>(nil)

    init(token: String?, file: String?, maximumAge: Duration = .seconds(10)) throws(ClientConfigurationError) {
        self.file = file
        self.maximumAge = maximumAge
        fixed = token
        if let token, !Self.isValid(token) { throw ClientConfigurationError("the token has characters that no token has") }
    }

    /// - Throws: `ClientConfigurationError` where the file cannot be read.
    func token() async throws -> String? {
        guard let file else { return fixed }
        let now = ContinuousClock.now
        if let cached = cached.withLock({ $0 }), now - cached.readAt < maximumAge { return cached.token }
        let bytes = try await NIOThreadPool.singleton.runIfActive { try LocalFile.read(file) }
        let text = String(decoding: bytes, as: UTF8.self)
        let token = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        guard !token.isEmpty, Self.isValid(token) else { throw ClientConfigurationError("\(file): holds no token") }
        cached.withLock { $0 = Cached(token: token, readAt: now) }
        return token
    }

    /// Visible ASCII only, so that it cannot end its header.
    private static func isValid(_ token: String) -> Bool { token.utf8.allSatisfy { 0x21...0x7E ~= $0 } }
}
