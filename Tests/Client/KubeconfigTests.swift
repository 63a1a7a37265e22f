import Kubernetes
import Testing

@testable import Client

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct KubeconfigTests {
    private func parse(_ text: String, path: String = "test.kubeconfig") throws -> Kubeconfig {
        try Kubeconfig(parsing: Array(text.utf8), path: path)
    }

    private let sample = """
        apiVersion: v1
        kind: Config
        current-context: main
        clusters:
        - name: c1
          cluster:
            server: https://127.0.0.1:6443
            certificate-authority-data: Q0E=
            tls-server-name: api
            proxy-url: http://p:3128
        - name: c2
          cluster: {server: "https://10.0.0.1", insecure-skip-tls-verify: true}
        users:
        - name: u1
          user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}
        - name: u2
          user: {token: secret}
        contexts:
        - name: main
          context: {cluster: c1, user: u1, namespace: ns}
        - name: other
          context: {cluster: c2, user: u2}
        """

    @Test func aContextJoinsClusterAndUser() throws {
        let kubeconfig = try parse(sample)
        let main = try kubeconfig.configuration()
        #expect(main.server == "https://127.0.0.1:6443")
        #expect(main.certificateAuthority == Array("CA".utf8))
        #expect(main.clientCertificate == Array("CERT".utf8))
        #expect(main.clientKey == Array("KEY".utf8))
        #expect(main.tlsServerName == "api")
        #expect(main.proxyURL == "http://p:3128")
        #expect(main.token == nil)
        #expect(kubeconfig.contexts["main"]?.namespace == "ns")
        let other = try kubeconfig.configuration(context: "other")
        #expect(other.token == "secret")
        #expect(other.insecureSkipTLSVerify)
    }

    @Test func filesAreRelativeToTheKubeconfig() throws {
        let temporary = TemporaryDirectory()
        let directory = temporary.path
        try LocalFile.replace(temporary.file("ca.crt"), with: Array("CA".utf8))
        let text = """
            current-context: a
            clusters: [{name: a, cluster: {server: "https://h", certificate-authority: ca.crt}}]
            users: [{name: a, user: {tokenFile: token}}, {name: b, user: {client-certificate: absent.crt, client-key: k}}]
            contexts: [{name: a, context: {cluster: a, user: a}}, {name: b, context: {cluster: a, user: b}}]
            """
        try LocalFile.replace(temporary.file("config"), with: Array(text.utf8))
        let kubeconfig = try Kubeconfig.load("\(directory)/config")
        let configuration = try kubeconfig.configuration()
        #expect(configuration.certificateAuthority == Array("CA".utf8))
        #expect(configuration.tokenFile == "\(directory)/token")
        #expect(
            throws: ClientConfigurationError(
                "\(directory)/config: user \"b\": client-certificate: \(directory)/absent.crt: No such file or directory")
        ) { try kubeconfig.configuration(context: "b") }
        var status = stat()
        #expect(stat("\(directory)/config", &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let written = Kubeconfig(
            name: "flotilla", cluster: .init(server: "https://127.0.0.1:1", certificateAuthority: .data([1, 2, 3])),
            user: .init(clientCertificate: .data([4]), clientKey: .file("/k"), token: "t: #", tokenFile: "/t"))
        let read = try parse(YAML.encode(written.json))
        #expect(read.clusters == written.clusters)
        #expect(read.users == written.users)
        #expect(read.contexts == written.contexts)
        #expect(read.currentContext == "flotilla")
    }

    @Test(arguments: [
        ("clusters: {}", "test.kubeconfig:1:11: clusters: expected a list, found a value of type object"),
        ("clusters: [{cluster: {}}]", "test.kubeconfig:1:12: clusters[0].name: required"),
        (
            "users:\n- name: u\n  user:\n    client-key-data: '%%%'",
            "test.kubeconfig:4:22: users[0].user.client-key-data: not base64"
        ),
        (
            "users:\n- name: u\n  user:\n    token: 7",
            "test.kubeconfig:4:12: users[0].user.token: expected a string, found a value of type integer"
        ),
        ("contexts: [{name: a}, {name: a}]", "test.kubeconfig:1:30: contexts[1].name: a second \"a\""),
        ("", "test.kubeconfig: expected one document, found 0"),
    ])
    func aBadFileSaysWhere(text: String, message: String) {
        #expect(throws: ClientConfigurationError(message)) { try parse(text) }
    }

    @Test(arguments: [
        ("", "current-context is not set"),
        ("current-context: x", "there is no context \"x\""),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]",
            "context \"x\" names the cluster \"c\", which is not there"
        ),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {}}]",
            "context \"x\" names the user \"u\", which is not there"
        ),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {}}]",
            "cluster \"c\": server is missing"
        ),
    ])
    func anIncompleteContextIsRefused(text: String, message: String) throws {
        let kubeconfig = try parse(text + "\nkind: Config")
        #expect(throws: ClientConfigurationError("test.kubeconfig: \(message)")) { try kubeconfig.configuration() }
    }

    @Test(arguments: ["exec: {command: aws}", "auth-provider: {name: gcp}", "username: joe", "as: root"])
    func waysToAuthenticateThatAreNotSupportedAreRefused(field: String) throws {
        let kubeconfig = try parse(
            """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "https://h"}}]
            users: [{name: u, user: {\(field)}}]
            """)
        let name = field.prefix { $0 != ":" }
        #expect(
            throws: ClientConfigurationError(
                "test.kubeconfig: user \"u\": \(name) is not supported; use a token or a client certificate")
        ) { try kubeconfig.configuration() }
    }

    @Test func credentialsAreNotShown() throws {
        var configuration = ClientConfiguration(server: "https://h")
        configuration.token = "secret"
        configuration.clientKey = Array("secret".utf8)
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] { #expect(!text.contains("secret")) }
    }
}

struct ServerAddressTests {
    private func address(_ text: String) throws -> ServerAddress {
        try ServerAddress(text, defaultPorts: ["https": 443, "http": 80], field: "server")
    }

    @Test func partsOfAnAddress() throws {
        let plain = try address("https://example.com")
        #expect(plain.origin(host: plain.host) == "https://example.com:443")
        #expect(plain.basePath == "")
        let below = try address("http://10.0.0.1:8080/k8s/clusters/c-1/")
        #expect(below.origin(host: below.host) == "http://10.0.0.1:8080")
        #expect(below.basePath == "/k8s/clusters/c-1")
        let six = try address("https://[::1]:6443")
        #expect(six.host == "::1")
        #expect(six.origin(host: six.host) == "https://[::1]:6443")
    }

    @Test(arguments: ["", "127.0.0.1:6443", "ftp://h", "https://", "https://u:pw@h", "https://h?x=1", "https://h:99999"])
    func whatIsNoAddressIsRefused(text: String) {
        #expect {
            try address(text)
        } throws: { error in
            "\(error)".hasPrefix("server: ") && !"\(error)".contains("pw")
        }
    }

    @Test func percentEncoding() {
        #expect(PercentEncoding.path("/a/system:node b%/ü") == "/a/system:node%20b%25/%C3%BC")
        #expect(PercentEncoding.query([("a", "x=1,y in (z)"), ("b", ""), ("c", "1")]) == "?a=x%3D1%2Cy%20in%20%28z%29&c=1")
        #expect(PercentEncoding.query([("a", "")]) == "")
    }
}
