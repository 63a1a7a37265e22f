import Framework
import Kubernetes

/// Random clusters and bindings, made to meet at the interesting places: few distinct values, ties, shortages.
struct RandomScenario {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    private mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &random) < probability }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    private mutating func number(_ range: ClosedRange<Int>) -> JSON { JSON(Int.random(in: range, using: &random)) }

    mutating func clusters(_ count: Int) -> [Cluster] { (0..<count).map { cluster("member\($0)") } }

    private mutating func cluster(_ name: String) -> Cluster {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        object.labels = ["env": pick(["dev", "prod"])]
        let region = pick(["", "eu", "us", "ap"])
        object.spec = ["region": .string(region), "provider": .string(pick(["", "aws", "gcp"]))]
        if chance(0.8) { object.spec["zones"] = .array([.string(region + pick(["a", "b"])), .string(region + "c")]) }
        if chance(0.2) {
            object.spec["taints"] = [
                ["key": "dedicated", "value": "gpu", "effect": .string(pick(["NoSchedule", "NoExecute", "PreferNoSchedule"]))]
            ]
        }
        var summary: JSON = [
            "allocatable": [
                "cpu": number(0...20), "memory": .string("\(Int.random(in: 1...40, using: &random))Gi"), "pods": number(0...60),
            ],
            "allocated": ["cpu": "500m"],
        ]
        if chance(0.3) {
            object.spec["resourceModels"] = [
                ["grade": 0, "ranges": [["name": "cpu", "min": 0, "max": 2]]],
                ["grade": 1, "ranges": [["name": "cpu", "min": 2, "max": 8]]],
            ]
            summary["allocatableModelings"] = [["grade": 0, "count": number(0...5)], ["grade": 1, "count": number(0...9)]]
        }
        if chance(0.9) { object.status["resourceSummary"] = summary }
        if chance(0.9) {
            object.status["apiEnablements"] = [
                ["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]
            ]
        }
        return Cluster(object)
    }

    mutating func binding(over count: Int) -> JSON {
        var placement: JSON = ["replicaScheduling": strategy()]
        if chance(0.4) { placement["clusterAffinity"] = affinity(over: count) }
        if chance(0.3) { placement["clusterTolerations"] = [["key": "dedicated", "operator": "Exists"]] }
        if chance(0.4) {
            let most = Int.random(in: 1...4, using: &random)
            placement["spreadConstraints"] = [
                ["spreadByField": "cluster", "minGroups": number(1...most), "maxGroups": number(most...8)]
            ]
            if chance(0.6) {
                placement["spreadConstraints"] = .array(
                    (placement["spreadConstraints"]?.array ?? []) + [
                        ["spreadByField": "region", "minGroups": number(1...2), "maxGroups": number(2...3)]
                    ])
            }
        }
        var spec: JSON = [
            "resource": [
                "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": "app",
                "uid": .string("\(random.next())"),
            ],
            "replicas": number(0...60), "placement": placement,
        ]
        if chance(0.8) {
            spec["replicaRequirements"] = ["resourceRequest": ["cpu": .string(pick(["100m", "1", "1500m"])), "memory": "64Mi"]]
        }
        if chance(0.5) {
            let targets = (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: 0..<count, using: &random) }
            spec["clusters"] = .array(Set(targets).sorted().map { ["name": "member\($0)", "replicas": number(0...15)] })
        }
        if chance(0.2) { spec["gracefulEvictionTasks"] = [["fromCluster": "member0", "reason": "x", "producer": "y"]] }
        return spec
    }

    private mutating func affinity(over count: Int) -> JSON {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: ["labelSelector": ["matchLabels": ["env": "prod"]]]
        case 1: ["exclude": ["member1", "member2"]]
        case 2:
            [
                "fieldSelector": [
                    "matchExpressions": [
                        ["key": "zone", "operator": "In", "values": ["eua", "usb"]],
                        ["key": "provider", "operator": "NotIn", "values": ["aws"]],
                    ]
                ]
            ]
        default: ["clusterNames": JSON((0..<count).filter { _ in chance(0.5) }.map { "member\($0)" })]
        }
    }

    private mutating func strategy() -> JSON {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: ["replicaSchedulingType": "Duplicated"]
        case 1: ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"]
        case 2:
            [
                "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                "weightPreference": ["dynamicWeight": "AvailableReplicas"],
            ]
        case 3: ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted"]
        default:
            [
                "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                "weightPreference": [
                    "staticWeightList": [
                        ["targetCluster": ["labelSelector": ["matchLabels": ["env": "prod"]]], "weight": number(0...5)]
                    ]
                ],
            ]
        }
    }
}
