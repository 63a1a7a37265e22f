import Client
import Kubernetes
import Synchronization

extension TestPlane {
    /// Brings a Deployment's replicas in each member to ready, as its own controllers would.
    /// - Parameter ill: members where none becomes ready.
    func kubelets(_ deployment: ObjectKey, ill: @escaping @Sendable (String) -> Bool = { _ in false }) async {
        await withDiscardingTaskGroup { group in
            for name in names {
                guard let member = try? members[name] else { continue }
                group.addTask {
                    while !Task.isCancelled {
                        _ = try? await member.modify(.deployments, deployment, subresource: "status") { object in
                            let replicas = object.spec["replicas"] ?? 0
                            let ready = ill(name) ? 0 : replicas
                            object.status = [
                                "replicas": replicas, "readyReplicas": ready, "updatedReplicas": replicas,
                                "availableReplicas": ready, "observedGeneration": .integer(object.generation),
                            ]
                            return true
                        }
                        try? await Task.sleep(for: .milliseconds(5))
                    }
                }
            }
        }
    }
}
