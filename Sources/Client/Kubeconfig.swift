import Kubernetes

/// A kubeconfig file (`v1.Config` of client-go's clientcmd): clusters, users, and contexts that join one of each.
public struct Kubeconfig: Sendable {
    /// A value that stands in the file, or in a file that it names.
    public enum Source: Sendable, Equatable {
        case data([UInt8])
        case file(String)
    }

    public struct Cluster: Sendable, Equatable {
        public var server: String
        public var certificateAuthority: Source?
        public var insecureSkipTLSVerify = false
        public var tlsServerName: String?
        public var proxyURL: String?

        public init(server: String, certificateAuthority: Source? = nil) {
            self.server = server
            self.certificateAuthority = certificateAuthority
        }
    }

    public struct User: Sendable, Equatable {
        public var clientCertificate: Source?
        public var clientKey: Source?
        public var token: String?
        public var tokenFile: String?
        /// The field of a way to authenticate that is not supported, where the file asks for one.
        var unsupported: String?

        public init(clientCertificate: Source? = nil, clientKey: Source? = nil, token: String? = nil, tokenFile: String? = nil) {
            self.clientCertificate = clientCertificate
            self.clientKey = clientKey
            self.token = token
            self.tokenFile = tokenFile
        }
    }

    public struct Context: Sendable, Equatable {
        public var cluster: String
        public var user: String
        public var namespace: String?

        public init(cluster: String, user: String, namespace: String? = nil) {
            self.cluster = cluster
            self.user = user
            self.namespace = namespace
        }
    }

    public var clusters: [String: Cluster] = [:]
    public var users: [String: User] = [:]
    public var contexts: [String: Context] = [:]
    public var currentContext = ""

    /// The file it was read from, for error messages.
    private var path = "kubeconfig"

    public init() {}

    /// A kubeconfig with one cluster, user and context, all of one name.
    public init(name: String, cluster: Cluster, user: User) {
        clusters = [name: cluster]
        users = [name: user]
        contexts = [name: Context(cluster: name, user: name)]
        currentContext = name
    }

    // MARK: Reading

    public static func load(_ path: String) throws(ClientConfigurationError) -> Kubeconfig {
        try Kubeconfig(parsing: LocalFile.read(path), path: path)
    }

    /// - Parameter path: where the text is from: names it in errors, and files that it names are relative to its directory.
    public init(parsing text: [UInt8], path: String) throws(ClientConfigurationError) {
        let documents: [YAML.Document]
        do {
            documents = try YAML.parse(text, file: path)
        } catch {
            throw ClientConfigurationError(error.description)
        }
        guard let document = documents.first, documents.count == 1 else {
            throw ClientConfigurationError("\(path): expected one document, found \(documents.count)")
        }
        self.path = path
        let reader = KubeconfigReader(document: document, path: path)
        clusters = try reader.clusters()
        users = try reader.users()
        contexts = try reader.contexts()
        currentContext = try reader.string(document.json, "", "current-context") ?? ""
    }

