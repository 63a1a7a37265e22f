import Client
import Crypto
import Kubernetes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Signs `kube-public/cluster-info` with each bootstrap token that is for signing, so that whoever has the token can tell that it
/// is genuine (Kubernetes' controller of this name).
struct BootstrapSigner: Controller {
    static let name = "bootstrapsigner"
    private static let namespace = "kube-system"
    private static let info = ObjectKey(namespace: "kube-public", name: "cluster-info")
    private static let signaturePrefix = "jws-kubeconfig-"

    let plane: ControlPlane
    private let secrets: Informer
    private let infos: Informer
    private let queue = WorkQueue<String>()

    init(plane: ControlPlane) {
        self.plane = plane
        secrets = Informer(
            .secrets, client: plane.client,
            options: ListOptions(namespace: Self.namespace, fieldSelector: "type=bootstrap.kubernetes.io/token"),
            logger: plane.logger)
        infos = Informer(
            .configMaps, client: plane.client,
            options: ListOptions(namespace: Self.info.namespace, fieldSelector: "metadata.name=\(Self.info.name)"),
            logger: plane.logger)
    }

    func run() async {
        secrets.onChange { _ in queue.add("tokens") }
        // A server that is found elsewhere from now on says something else, which is to be signed anew.
        infos.onChange { _ in queue.add("tokens") }
        await withDiscardingTaskGroup { group in
            group.addTask { await secrets.run() }
            group.addTask { await infos.run() }
            group.addTask {
                await secrets.waitUntilSynced()
                await process(queue, workers: 1, logger: plane.logger) { _ in try await reconcile() }
            }
        }
    }

    private func reconcile() async throws -> WorkQueue<String>.Outcome {
        var tokens: [(id: String, secret: String)] = []
        for secret in secrets.list().map({ $0.decoded() }) where Self.text("usage-bootstrap-signing", of: secret) == "true" {
            // Those whose time is over are about to be deleted.
            if let end = Self.text("expiration", of: secret), (Timestamp(end) ?? Timestamp(seconds: 0)) <= .now() { continue }
            guard let id = Self.text("token-id", of: secret), let key = Self.text("token-secret", of: secret) else { continue }
            tokens.append((id, key))
        }
        try await sign(with: tokens)
        return .done
    }

    private func sign(with tokens: [(id: String, secret: String)]) async throws {
        try await plane.client.modifyIfPresent(.configMaps, Self.info) { info in
            guard let kubeconfig = info["data", "kubeconfig"]?.string else { return false }
            var data: JSON = ["kubeconfig": .string(kubeconfig)]
            for (id, secret) in tokens {
                data[Self.signaturePrefix + id] = .string(Self.signature(of: kubeconfig, id: id, secret: secret))
            }
            info["data"] = data
            return true
        }
    }

    /// A JSON Web Signature (RFC 7515) by HMAC-SHA256, its payload detached.
    static func signature(of content: String, id: String, secret: String) -> String {
        let header = Base64.encodeURL(#"{"alg":"HS256","kid":"\#(id)"}"#.utf8)
        let input = header + "." + Base64.encodeURL(content.utf8)
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(input.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return header + ".." + Base64.encodeURL(Array(code))
    }

    private static func text(_ key: String, of secret: Object) -> String? {
        secret["data", key]?.string.flatMap(Base64.decode).map { String(decoding: $0, as: UTF8.self) }
    }
}
