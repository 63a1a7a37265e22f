import Kubernetes

/// Clusters, placements and bindings as a scheduler meets them. Equal arguments make equal objects.
public enum Workloads {
    /// - Parameters:
    ///   - index: from 0; clusters are in 5 regions and 15 zones, and half of them are labelled `tier=even`.
    ///   - isModeled: whether it has resource models, and a number of nodes of each grade.
    public static func cluster(_ index: Int, isModeled: Bool = false) -> Object {
        var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "member-\(index)")
        cluster.labels = ["tier": index % 2 == 0 ? "even" : "odd"]
        cluster.spec = [
            "syncMode": "Push", "apiEndpoint": .string("https://member-\(index).example.com"),
            "region": .string("region-\(index % 5)"), "zones": [.string("zone-\(index % 15)")], "provider": "example",
        ]
        cluster.status = [
            "kubernetesVersion": "v1.32.0",
            "conditions": [
                [
                    "type": "Ready", "status": "True", "reason": "ClusterReady", "message": "",
                    "lastTransitionTime": "2026-01-02T03:04:05Z",
                ]
            ],
            "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
            "resourceSummary": [
                "allocatable": ["cpu": JSON(100 + index % 400), "memory": "1Ti", "pods": 5000],
                "allocated": ["cpu": JSON(index % 50), "memory": "10Gi", "pods": JSON(index % 200)],
            ],
        ]
        if isModeled {
            cluster.spec["resourceModels"] = .array(grades.enumerated().map { grade, range in model(grade, range) })
            cluster.status["resourceSummary", "allocatableModelings"] = .array(
                grades.indices.map { ["grade": JSON($0), "count": JSON((index * 7 + $0 * 3) % 20)] })
        }
        return cluster
    }

    /// Cores of the nodes of each grade: Karmada's default models.
    private static let grades = [(0, 1), (1, 2), (2, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 128), (128, 9_000)]

    private static func model(_ grade: Int, _ cores: (min: Int, max: Int)) -> JSON {
        [
            "grade": JSON(grade),
            "ranges": [
                ["name": "cpu", "min": JSON(cores.min), "max": JSON(cores.max)],
                ["name": "memory", "min": .string("\(cores.min * 4)Gi"), "max": .string("\(cores.max * 4)Gi")],
            ],
        ]
    }

    /// How replicas are divided.
    public static let divisions: [(name: String, replicaScheduling: JSON)] = [
        ("Duplicated", ["replicaSchedulingType": "Duplicated"]),
        (
            "static weight",
            [
                "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                "weightPreference": [
                    "staticWeightList": [
                        ["targetCluster": ["labelSelector": ["matchLabels": ["tier": "even"]]], "weight": 2],
                        ["targetCluster": ["labelSelector": ["matchLabels": ["tier": "odd"]]], "weight": 1],
                    ]
                ],
            ]
        ),
        (
            "dynamic weight",
            [
                "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                "weightPreference": ["dynamicWeight": "AvailableReplicas"],
            ]
        ),
        ("Aggregated", ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"]),
    ]

    /// Two to three regions, and two to six clusters.
    public static let spreadConstraints: JSON = [
        ["spreadByField": "region", "minGroups": 2, "maxGroups": 3],
        ["spreadByField": "cluster", "minGroups": 2, "maxGroups": 6],
    ]

    /// Each division over all clusters, and the last one spread by region too.
    public static let mixedPlacements: [JSON] = {
        var placements = divisions.map { placement($0.replicaScheduling) }
        placements.append(placement(divisions[3].replicaScheduling, isSpread: true))
        return placements
    }()

    public static func placement(_ replicaScheduling: JSON, isSpread: Bool = false) -> JSON {
        var placement: JSON = ["clusterAffinity": [:], "replicaScheduling": replicaScheduling]
        if isSpread { placement["spreadConstraints"] = spreadConstraints }
        return placement
    }

    /// A binding of 1 to 20 replicas.
    public static func binding(_ index: Int, _ placement: JSON) -> Object {
        var binding = Object(
            apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default",
            name: "web-\(index)-deployment")
        binding.spec = [
            "resource": [
                "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": .string("web-\(index)"),
                "uid": .string("0b1f7c5e-6a54-4a0e-9c2c-\(100_000_000_000 + index)"),
            ],
            "replicas": JSON(1 + index % 20), "replicaRequirements": ["resourceRequest": ["cpu": "250m", "memory": "512Mi"]],
            "placement": placement, "schedulerName": "default-scheduler",
        ]
        return binding
    }

    /// A Deployment of one container.
    public static func deployment(_ name: String, replicas: Int = 1) -> Object {
        var deployment = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: name)
        deployment.labels = ["app": name]
        deployment.spec = [
            "replicas": JSON(replicas), "selector": ["matchLabels": ["app": .string(name)]],
            "template": [
                "metadata": ["labels": ["app": .string(name)]],
                "spec": [
                    "containers": [
                        ["name": "web", "image": "nginx:1.27", "resources": ["requests": ["cpu": "10m", "memory": "16Mi"]]]
                    ]
                ],
            ],
        ]
        return deployment
    }
}
