import Client
import Kubernetes
import Logging
import Store

/// Signs approved CertificateSigningRequests of Kubernetes' own signers with the control plane's authority, and removes requests
/// that nobody needs any more.
final class CertificateSigningController: Sendable {
    /// How long requests are kept, as kube-controller-manager keeps them.
    private static let decidedLifetime = Duration.seconds(3600)
    private static let pendingLifetime = Duration.seconds(86_400)

    private let objects: ObjectService
    private let authority: CertificateAuthority
    private let logger: Logger
    private let queue = WorkQueue<ObjectKey>()

    init(objects: ObjectService, authority: CertificateAuthority, logger: Logger) {
        self.objects = objects
        self.authority = authority
        self.logger = logger
    }

    func run() async {
        await objects.store.reconcile(
            SigningRequest.collection, queue, workers: 4, keys: { $0.present.map(\.key) }, reconcile
        ) { key, error in
            self.logger.warning("certificate signing request \(key.name): \(error)")
        }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = objects.store.get(SigningRequest.collection, key),
            let resource = objects.catalog.stored(SigningRequest.collection)
        else { return .done }
        let request = SigningRequest(encoded.decoded())
        if request.awaitsCertificate { try await sign(request, resource) }
        let isDecided = ["Approved", "Denied", "Failed"].contains { request.has(condition: $0) }
        let age = Timestamp.now() - (Timestamp(request.object.creationTimestamp) ?? .now())
        let lifetime = isDecided ? Self.decidedLifetime : Self.pendingLifetime
        guard age >= lifetime else { return .again(after: lifetime - age) }
        do {
            _ = try await objects.delete(resource, key, DeletionRequest(uid: encoded.uid))
        } catch {
            guard error.reason == .notFound else { throw error }
        }
        return .done
    }

    private func sign(_ request: SigningRequest, _ resource: ServedResource) async throws {
        guard let signer = request.signer else { return }
        let result = Result { () throws(SigningRefusal) in try authority.sign(request, as: signer) }
        _ = try await objects.update(resource, request.object.key, subresource: "status", WriteOptions()) { current in
            guard SigningRequest(current).awaitsCertificate else { return current }
            var changed = current
            switch result {
            case .success(let pem): changed.status["certificate"] = .string(Base64.encode(pem.utf8))
            case .failure(let refusal):
                let failed: JSON = [
                    "type": "Failed", "status": "True", "reason": "SignerValidationFailure",
                    "message": .string(refusal.description),
                ]
                changed.status["conditions"] = .array((changed.status["conditions"]?.array ?? []) + [failed])
            }
            return changed
        }
    }
}
