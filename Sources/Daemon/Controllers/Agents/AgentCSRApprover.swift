import Client
import Kubernetes
import X509

/// Approves the certificate requests of agents: the first one of a cluster that is not there yet, by a bootstrap token; the later
/// ones by the agent itself. Whoever else asks waits for an administrator. With the approval the agent gets its rights.
struct AgentCSRApprover: Controller {
    static let name = "agentcsrapproving"
    private static let signer = "kubernetes.io/kube-apiserver-client"
    private static let bootstrapGroup = "system:bootstrappers:karmada:default-cluster-token"
    private static let usages: [Set<String>] = [
        ["digital signature", "client auth"], ["digital signature", "key encipherment", "client auth"],
    ]

    let plane: ControlPlane
    private let requests: Informer
    private let queue = WorkQueue<String>()

    init(plane: ControlPlane) {
        self.plane = plane
        requests = Informer(.certificateSigningRequests, client: plane.client, logger: plane.logger)
    }

    func run() async {
        requests.onChange { queue.add($0.key.name) }
        await withDiscardingTaskGroup { group in
            group.addTask { await requests.run() }
            group.addTask { await process(queue, workers: 2, logger: plane.logger) { try await reconcile($0) } }
        }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let request = requests.get(ObjectKey(name: name))?.decoded(), request.status["certificate"] == nil,
            let access = Self.agent(of: request)
        else { return .done }
        let conditions = (request.status["conditions"]?.array ?? []).compactMap { $0["type"]?.string }
        if conditions.contains("Denied") || conditions.contains("Failed") { return .done }
        // An administrator may have approved it.
        if conditions.contains("Approved") {
            try await access.grant(plane.client)
            return .done
        }
        guard let message = try await approval(of: request, access) else { return .done }
        try await access.grant(plane.client)
        try await plane.client.modifyIfPresent(.certificateSigningRequests, ObjectKey(name: name), subresource: "approval") {
            let condition: JSON = [
                "type": "Approved", "status": "True", "reason": "AutoApproved", "message": .string(message),
            ]
            $0.status["conditions"] = .array(($0.status["conditions"]?.array ?? []) + [condition])
            return true
        }
        return .done
    }

    /// Why the request is to be approved; nil where it is not.
    private func approval(of request: Object, _ access: AgentAccess) async throws -> String? {
        let groups = request.spec["groups"]?.strings ?? []
        if groups.contains(AgentAccess.group) {
            return AgentAccess(user: request.spec["username"]?.string ?? "")?.cluster == access.cluster
                ? "Auto approving self karmada agent certificate." : nil
        }
        // A token that becomes known must not give away the clusters that are there.
        guard groups.contains(Self.bootstrapGroup),
            try await plane.client.find(Cluster.resource, ObjectKey(name: access.cluster)) == nil
        else { return nil }
        return "Auto approving karmada agent certificate."
    }

    /// The agent that a request is for; nil where it is for somebody else, or asks for more than agents need.
    static func agent(of request: Object) -> AgentAccess? {
        guard request.spec["signerName"]?.string == signer, usages.contains(Set(request.spec["usages"]?.strings ?? [])),
            let bytes = request.spec["request"]?.string.flatMap(Base64.decode),
            let certificate = try? CertificateSigningRequest(pemEncoded: String(decoding: bytes, as: UTF8.self)),
            // Names of hosts have no business in it.
            certificate.attributes.isEmpty
        else { return nil }
        var names: [String] = []
        var groups: [String] = []
        for attribute in certificate.subject.lazy.flatMap({ $0 }) {
            switch attribute.type {
            case .RDNAttributeType.commonName: names.append(String(attribute.value) ?? "")
            case .RDNAttributeType.organizationName: groups.append(String(attribute.value) ?? "")
            default: return nil
            }
        }
        guard names.count == 1, groups == [AgentAccess.group] else { return nil }
        return AgentAccess(user: names[0])
    }
}
