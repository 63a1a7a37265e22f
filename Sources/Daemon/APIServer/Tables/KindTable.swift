import Kubernetes

/// The columns of one of the kinds whose cells are worked out rather than read.
struct KindTable: Sendable {
    let columns: [TableColumn]
    let cells: @Sendable (Object, Timestamp) -> [JSON]

    static func of(_ resource: GroupResource) -> KindTable? { all[resource] }

    init(_ columns: [TableColumn], _ cells: @escaping @Sendable (Object, Timestamp) -> [JSON]) {
        self.columns = columns
        self.cells = cells
    }

    /// Name first, age last but for the columns of wide output.
    private static func named(
        _ columns: [TableColumn], wide: [TableColumn] = [], _ cells: @escaping @Sendable (Object) -> [JSON]
    ) -> KindTable {
        KindTable([.name] + columns + [.age] + wide) { object, now in
            let values = cells(object)
            return [.string(object.name)] + values.prefix(columns.count) + [.string(Age.text(object.creationTimestamp, now))]
                + values.dropFirst(columns.count)
        }
    }

    private static let all: [GroupResource: KindTable] = {
        var all: [GroupResource: KindTable] = [:]
        let groups: [(String, [String: KindTable])] = [
            ("", core), ("apps", apps), ("batch", batch), ("autoscaling", autoscaling), ("networking.k8s.io", networking),
            ("policy", policy), ("rbac.authorization.k8s.io", rbac), ("storage.k8s.io", storage),
            ("scheduling.k8s.io", ["priorityclasses": priorityClasses]), ("discovery.k8s.io", ["endpointslices": endpointSlices]),
            ("coordination.k8s.io", ["leases": leases]), ("events.k8s.io", ["events": EventTable.table]),
            ("apiextensions.k8s.io", ["customresourcedefinitions": resourceDefinitions]),
            (
                "admissionregistration.k8s.io",
                ["mutatingwebhookconfigurations": webhooks, "validatingwebhookconfigurations": webhooks]
            ),
            ("certificates.k8s.io", ["certificatesigningrequests": signingRequests]),
            ("cluster.karmada.io", ["clusters": clusters]),
        ]
        for (group, kinds) in groups {
            for (resource, table) in kinds { all[GroupResource(group: group, resource: resource)] = table }
        }
        return all
    }()

    // MARK: Groups

    private static let core: [String: KindTable] = [
        "pods": KindTable(
            [
                .name, TableColumn("Ready"), TableColumn("Status"), TableColumn("Restarts"), .age, .wide("IP"), .wide("Node"),
                .wide("Nominated Node"), .wide("Readiness Gates"),
            ], PodTable.cells),
        "configmaps": named([.integer("Data")]) { object in
            [JSON((object["data"]?.object?.count ?? 0) + (object["binaryData"]?.object?.count ?? 0))]
        },
        "secrets": named([TableColumn("Type"), .integer("Data")]) { object in
            [object["type"] ?? "", JSON(object["data"]?.object?.count ?? 0)]
        },
        "namespaces": named([TableColumn("Status")]) { [$0.status["phase"] ?? ""] },
        "nodes": named(
            [TableColumn("Status"), TableColumn("Roles"), TableColumn("Version")],
            wide: ["Internal-IP", "External-IP", "OS-Image", "Kernel-Version", "Container-Runtime"].map(TableColumn.wide),
            NodeTable.cells),
        "services": named(
            [TableColumn("Type"), TableColumn("Cluster-IP"), TableColumn("External-IP"), TableColumn("Port(s)")],
            wide: [.wide("Selector")], ServiceTable.cells),
        "endpoints": named([TableColumn("Endpoints")]) { [.string(EndpointsTable.addresses(of: $0))] },
        "events": EventTable.table,
        // Secrets are no longer made for accounts, but the column stays.
        "serviceaccounts": named([.integer("Secrets")]) { [JSON($0["secrets"]?.array?.count ?? 0)] },
        "replicationcontrollers": named(
            [.integer("Desired"), .integer("Current"), .integer("Ready")],
            wide: [.wide("Containers"), .wide("Images"), .wide("Selector")]
        ) { object in
            [object.count("spec", "replicas"), object.count("status", "replicas"), object.count("status", "readyReplicas")]
                + object.containers + [.string(LabelText.labels(object.spec["selector"]))]
        },
        "resourcequotas": named([TableColumn("Request"), TableColumn("Limit")]) { QuotaTable.cells($0) },
        "persistentvolumes": named(
            [
                TableColumn("Capacity"), TableColumn("Access Modes"), TableColumn("Reclaim Policy"), TableColumn("Status"),
                TableColumn("Claim"), TableColumn("StorageClass"), TableColumn("VolumeAttributesClass"), TableColumn("Reason"),
            ], wide: [.wide("VolumeMode")], VolumeTable.volume),
        "persistentvolumeclaims": named(
            [
                TableColumn("Status"), TableColumn("Volume"), TableColumn("Capacity"), TableColumn("Access Modes"),
                TableColumn("StorageClass"), TableColumn("VolumeAttributesClass"),
            ], wide: [.wide("VolumeMode")], VolumeTable.claim),
        "podtemplates": KindTable(
            [.name, TableColumn("Containers"), TableColumn("Images"), TableColumn("Pod Labels")]
        ) { object, _ in
            [.string(object.name)] + ContainerText.cells(object["template", "spec"] ?? [:])
                + [.string(LabelText.labels(object["template", "metadata", "labels"]))]
        },
        "limitranges": KindTable([.name, TableColumn("Created At", type: "date")]) { object, _ in
            [.string(object.name), .string(object.creationTimestamp)]
        },
    ]

