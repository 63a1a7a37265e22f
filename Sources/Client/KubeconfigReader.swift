import Kubernetes

/// Reads the parts of a kubeconfig, with errors that say where.
struct KubeconfigReader {
    let document: YAML.Document
    let path: String

    /// Ways to authenticate that a file may ask for and that this client has not: to ignore them would be to act as somebody
    /// else.
    private static let unsupportedFields = [
        "exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups", "as-user-extra",
    ]

    func clusters() throws(ClientConfigurationError) -> [String: Kubeconfig.Cluster] {
        try entries("clusters", "cluster") { (json, at) throws(ClientConfigurationError) in
            var cluster = Kubeconfig.Cluster(server: try string(json, at, "server") ?? "")
            cluster.certificateAuthority = try source(json, at, "certificate-authority")
            cluster.insecureSkipTLSVerify = try bool(json, at, "insecure-skip-tls-verify")
            cluster.tlsServerName = try string(json, at, "tls-server-name")
            cluster.proxyURL = try string(json, at, "proxy-url")
            return cluster
        }
    }

    func users() throws(ClientConfigurationError) -> [String: Kubeconfig.User] {
        try entries("users", "user") { (json, at) throws(ClientConfigurationError) in
            var user = Kubeconfig.User(
                clientCertificate: try source(json, at, "client-certificate"), clientKey: try source(json, at, "client-key"),
                token: try string(json, at, "token"), tokenFile: try string(json, at, "tokenFile"))
            user.unsupported = Self.unsupportedFields.first { field in
                guard let value = json[field] else { return false }
                return !value.isNull
            }
            return user
        }
    }

    func contexts() throws(ClientConfigurationError) -> [String: Kubeconfig.Context] {
        try entries("contexts", "context") { (json, at) throws(ClientConfigurationError) in
            Kubeconfig.Context(
                cluster: try string(json, at, "cluster") ?? "", user: try string(json, at, "user") ?? "",
                namespace: try string(json, at, "namespace"))
        }
    }

    /// A list of `{name, <field>}`.
    private func entries<Entry>(
        _ list: String, _ field: String, _ read: (JSON, String) throws(ClientConfigurationError) -> Entry
    ) throws(ClientConfigurationError) -> [String: Entry] {
        guard let value = document.json[list], !value.isNull else { return [:] }
        guard let items = value.array else { throw failure(list, "expected a list, found a value of type \(value.typeName)") }
        var entries: [String: Entry] = [:]
        for (index, item) in items.enumerated() {
            let at = "\(list)[\(index)]"
            guard let name = try string(item, at, "name") else { throw failure("\(at).name", "required") }
            let entry = try read(item[field] ?? [:], "\(at).\(field)")
            guard entries.updateValue(entry, forKey: name) == nil else { throw failure("\(at).name", "a second \"\(name)\"") }
        }
        return entries
    }

    func string(_ json: JSON, _ at: String, _ field: String) throws(ClientConfigurationError) -> String? {
        guard let value = json[field], !value.isNull else { return nil }
        guard let text = value.string else {
            throw failure(at.isEmpty ? field : "\(at).\(field)", "expected a string, found a value of type \(value.typeName)")
        }
        return text.isEmpty ? nil : text
    }

    private func bool(_ json: JSON, _ at: String, _ field: String) throws(ClientConfigurationError) -> Bool {
        guard let value = json[field], !value.isNull else { return false }
        guard let flag = value.bool else {
            throw failure("\(at).\(field)", "expected true or false, found a value of type \(value.typeName)")
        }
        return flag
    }

    /// Data in the file comes before a file that it names.
    private func source(_ json: JSON, _ at: String, _ field: String) throws(ClientConfigurationError) -> Kubeconfig.Source? {
        if let text = try string(json, at, "\(field)-data") {
            guard let bytes = Base64.decode(text) else { throw failure("\(at).\(field)-data", "not base64") }
            return .data(bytes)
        }
        return try string(json, at, field).map(Kubeconfig.Source.file)
    }

    private func failure(_ field: String, _ message: String) -> ClientConfigurationError {
        ClientConfigurationError("\(document.location(of: field)): \(field): \(message)")
    }
}
