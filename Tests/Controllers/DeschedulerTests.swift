import Kubernetes
import Testing

@testable import Controllers

/// Which replicas the descheduler takes away.
@Suite struct DeschedulerTests {
    private func binding(
        _ clusters: [String: Int32], ready: [String: Int?] = [:], kind: String = "Deployment", strategy: JSON = aggregated
    ) -> ResourceBinding {
        var object = Object(apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: "web")
        object.annotations["policy.karmada.io/applied-placement"] =
            (["replicaScheduling": strategy] as JSON).description
        object.spec = [
            "resource": ["apiVersion": "apps/v1", "kind": .string(kind), "namespace": "default", "name": "web"],
            "clusters": .array(clusters.sorted { $0.key < $1.key }.map { TargetCluster(name: $0, replicas: $1).json }),
        ]
        object.status = [
            "aggregatedStatus": .array(
                ready.sorted { $0.key < $1.key }.map { name, count -> JSON in
                    ["clusterName": .string(name), "status": count.map { ["readyReplicas": JSON($0)] } ?? .null]
                })
        ]
        return ResourceBinding(object)
    }

    private static let aggregated: JSON = ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"]
    private static let dynamic: JSON = [
        "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
        "weightPreference": ["dynamicWeight": "AvailableReplicas"],
    ]
    private static let weighted: JSON = ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted"]

    @Test func looksAtWhatIsDividedByRoomAndNotReady() {
        #expect(Descheduler.isEligible(binding(["a": 3], ready: ["a": 1])))
        #expect(Descheduler.isEligible(binding(["a": 3], strategy: Self.dynamic)), "that reports nothing is not ready")
        #expect(!Descheduler.isEligible(binding(["a": 3, "b": 1], ready: ["a": 3, "b": 1])))
        #expect(!Descheduler.isEligible(binding(["a": 3], ready: ["a": 1], kind: "StatefulSet")))
        #expect(!Descheduler.isEligible(binding(["a": 3], ready: ["a": 1], strategy: Self.weighted)))
        #expect(!Descheduler.isEligible(binding(["a": 3], ready: ["a": 1], strategy: ["replicaSchedulingType": "Duplicated"])))
    }

    @Test(arguments: [
        (ready: 1, unschedulable: Int32(2), left: Int32(3)),
        (ready: 4, unschedulable: 2, left: 4),  // a pod more is ready than the count would leave
        (ready: 0, unschedulable: 5, left: 0),
        (ready: 0, unschedulable: 6, left: 5),  // more than there are: a rollout, which is left alone
        (ready: 2, unschedulable: 0, left: 5),
        (ready: 9, unschedulable: 5, left: 5),
    ])
    func keepsWhatIsReady(ready: Int, unschedulable: Int32, left: Int32) {
        let targets = Descheduler.targets(
            binding(["a": 5, "b": 2], ready: ["a": ready, "b": 2]), unschedulable: ["a": unschedulable])
        #expect(targets == [TargetCluster(name: "a", replicas: left), TargetCluster(name: "b", replicas: 2)])
    }
}
