import AsyncHTTPClient
import Kubernetes
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Faults between a client and its server, told as the API's errors. No text shows credentials.
enum TransportFailure: Error {
    case tooLarge(limit: Int)

    /// Whether another try may succeed soon.
    static func isTransient(_ error: any Error) -> Bool {
        switch error {
        case is TransportFailure, is ClientConfigurationError, is DeadlineExceeded, is CancellationError, is APIError: false
        // A certificate does not get better by asking again.
        case let error as NIOSSLError: if case .handshakeFailed = error { false } else { true }
        case is NIOSSLExtraError: false
        default: true
        }
    }

    static func text(of error: any Error) -> String {
        switch error {
        case TransportFailure.tooLarge(let limit): "the answer is larger than \(limit) bytes"
        case let error as NIOConnectionError: text(of: error)
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOSSLError: "TLS: \(text(ofTLS: error))"
        case let error as NIOSSLExtraError: "TLS: \(error)"
        // Its long form may show header values.
        case let error as HTTPClientError: error.shortDescription
        default: "\(error)"
        }
    }

    private static func text(of error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first { return text(of: failure.error) }
        if error.dnsAError != nil || error.dnsAAAAError != nil { return "cannot resolve the host \(error.host)" }
        return "cannot connect"
    }

    /// BoringSSL's own words, but for the fault that users meet: they name source files of its build.
    private static func text(ofTLS error: NIOSSLError) -> String {
        let text = "\(error)"
        return text.contains("CERTIFICATE_VERIFY_FAILED")
            ? "the server's certificate is not signed by the certificate authority that was given" : text
    }

    /// - Parameter call: what was asked of whom, to begin the message with.
    static func apiError(_ error: any Error, _ call: String, timeout: Duration) -> APIError {
        if let error = error as? APIError { return error }
        let transport = error as? HTTPClientError
        if error is CancellationError || transport == .cancelled {
            return APIError(code: 499, reason: .unknown, message: "\(call): cancelled")
        }
        if error is DeadlineExceeded || transport == .deadlineExceeded {
            return APIError(code: 504, reason: .timeout, message: "\(call): no answer within \(timeout)")
        }
        let isTimeout = transport.map { timeouts.contains($0) } ?? false
        return APIError(
            code: isTimeout ? 504 : 503, reason: isTimeout ? .timeout : .serviceUnavailable,
            message: "\(call): \(text(of: error))")
    }

    private static let timeouts: [HTTPClientError] = [
        .connectTimeout, .readTimeout, .writeTimeout, .tlsHandshakeTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout,
        .getConnectionFromPoolTimeout,
    ]
}

extension APIError {
    /// What an answer that is no success says: its `Status`, or where it has none (a proxy's page, an empty body) what its
    /// HTTP status means.
    init(answer: HTTPAnswer, method: String) {
        if let json = try? JSON(parsing: answer.body), let error = APIError(status: json) {
            self = error
            return
        }
        let text = String(decoding: answer.body.prefix(1024), as: UTF8.self)
        let isReadable = !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 || 0x09...0x0D ~= $0 }
        self.init(
            code: answer.status, reason: Self.reason(of: answer.status, method: method),
            message: isReadable ? text : "the server answered with HTTP status \(answer.status)")
        if let seconds = answer.header("retry-after").flatMap({ Int($0) }), seconds > 0 {
            details = Details(retryAfterSeconds: seconds)
        }
    }

    private static func reason(of status: Int, method: String) -> Reason {
        switch status {
        case 400: .badRequest
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 405: .methodNotAllowed
        case 406: .notAcceptable
        case 409: method == "POST" ? .alreadyExists : .conflict
        case 410: .gone
        case 413: .requestEntityTooLarge
        case 415: .unsupportedMediaType
        case 422: .invalid
        case 429: .tooManyRequests
        case 502, 503: .serviceUnavailable
        case 504: .timeout
        case 500...: .internalError
        default: .unknown
        }
    }
}
