import Client
import Kubernetes

/// Which cluster a client leads to, as `spec.id` of a Cluster has it: the uid of its Namespace `kube-system`.
struct ClusterIdentity: Equatable, CustomStringConvertible {
    let description: String

    private static let namespace = ObjectKey(name: "kube-system")

    init(of cluster: any ObjectClient) async throws {
        description = try await inStep("obtain the ID of the cluster") {
            try await cluster.get(.namespaces, Self.namespace).uid
        }
    }

    /// Nobody is a member of itself. Who may not look at the control plane's `kube-system` (an agent) is believed.
    /// - Parameter option: by which the command's user names the kubeconfig of the cluster that is to come or go.
    func check(against controlPlane: any ObjectClient, option: String) async throws {
        guard try await Self.uid(of: controlPlane) != description else {
            throw RegistrationError("this cluster is the control plane itself: name the kubeconfig of the member with \(option)")
        }
    }

    private static func uid(of controlPlane: any ObjectClient) async throws(APIError) -> String? {
        do {
            return try await controlPlane.find(.namespaces, namespace)?.uid
        } catch where error.reason == .forbidden {
            return nil
        }
    }
}