    private static let apps: [String: KindTable] = [
        "deployments": named(
            [TableColumn("Ready"), .integer("Up-to-date"), .integer("Available")],
            wide: [.wide("Containers"), .wide("Images"), .wide("Selector")]
        ) { object in
            [
                object.readyOfDesired("readyReplicas"), object.count("status", "updatedReplicas"),
                object.count("status", "availableReplicas"),
            ]
                + object.containers + [.string(LabelText.selector(object.spec["selector"]))]
        },
        "replicasets": named(
            [.integer("Desired"), .integer("Current"), .integer("Ready")],
            wide: [.wide("Containers"), .wide("Images"), .wide("Selector")]
        ) { object in
            [object.count("spec", "replicas"), object.count("status", "replicas"), object.count("status", "readyReplicas")]
                + object.containers + [.string(LabelText.selector(object.spec["selector"]))]
        },
        "statefulsets": named([TableColumn("Ready")], wide: [.wide("Containers"), .wide("Images")]) { object in
            [object.readyOfDesired("readyReplicas")] + object.containers
        },
        "daemonsets": named(
            [
                .integer("Desired"), .integer("Current"), .integer("Ready"), .integer("Up-to-date"), .integer("Available"),
                TableColumn("Node Selector"),
            ],
            wide: [.wide("Containers"), .wide("Images"), .wide("Selector")]
        ) { object in
            [
                "desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable",
            ].map { object.count("status", $0) }
                + [.string(LabelText.labels(object.spec["template", "spec", "nodeSelector"]))] + object.containers
                + [.string(LabelText.selector(object.spec["selector"]))]
        },
        "controllerrevisions": named([TableColumn("Controller"), .integer("Revision")]) { object in
            let owner = object.controller.map { "\($0.kind.lowercased())/\($0.name)" } ?? "<none>"
            return [.string(owner), object["revision"] ?? 0]
        },
    ]

    private static let batch: [String: KindTable] = [
        "jobs": KindTable(
            [
                .name, TableColumn("Status"), TableColumn("Completions"), TableColumn("Duration"), .age, .wide("Containers"),
                .wide("Images"), .wide("Selector"),
            ], JobTable.job),
        "cronjobs": KindTable(
            [
                .name, TableColumn("Schedule"), TableColumn("Timezone"), TableColumn("Suspend", type: "boolean"),
                .integer("Active"), TableColumn("Last Schedule"), .age, .wide("Containers"), .wide("Images"), .wide("Selector"),
            ], JobTable.cronJob),
    ]

    private static let autoscaling: [String: KindTable] = [
        "horizontalpodautoscalers": named(
            [
                TableColumn("Reference"), TableColumn("Targets"), TableColumn("MinPods"), TableColumn("MaxPods"),
                .integer("Replicas"),
            ], AutoscalerTable.cells)
    ]

    private static let networking: [String: KindTable] = [
        "ingresses": named(
            [TableColumn("Class"), TableColumn("Hosts"), TableColumn("Address"), TableColumn("Ports")], ServiceTable.ingress),
        "ingressclasses": named([TableColumn("Controller"), TableColumn("Parameters")]) { object in
            let parameters = object.spec["parameters"].map { parameters in
                let group = parameters["apiGroup"]?.string.map { ".\($0)" } ?? ""
                return "\(parameters.text("kind"))\(group)/\(parameters.text("name"))"
            }
            return [object.spec["controller"] ?? "", .string(parameters ?? "<none>")]
        },
        "networkpolicies": named([TableColumn("Pod-Selector")]) { [.string(LabelText.selector($0.spec["podSelector"]))] },
    ]

