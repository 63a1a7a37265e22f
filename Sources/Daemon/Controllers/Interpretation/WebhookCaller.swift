import Client
import Interpreter
import Kubernetes
import Logging
import Synchronization

/// Calls one webhook.
final class WebhookCaller: Sendable {
    let webhook: InterpreterWebhook
    private let client: any ObjectClient
    private let logger: Logger
    private let connections = Mutex<[Address: HTTPObjectClient]>([:])
    private let callsUnderWay = Atomic(0)

    /// Fewer than a controller has workers, so that a webhook that hangs leaves some for everything else.
    private static let maximumCalls = 8
    /// How long a call waits for others to end before it fails; a webhook that answers at all is through by then.
    private static let patience = Duration.milliseconds(250)
    private static let maximumResponseBytes = 4 << 20

    /// Where to connect to.
    private struct Address: Hashable {
        var server: String
        /// The name that the server's certificate must have, where it is not the host.
        var name: String?
    }

    init(_ webhook: InterpreterWebhook, client: any ObjectClient, logger: Logger) {
        self.webhook = webhook
        self.client = client
        self.logger = logger
    }

    func ask(_ question: InterpreterQuestion) async throws -> InterpreterAnswer {
        let uid = RandomUUID.make()
        let request = try webhook.request(question, uid: uid)
        try await begin()
        defer { callsUnderWay.subtract(1, ordering: .relaxed) }
        let (address, path) = try await locate()
        let separator = path.contains("?") ? "&" : "?"
        let call = HTTPCall(
            "POST", "\(path)\(separator)timeout=\(webhook.timeoutSeconds)s",
            headers: [("Content-Type", "application/json"), ("Accept", "application/json")], body: request.encoded())
        let connection = try connection(to: address)
        let answer: HTTPAnswer
        do {
            answer = try await connection.request(call)
        } catch {
            throw WebhookFault("failed to call webhook: \(error.message)")
        }
        guard answer.status == 200 else {
            let text = String(decoding: answer.body.prefix(256), as: UTF8.self)
            throw WebhookFault("failed to call webhook: it answered with HTTP status \(answer.status): \(text)")
        }
        let context: JSON
        do {
            context = try JSON(parsing: answer.body)
        } catch {
            throw WebhookFault("received invalid webhook response: \(error)")
        }
        return try webhook.answer(context, to: question, uid: uid)
    }

    private func begin() async throws {
        let deadline = ContinuousClock.now + Self.patience
        while callsUnderWay.add(1, ordering: .relaxed).newValue > Self.maximumCalls {
            callsUnderWay.subtract(1, ordering: .relaxed)
            guard ContinuousClock.now < deadline else {
                throw WebhookFault("\(Self.maximumCalls) calls wait for its answer already")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    // MARK: Where it is

    private func locate() async throws -> (Address, path: String) {
        switch webhook.endpoint {
        case .url(let url):
            // A query is part of the call, not of the server's address.
            let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            return (Address(server: String(parts[0])), parts.count > 1 ? "?\(parts[1])" : "")
        case .service(let key, let path, let port):
            let name = "\(key.name).\(key.namespace).svc"
            let host = try await host(of: key, port: port) ?? name
            let server = "https://\(host.contains(":") ? "[\(host)]" : host):\(port)"
            return (
                Address(server: server, name: host == name ? nil : name), path.hasPrefix("/") || path.isEmpty ? path : "/\(path)"
            )
        }
    }

    /// The address of a Service of the control plane; nil where there is none, and its name has to do.
    private func host(of key: ObjectKey, port: Int) async throws -> String? {
        let service: Object
        do {
            guard let found = try await client.find(Resource.services, key)?.decoded() else { return nil }
            service = found
        } catch {
            // An agent sees little of its control plane.
            if error.reason == .forbidden { return nil }
            throw error
        }
        switch service.spec["type"]?.string ?? "ClusterIP" {
        case "ExternalName": return service.spec["externalName"]?.string
        case "ClusterIP", "NodePort", "LoadBalancer":
            let address = service.spec["clusterIP"]?.string ?? ""
            guard !address.isEmpty, address != "None" else {
                throw WebhookFault("cannot route to service with ClusterIP \"\(address)\"")
            }
            let ports = service.spec["ports"]?.array ?? []
            guard ports.contains(where: { $0["port"]?.int == port }) else {
                throw WebhookFault("no service port \(port) found for service \"\(key.name)\"")
            }
            return address
        case let type: throw WebhookFault("unsupported service type \"\(type)\"")
        }
    }

    private func connection(to address: Address) throws -> HTTPObjectClient {
        try connections.withLock { connections in
            if let connection = connections[address] { return connection }
            guard address.server.hasPrefix("https://") else { throw WebhookFault("clientConfig.url: the scheme must be https") }
            var configuration = ClientConfiguration(server: address.server)
            configuration.tlsServerName = address.name
            configuration.certificateAuthority = webhook.certificateAuthority.isEmpty ? nil : webhook.certificateAuthority
            configuration.requestTimeout = .seconds(webhook.timeoutSeconds)
            configuration.maximumResponseBytes = Self.maximumResponseBytes
            // A webhook that fails is asked again with the object that it failed for, with backoff.
            configuration.maximumAttempts = 1
            do {
                let connection = try HTTPObjectClient(configuration, logger: logger)
                connections[address] = connection
                return connection
            } catch {
                throw WebhookFault("could not get REST client: \(error)")
            }
        }
    }
}