    /// What a context says, with the files that it names.
    /// - Parameter context: nil for the current one.
    public func configuration(context name: String? = nil) throws(ClientConfigurationError) -> ClientConfiguration {
        let name = name ?? currentContext
        guard !name.isEmpty else { throw ClientConfigurationError("\(path): current-context is not set") }
        guard let context = contexts[name] else { throw ClientConfigurationError("\(path): there is no context \"\(name)\"") }
        guard let cluster = clusters[context.cluster] else {
            throw ClientConfigurationError(
                "\(path): context \"\(name)\" names the cluster \"\(context.cluster)\", which is not there")
        }
        guard let user = context.user.isEmpty ? User() : users[context.user] else {
            throw ClientConfigurationError("\(path): context \"\(name)\" names the user \"\(context.user)\", which is not there")
        }
        if let field = user.unsupported {
            throw ClientConfigurationError(
                "\(path): user \"\(context.user)\": \(field) is not supported; use a token or a client certificate")
        }
        guard (user.clientCertificate == nil) == (user.clientKey == nil) else {
            let missing = user.clientKey == nil ? "client-key" : "client-certificate"
            throw ClientConfigurationError("\(path): user \"\(context.user)\": \(missing) or \(missing)-data is missing")
        }
        guard !cluster.server.isEmpty else {
            throw ClientConfigurationError("\(path): cluster \"\(context.cluster)\": server is missing")
        }
        if cluster.insecureSkipTLSVerify, cluster.certificateAuthority != nil {
            throw ClientConfigurationError(
                "\(path): cluster \"\(context.cluster)\": insecure-skip-tls-verify excludes a certificate authority")
        }
        var configuration = ClientConfiguration(server: cluster.server)
        configuration.certificateAuthority = try read(
            cluster.certificateAuthority, "cluster \"\(context.cluster)\": certificate-authority")
        configuration.insecureSkipTLSVerify = cluster.insecureSkipTLSVerify
        configuration.tlsServerName = cluster.tlsServerName
        configuration.proxyURL = cluster.proxyURL
        configuration.clientCertificate = try read(user.clientCertificate, "user \"\(context.user)\": client-certificate")
        configuration.clientKey = try read(user.clientKey, "user \"\(context.user)\": client-key")
        configuration.token = user.token
        configuration.tokenFile = user.tokenFile.map(absolute)
        return configuration
    }

    private func read(_ source: Source?, _ field: String) throws(ClientConfigurationError) -> [UInt8]? {
        switch source {
        case nil: return nil
        case .data(let bytes): return bytes
        case .file(let file):
            do {
                return try LocalFile.read(absolute(file))
            } catch {
                throw ClientConfigurationError("\(path): \(field): \(error)")
            }
        }
    }

    /// File names are relative to the kubeconfig's directory.
    private func absolute(_ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }

    // MARK: Writing

    public var json: JSON {
        [
            "apiVersion": "v1", "kind": "Config", "preferences": [:], "current-context": .string(currentContext),
            "clusters": Self.list(clusters, "cluster") { cluster in
                var json: JSON = ["server": .string(cluster.server)]
                Self.set(cluster.certificateAuthority, "certificate-authority", in: &json)
                if cluster.insecureSkipTLSVerify { json["insecure-skip-tls-verify"] = true }
                json["tls-server-name"] = cluster.tlsServerName.map(JSON.string)
                json["proxy-url"] = cluster.proxyURL.map(JSON.string)
                return json
            },
            "users": Self.list(users, "user") { user in
                var json: JSON = [:]
                Self.set(user.clientCertificate, "client-certificate", in: &json)
                Self.set(user.clientKey, "client-key", in: &json)
                json["token"] = user.token.map(JSON.string)
                json["tokenFile"] = user.tokenFile.map(JSON.string)
                return json
            },
            "contexts": Self.list(contexts, "context") { context in
                var json: JSON = ["cluster": .string(context.cluster), "user": .string(context.user)]
                json["namespace"] = context.namespace.map(JSON.string)
                return json
            },
        ]
    }

    /// Writes the file, readable by its owner only.
    public func write(to path: String) throws(ClientConfigurationError) {
        try LocalFile.replace(path, with: Array(YAML.encode(json).utf8))
    }

    /// - Throws: where `write` could not put a file there.
    public static func checkWritable(_ path: String) throws(ClientConfigurationError) { try LocalFile.checkReplaceable(path) }

    private static func list<Entry>(_ entries: [String: Entry], _ field: String, _ json: (Entry) -> JSON) -> JSON {
        .array(entries.sorted { $0.key < $1.key }.map { ["name": .string($0.key), field: json($0.value)] })
    }

    private static func set(_ source: Source?, _ field: String, in json: inout JSON) {
        switch source {
        case nil: break
        case .data(let bytes): json["\(field)-data"] = .string(Base64.encode(bytes))
        case .file(let file): json[field] = .string(file)
        }
    }
}
