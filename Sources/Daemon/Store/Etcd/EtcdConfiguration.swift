/// Where etcd is, and how to sign in there.
public struct EtcdConfiguration: Sendable {
    /// At least one; tried in turn when one fails. All with TLS or all without.
    public var endpoints: [EtcdEndpoint]
    /// What all keys begin with: a path that begins with a slash and does not end with one. Several control planes can share one
    /// etcd under different prefixes.
    public var prefix = "/registry"
    /// PEM file of the authorities that vouch for etcd's certificate; nil for the system's.
    public var caFile: String?
    /// PEM files of the certificate and key that this client shows; both or none.
    public var certificateFile: String?
    public var keyFile: String?
    public var credentials: Credentials?
    /// How often history that is older than this is compacted; zero for never (etcd may compact by itself then).
    public var compactionInterval = Duration.seconds(300)
    /// How long a write or a read may take altogether, reconnecting included.
    public var requestTimeout = Duration.seconds(10)

    public struct Credentials: Sendable {
        public var user: String
        public var password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    public init(endpoints: [EtcdEndpoint]) {
        self.endpoints = endpoints
    }
}

/// One member of an etcd cluster: `https://10.0.0.1:2379`.
public struct EtcdEndpoint: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: Int
    public var isSecure: Bool

    /// Reads `http://HOST:PORT` or `https://HOST:PORT`, with port 2379 where none is given; nil for anything else.
    public init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("https://") {
            isSecure = true
        } else if rest.hasPrefix("http://") {
            isSecure = false
        } else {
            return nil
        }
        rest = rest.dropFirst(isSecure ? 8 : 7)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let host: Substring
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest.dropFirst(host.count)
        }
        if rest.isEmpty {
            port = 2379
        } else {
            guard rest.removeFirst() == ":", let number = UInt16(rest), number > 0 else { return nil }
            port = Int(number)
        }
        guard !host.isEmpty, !host.contains(where: { $0 == "/" || $0 == "@" || $0.isWhitespace }) else { return nil }
        self.host = String(host)
    }

    public var description: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
