import Client
import Foundation
import Kubernetes
import Logging
import Store
import Testing

@testable import APIServer

/// The server as its clients see it: over TLS on a port of this machine.
@Suite(.timeLimit(.minutes(1))) struct ServingTests {
    private static let configMaps = GroupVersionResource(group: "", version: "v1", resource: "configmaps")

    /// Serves from `directory` while `body` runs, then shuts down.
    private func serve(
        from directory: String, store: LocalStore = LocalStore(), port: Int = 0, _ body: (APIServer, String) async throws -> Void
    ) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = try await APIServer(
            store: store, catalog: .controlPlane, configuration: .init(port: port, dataDirectory: directory), logger: logger)
        let (ready, signal) = AsyncStream<String>.makeStream()
        let running = Task {
            defer { signal.finish() }
            try await server.run { signal.yield($0) }
        }
        defer { running.cancel() }
        var urls = ready.makeAsyncIterator()
        guard let url = await urls.next() else { return try await running.value }
        try await body(server, url)
        let start = ContinuousClock.now
        running.cancel()
        try await running.value
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "flotilla-serving-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    private func client(_ directory: String, token: String? = nil) throws -> HTTPObjectClient {
        var configuration = try Kubeconfig.load("\(directory)/admin.kubeconfig").configuration(context: nil)
        if let token {
            configuration.clientCertificate = nil
            configuration.clientKey = nil
            configuration.token = token
        }
        return try HTTPObjectClient(configuration, logger: Logger(label: "test"))
    }

    @Test func adminReadsWritesAndWatches() async throws {
        try await withDirectory { directory in
            try await serve(from: directory) { _, _ in
                let client = try client(directory)
                let created = try await client.create(TestServer.configMap("a"), in: Self.configMaps)
                let watch = try await client.watch(
                    Self.configMaps, WatchOptions(namespace: "default", resourceVersion: String(created.revision)))
                var changed = created.decoded()
                changed["data"] = ["k": "v"]
                _ = try await client.update(changed, in: Self.configMaps)
                try await client.delete(Self.configMaps, created.key)
                var kinds: [String] = []
                for try await event in watch {
                    switch event {
                    case .modified(let object): kinds.append("modified \(object.key.name)")
                    case .deleted(let object): kinds.append("deleted \(object.key.name)")
                    default: kinds.append("other")
                    }
                    if kinds.count == 2 { break }
                }
                #expect(kinds == ["modified a", "deleted a"])
                await client.shutdown()
            }
        }
    }

    @Test func tokensCarryTheRightsOfTheirAccounts() async throws {
        try await withDirectory { directory in
            try await serve(from: directory) { server, _ in
                let admin = try client(directory)
                let accounts = GroupVersionResource(group: "", version: "v1", resource: "serviceaccounts")
                _ = try await admin.create(
                    Object(apiVersion: "v1", kind: "ServiceAccount", namespace: "default", name: "bot"), in: accounts)
                var secret = Object(apiVersion: "v1", kind: "Secret", namespace: "default", name: "bot-token")
                secret.annotations = ["kubernetes.io/service-account.name": "bot"]
                secret["type"] = "kubernetes.io/service-account-token"
                let secrets = GroupVersionResource(group: "", version: "v1", resource: "secrets")
                let filled = try await admin.create(secret, in: secrets).decoded()
                let bytes = try #require(Base64.decode(filled["data", "token"]?.string ?? ""))
                #expect(filled["data", "namespace"]?.string == Base64.encode("default".utf8))
                #expect(filled["data", "ca.crt"]?.string != nil)

                let bot = try client(directory, token: String(decoding: bytes, as: UTF8.self))
                let refused = await #expect(throws: APIError.self) {
                    try await bot.get(Self.configMaps, ObjectKey(namespace: "default", name: "a"))
                }
                #expect(
                    refused?.message
                        == "configmaps \"a\" is forbidden: User \"system:serviceaccount:default:bot\" cannot get resource "
                        + "\"configmaps\" in API group \"\" in the namespace \"default\"")

                var role = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "reader")
                role["rules"] = [["verbs": ["list"], "apiGroups": [""], "resources": ["configmaps"]]]
                let group = RoleIndex.group
                _ = try await admin.create(role, in: GroupVersionResource(group: group, version: "v1", resource: "clusterroles"))
                var binding = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", name: "reader")
                binding["roleRef"] = ["apiGroup": .string(group), "kind": "ClusterRole", "name": "reader"]
                binding["subjects"] = [["kind": "ServiceAccount", "name": "bot", "namespace": "default"]]
                _ = try await admin.create(
                    binding, in: GroupVersionResource(group: group, version: "v1", resource: "clusterrolebindings"))
                #expect(await eventually { (try? await bot.list(Self.configMaps, ListOptions(namespace: "default"))) != nil })

                // The token goes with its Secret.
                try await admin.delete(secrets, filled.key)
                let gone = await #expect(throws: APIError.self) {
                    try await bot.list(Self.configMaps, ListOptions(namespace: "default"))
                }
                #expect(gone?.code == 401)
                // The same rights in process.
                let local = server.client(as: .serviceAccount(namespace: "default", name: "bot"))
                #expect(try await local.list(Self.configMaps, ListOptions(namespace: "default")).items.isEmpty)
                await #expect(throws: APIError.self) { try await local.list(secrets, ListOptions()) }
                await admin.shutdown()
                await bot.shutdown()
            }
        }
    }

    @Test func aRestartKeepsKeysAndAnnouncesTheNewPort() async throws {
        try await withDirectory { directory in
            let files = ["ca.crt", "ca.key", "apiserver.crt", "apiserver.key", "admin.crt", "admin.key", "sa.key"]
            func contents() throws -> [String] { try files.map { try String(contentsOfFile: "\(directory)/\($0)", encoding: .utf8) } }
            var first: [String] = []
            try await serve(from: directory) { _, _ in first = try contents() }
            try await serve(from: directory) { _, url in
                #expect(try contents() == first)
                #expect(try String(contentsOfFile: "\(directory)/admin.kubeconfig", encoding: .utf8).contains("server: \(url)\n"))
                let client = try client(directory)
                #expect(try await client.serverVersion() == ServerDocuments.gitVersion)
                await client.shutdown()
            }
            for name in ["ca.key", "apiserver.key", "admin.key", "sa.key", "admin.kubeconfig"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
            }
        }
    }

    @Test func aPortInUseIsOneClearError() async throws {
        try await withDirectory { directory in
            try await serve(from: directory) { _, url in
                let port = try #require(Int(url.split(separator: ":").last ?? ""))
                try await withDirectory { other in
                    let error = await #expect(throws: APIServerError.self) {
                        try await serve(from: other, port: port) { _, _ in }
                    }
                    #expect(error?.description == "cannot listen on 127.0.0.1:\(port): the address is in use by another process")
                }
            }
        }
    }

    /// Whoever has a certificate that has expired, or of another authority, is not even anonymous.
    @Test func certificatesThatDoNotCountOpenNothing() async throws {
        try await withDirectory { directory in
            try await serve(from: directory) { server, _ in
                func version(with credential: Credential) async throws -> String {
                    var configuration = try Kubeconfig.load("\(directory)/admin.kubeconfig").configuration(context: nil)
                    configuration.clientCertificate = Array(credential.certificatePEM.utf8)
                    configuration.clientKey = Array(credential.keyPEM.utf8)
                    configuration.maximumAttempts = 1
                    let client = try HTTPObjectClient(configuration, logger: Logger(label: "test"))
                    let version: Result<String, any Error>
                    do {
                        version = .success(try await client.serverVersion())
                    } catch {
                        version = .failure(error)
                    }
                    await client.shutdown()
                    return try version.get()
                }
                let agent = CertificateAuthority.Purpose.client(
                    user: "system:karmada:agent:member1", groups: ["system:karmada:agents"])
                #expect(try await version(with: try server.authority.issue(for: agent)) == ServerDocuments.gitVersion)
                await #expect(throws: APIError.self) {
                    try await version(with: try server.authority.issue(for: agent, validity: -60))
                }
                try await withDirectory { other in
                    let stranger = try CertificateAuthority(in: try DataDirectory(path: other))
                    await #expect(throws: APIError.self) { try await version(with: try stranger.issue(for: agent)) }
                }
            }
        }
    }

    /// What is read from the store together goes out together; what does not match holds up nothing.
    @Test(.timeLimit(.minutes(1))) func eventsDoNotWaitForOthers() async throws {
        try await withDirectory { directory in
            try await serve(from: directory) { _, _ in
                let client = try client(directory)
                let first = try await client.create(TestServer.configMap("a"), in: Self.configMaps)
                var labelled = TestServer.configMap("b")
                labelled.labels = ["is": "meant"]
                _ = try await client.create(labelled, in: Self.configMaps)
                _ = try await client.create(TestServer.configMap("c"), in: Self.configMaps)
                let watch = WatchOptions(labelSelector: "is=meant", resourceVersion: String(first.revision))
                for try await event in try await client.watch(Self.configMaps, watch) {
                    #expect(event.object?.key.name == "b")
                    break
                }
                await client.shutdown()
            }
        }
    }

    @Test func shuttingDownEndsWatches() async throws {
        try await withDirectory { directory in
            let (ended, signal) = AsyncStream<Void>.makeStream()
            try await serve(from: directory) { _, _ in
                let client = try client(directory)
                let created = try await client.create(TestServer.configMap("a"), in: Self.configMaps)
                let watch = try await client.watch(Self.configMaps, WatchOptions(resourceVersion: String(created.revision)))
                Task {
                    do { for try await _ in watch {} } catch {}
                    await client.shutdown()
                    signal.finish()
                }
            }
            for await _ in ended {}
        }
    }
}