    private static let policy: [String: KindTable] = [
        "poddisruptionbudgets": named(
            [TableColumn("Min Available"), TableColumn("Max Unavailable"), .integer("Allowed Disruptions")]
        ) { object in
            ["minAvailable", "maxUnavailable"].map { name -> JSON in
                guard let value = object.spec[name] else { return "N/A" }
                return .string(value.string ?? value.description)
            } + [object.count("status", "disruptionsAllowed")]
        }
    ]

    private static let rbac: [String: KindTable] = {
        let role = KindTable([.name, TableColumn("Created At", type: "date")]) { object, _ in
            [.string(object.name), .string(object.creationTimestamp)]
        }
        let binding = named(
            [TableColumn("Role")], wide: [.wide("Users"), .wide("Groups"), .wide("ServiceAccounts")]
        ) { object in
            let subjects = object["subjects"]?.array ?? []
            func names(_ kind: String) -> JSON {
                .string(
                    subjects.filter { $0.text("kind") == kind }.map { subject in
                        kind == "ServiceAccount" ? "\(subject.text("namespace"))/\(subject.text("name"))" : subject.text("name")
                    }.joined(separator: ", "))
            }
            let role = object["roleRef"] ?? [:]
            return [.string("\(role.text("kind"))/\(role.text("name"))"), names("User"), names("Group"), names("ServiceAccount")]
        }
        return ["roles": role, "clusterroles": role, "rolebindings": binding, "clusterrolebindings": binding]
    }()

    private static let storage: [String: KindTable] = [
        "storageclasses": named(
            [
                TableColumn("Provisioner"), TableColumn("ReclaimPolicy"), TableColumn("VolumeBindingMode"),
                TableColumn("AllowVolumeExpansion"),
            ]
        ) { object in
            [
                object["provisioner"] ?? "", object["reclaimPolicy"] ?? "Delete", object["volumeBindingMode"] ?? "Immediate",
                object["allowVolumeExpansion"] ?? false,
            ]
        }
    ]

    private static let priorityClasses = named([
        .integer("Value"), TableColumn("Global-Default", type: "boolean"), TableColumn("PreemptionPolicy"),
    ]) { object in
        [object["value"] ?? 0, object["globalDefault"] ?? false, object["preemptionPolicy"] ?? ""]
    }

    private static let endpointSlices = named(
        [TableColumn("AddressType"), TableColumn("Ports"), TableColumn("Endpoints")], EndpointsTable.slice)

    private static let leases = named([TableColumn("Holder")]) { [$0.spec["holderIdentity"] ?? ""] }

    private static let webhooks = named([.integer("Webhooks")]) { [JSON($0["webhooks"]?.array?.count ?? 0)] }

    private static let signingRequests = KindTable(
        [
            .name, .age, TableColumn("SignerName"), TableColumn("Requestor"), TableColumn("RequestedDuration"),
            TableColumn("Condition"),
        ]
    ) { request, now in
        let decisions = request.status.list("conditions").map { $0.text("type") }
        let isIssued = request.status["certificate"]?.string?.isEmpty == false
        let conditions = (decisions.isEmpty ? ["Pending"] : decisions) + (isIssued ? ["Issued"] : [])
        return [
            .string(request.name), .string(Age.text(request.creationTimestamp, now)), request.spec["signerName"] ?? "",
            request.spec["username"] ?? "",
            .string(request.spec["expirationSeconds"]?.integer.map { Age.text(seconds: $0) } ?? "<none>"),
            .string(conditions.joined(separator: ",")),
        ]
    }

    private static let resourceDefinitions = KindTable([.name, TableColumn("Created At", type: "date")]) { object, _ in
        [.string(object.name), .string(object.creationTimestamp)]
    }

    private static let clusters = KindTable(
        [
            .name, TableColumn("Version"), TableColumn("Mode"), TableColumn("Ready"), .age, .wide("Zones"), .wide("Region"),
            .wide("Provider"), .wide("API-Endpoint"), .wide("Proxy-URL"),
        ]
    ) { cluster, now in
        let ready = cluster.status.list("conditions").first { $0.text("type") == "Ready" }?.text("status") ?? "Unknown"
        let zones = cluster.spec.list("zones").compactMap(\.string).joined(separator: ",")
        return [
            .string(cluster.name), cluster.status["kubernetesVersion"] ?? "", cluster.spec["syncMode"] ?? "", .string(ready),
            .string(Age.text(cluster.creationTimestamp, now)), .string(zones), cluster.spec["region"] ?? "",
            cluster.spec["provider"] ?? "", cluster.spec["apiEndpoint"] ?? "", cluster.spec["proxyURL"] ?? "",
        ]
    }
}
