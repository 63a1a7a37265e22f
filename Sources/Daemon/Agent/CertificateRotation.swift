import Client
import Kubernetes
import Logging
import NIOPosix
import Registration

/// Puts a new certificate into the agent's kubeconfig before the old one ends.
struct CertificateRotation: Sendable {
    let kubeconfig: String
    let cluster: String
    /// How often the certificate is looked at.
    let interval: Duration
    /// The part of its time that a certificate may have left when it is replaced.
    let threshold: Double
    let logger: Logger

    private static let patience = Duration.seconds(300)

    /// Returns when the kubeconfig has a new certificate, or the task is cancelled.
    func run(_ controlPlane: any ObjectClient) async {
        while true {
            do {
                try await Task.sleep(for: interval)
                if try await rotate(controlPlane) { return }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("the agent's certificate was not renewed: \(error)")
            }
        }
    }

    /// - Returns: whether there is a new certificate.
    private func rotate(_ controlPlane: any ObjectClient) async throws -> Bool {
        var config = try await load()
        guard let user = config.contexts[config.currentContext]?.user,
            // Certificates in files of their own, and tokens, are renewed by whoever puts them there.
            case .data(let pem)? = config.users[user]?.clientCertificate, let validity = AgentCertificate.validity(of: pem)
        else { return false }
        let total = validity.upperBound - validity.lowerBound
        let remaining = validity.upperBound - Double(Timestamp.now().seconds)
        guard remaining <= total * threshold else { return false }
        let issued = try await AgentCertificate.request(
            for: cluster, from: controlPlane, seconds: max(600, Int64(total)), patience: Self.patience)
        config.users[user]?.clientCertificate = .data(issued.certificate)
        config.users[user]?.clientKey = .data(issued.key)
        let changed = config
        try await NIOThreadPool.singleton.runIfActive { try changed.write(to: kubeconfig) }
        logger.notice("the agent's certificate was renewed")
        return true
    }

    private func load() async throws -> Kubeconfig {
        try await NIOThreadPool.singleton.runIfActive { try Kubeconfig.load(kubeconfig) }
    }
}
