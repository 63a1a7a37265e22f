import Client
import Kubernetes
import Logging
import Store
import Synchronization

/// Asks webhooks over HTTPS, and keeps the connections.
final class WebhookConnections: Sendable {
    private struct Address: Hashable {
        var server: String
        /// What the certificate is to say, where that is not the server's own name.
        var serverName: String?
        var authority: String
        var timeout: Duration
    }

    private let store: any ObjectStore
    private let logger: Logger
    private let clients = Mutex<[Address: HTTPObjectClient]>([:])

    /// Bytes of an answer, which holds a patch at most.
    private static let maximumAnswer = 3 << 20

    init(store: any ObjectStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// What a webhook answers (`AdmissionResponse`).
    func ask(_ webhook: Webhook, _ request: AdmissionRequest, version: String) async throws(WebhookFailure) -> JSON {
        let (client, path) = try client(for: webhook)
        let uid = RandomUUID.make()
        let review: JSON = [
            "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request.json(uid: uid, version: version),
        ]
        let answer: HTTPAnswer
        do throws(APIError) {
            answer = try await client.request(
                HTTPCall(
                    "POST", path + (path.contains("?") ? "&" : "?") + "timeout=\(webhook.timeout.components.seconds)s",
                    headers: [("Content-Type", "application/json"), ("Accept", "application/json")], body: review.encoded()))
        } catch {
            throw WebhookFailure("failed to call webhook: \(error)")
        }
        guard (200..<300).contains(answer.status) else {
            throw WebhookFailure("failed to call webhook: the server answered with status \(answer.status)")
        }
        guard let json = try? JSON(parsing: answer.body), json["kind"]?.string == "AdmissionReview",
            let response = json["response"], response["uid"]?.string == uid
        else { throw WebhookFailure("expected an AdmissionReview of admission.k8s.io/v1 with a response to uid \(uid)") }
        return response
    }

    private func client(for webhook: Webhook) throws(WebhookFailure) -> (HTTPObjectClient, path: String) {
        var (address, path) = try address(of: webhook)
        address.authority = webhook.clientConfiguration["caBundle"]?.string ?? ""
        if let known = clients.withLock({ $0[address] }) { return (known, path) }
        var configuration = ClientConfiguration(server: address.server)
        configuration.tlsServerName = address.serverName
        if !address.authority.isEmpty { configuration.certificateAuthority = Base64.decode(address.authority) }
        configuration.requestTimeout = webhook.timeout
        configuration.connectTimeout = webhook.timeout
        configuration.maximumAttempts = 1
        configuration.maximumResponseBytes = Self.maximumAnswer
        configuration.userAgent = "kube-apiserver-admission"
        do {
            let made = try HTTPObjectClient(configuration, logger: logger)
            return (
                clients.withLock { clients in
                    if let known = clients[address] { return known }
                    clients[address] = made
                    return made
                }, path
            )
        } catch {
            throw WebhookFailure("clientConfig: \(error)")
        }
    }

    private func address(of webhook: Webhook) throws(WebhookFailure) -> (Address, path: String) {
        if let url = webhook.clientConfiguration["url"]?.string {
            let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
            let slash = url[start...].firstIndex(of: "/") ?? url.endIndex
            let path = url[slash...].isEmpty ? "/" : String(url[slash...])
            return (Address(server: String(url[..<slash]), authority: "", timeout: webhook.timeout), path)
        }
        let reference = webhook.clientConfiguration["service"] ?? [:]
        let key = ObjectKey(namespace: reference.text("namespace"), name: reference.text("name"))
        guard let service = store.get(GroupResource(group: "", resource: "services"), key)?.decoded() else {
            throw WebhookFailure("failed to call webhook: service \"\(key.name)\" not found")
        }
        let isExternal = service.spec.text("type") == "ExternalName"
        let host = isExternal ? service.spec.text("externalName") : service.spec.text("clusterIP")
        let server = "https://\(host):\(reference["port"]?.int ?? 443)"
        let path = reference.text("path")
        return (
            Address(server: server, serverName: "\(key.name).\(key.namespace).svc", authority: "", timeout: webhook.timeout),
            path.isEmpty ? "/" : path
        )
    }
}
