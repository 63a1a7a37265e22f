import Kubernetes

/// How to reach an API server, and as whom. Its description shows no credentials.
public struct ClientConfiguration: Sendable, Equatable {
    /// `https://host:port`, with a path where the API is served below one.
    public var server: String
    /// PEM certificates that the server's is verified against; nil for the system's.
    public var certificateAuthority: [UInt8]?
    /// PEM certificate to identify with, its chain after it.
    public var clientCertificate: [UInt8]?
    /// PEM key of the client certificate.
    public var clientKey: [UInt8]?
    /// Bearer token.
    public var token: String?
    /// A file that holds the bearer token, read again as it changes; comes before `token`.
    public var tokenFile: String?
    /// Takes any server certificate. For experiments only.
    public var insecureSkipTLSVerify = false
    /// The name that the server's certificate must have, where it is not the host of `server`.
    public var tlsServerName: String?
    /// `http://host:port` or `socks5://host:port` of a proxy on the way to the server.
    public var proxyURL: String?
    public var userAgent = "flotilla"

    /// For a connection to be made, its TLS handshake included.
    public var connectTimeout: Duration = .seconds(5)
    /// For a call to be answered in full, retries included. Of a watch, for its beginning.
    public var requestTimeout: Duration = .seconds(30)
    /// Bytes that an answer may have.
    public var maximumResponseBytes = 256 << 20
    /// Calls a second at most, watches included; nil for as many as there are.
    public var queriesPerSecond: Double?
    /// Calls at once, before `queriesPerSecond` slows them down.
    public var burst = 60
    /// Whether calls fail at once for a while after the server did not answer several in a row.
    public var breaksCircuit = false
    /// How often a call is made at most, where the server or the connection fails and making it again is harmless.
    public var maximumAttempts = 4

    public init(server: String) { self.server = server }
}

extension ClientConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { server }
    public var debugDescription: String { server }
    public var customMirror: Mirror { Mirror(self, children: ["server": server]) }
}
