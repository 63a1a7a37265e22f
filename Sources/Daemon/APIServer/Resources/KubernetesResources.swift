import Kubernetes

// Kubernetes' own resources: names, verbs and strategies as its discovery and its API reference have them. Alpha and beta
// versions are left out, and so are the pod subresources that need a kubelet (log, exec, attach, port-forward, proxy).
extension ResourceDefinition {
    static let kubernetes: [ResourceDefinition] = [
        core, apps, events, authentication, authorization, autoscaling, batch, certificates, networking, policy, rbac,
        storageGroup,
        admissionRegistration, apiExtensions, scheduling, coordination, node, discovery, resourceClaims, flowControl,
    ].flatMap { $0 }

    /// Usage as metrics-server serves it, answered rather than stored.
    static let metrics: [ResourceDefinition] = [("NodeMetrics", "nodes", false), ("PodMetrics", "pods", true)].map {
        ResourceDefinition(
            group: "metrics.k8s.io", versions: [ResourceVersion("v1beta1")], kind: $0, plural: $1, singular: "", isNamespaced: $2,
            verbs: ["get", "list"])
    }

    private static func stable(
        _ group: String, _ kind: String, plural: String? = nil, short: [String] = [], categories: [String] = [],
        namespaced: Bool = true, verbs: [String] = Verbs.all, _ subresources: [Subresource] = [], generation: Bool = false,
        createsOnUpdate: Bool = false, unconditionalUpdate: Bool = true, selectable: [String] = []
    ) -> ResourceDefinition {
        ResourceDefinition(
            group: group, versions: [ResourceVersion("v1")], kind: kind, plural: plural, shortNames: short,
            categories: categories,
            isNamespaced: namespaced, verbs: verbs, subresources: subresources, hasGeneration: generation,
            createsOnUpdate: createsOnUpdate, allowsUnconditionalUpdate: unconditionalUpdate, selectableFields: selectable)
    }

    private static let core: [ResourceDefinition] = [
        stable("", "Binding", verbs: Verbs.create),
        stable("", "ConfigMap", short: ["cm"]),
        stable("", "Endpoints", plural: "endpoints", short: ["ep"], createsOnUpdate: true),
        ResourceDefinition(
            group: "", versions: [ResourceVersion("v1")], kind: "Event", shortNames: ["ev"], createsOnUpdate: true,
            selectableFields: [
                "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
                "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
                "reportingComponent", "source", "type",
            ]),
        stable("", "LimitRange", short: ["limits"], createsOnUpdate: true),
        stable(
            "", "Namespace", short: ["ns"], namespaced: false,
            verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
            [Subresource("finalize", verbs: ["update"]), .status], selectable: ["status.phase"]),
        stable("", "Node", short: ["no"], namespaced: false, [.status], selectable: ["spec.unschedulable"]),
        stable("", "PersistentVolumeClaim", short: ["pvc"], [.status]),
        stable("", "PersistentVolume", short: ["pv"], namespaced: false, [.status]),
        stable(
            "", "Pod", short: ["po"], categories: ["all"],
            [
                Subresource("binding", kind: GroupVersionKind(group: "", version: "v1", kind: "Binding"), verbs: Verbs.create),
                Subresource(
                    "eviction", kind: GroupVersionKind(group: "policy", version: "v1", kind: "Eviction"), verbs: Verbs.create),
                .status,
            ],
            generation: true,
            selectable: [
                "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
                "status.phase", "status.podIP", "status.nominatedNodeName",
            ]),
        stable("", "PodTemplate", generation: true),
        stable(
            "", "ReplicationController", short: ["rc"], categories: ["all"],
            [.scale(selector: .labels(path: ["spec", "selector"])), .status], generation: true, selectable: ["status.replicas"]),
        stable("", "ResourceQuota", short: ["quota"], [.status]),
        stable("", "Secret", selectable: ["type"]),
        stable(
            "", "ServiceAccount", short: ["sa"],
            [
                Subresource(
                    "token", kind: GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest"),
                    verbs: Verbs.create)
            ]),
        stable(
            "", "Service", short: ["svc"], categories: ["all"], [.status], createsOnUpdate: true,
            selectable: ["spec.clusterIP", "spec.type"]),
    ]

    private static let apps: [ResourceDefinition] = [
        stable("apps", "ControllerRevision"),
        stable("apps", "DaemonSet", short: ["ds"], categories: ["all"], [.status], generation: true),
        stable("apps", "Deployment", short: ["deploy"], categories: ["all"], [.scale, .status], generation: true),
        stable(
            "apps", "ReplicaSet", short: ["rs"], categories: ["all"], [.scale, .status], generation: true,
            selectable: ["status.replicas"]),
        stable("apps", "StatefulSet", short: ["sts"], categories: ["all"], [.scale, .status], generation: true),
    ]

    /// The same objects as the core group's events, with other names for their members.
    private static let events: [ResourceDefinition] = [
        ResourceDefinition(
            group: "events.k8s.io", versions: [ResourceVersion("v1")],
            storage: GroupVersionResource(group: "", version: "v1", resource: "events"), kind: "Event", shortNames: ["ev"],
            createsOnUpdate: true,
            selectableFields: [
                "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion",
                "regarding.resourceVersion", "regarding.fieldPath", "reason", "reportingController", "type",
            ])
    ]

    private static let authentication: [ResourceDefinition] = [
        stable("authentication.k8s.io", "SelfSubjectReview", namespaced: false, verbs: Verbs.create),
        stable("authentication.k8s.io", "TokenReview", namespaced: false, verbs: Verbs.create),
    ]

    private static let authorization: [ResourceDefinition] = [
        stable("authorization.k8s.io", "LocalSubjectAccessReview", verbs: Verbs.create),
        stable("authorization.k8s.io", "SelfSubjectAccessReview", namespaced: false, verbs: Verbs.create),
        stable("authorization.k8s.io", "SelfSubjectRulesReview", namespaced: false, verbs: Verbs.create),
        stable("authorization.k8s.io", "SubjectAccessReview", namespaced: false, verbs: Verbs.create),
    ]

    private static let autoscaling: [ResourceDefinition] = [
        ResourceDefinition(
            group: "autoscaling", versions: [ResourceVersion("v2"), ResourceVersion("v1")], kind: "HorizontalPodAutoscaler",
            shortNames: ["hpa"], categories: ["all"], subresources: [.status])
    ]

    private static let batch: [ResourceDefinition] = [
        stable("batch", "CronJob", short: ["cj"], categories: ["all"], [.status], generation: true),
        stable("batch", "Job", categories: ["all"], [.status], generation: true, selectable: ["status.successful"]),
    ]

    private static let certificates: [ResourceDefinition] = [
        stable(
            "certificates.k8s.io", "CertificateSigningRequest", short: ["csr"], namespaced: false,
            [Subresource("approval"), .status], selectable: ["spec.signerName"])
    ]

    private static let networking: [ResourceDefinition] = [
        stable("networking.k8s.io", "IngressClass", namespaced: false, generation: true),
        stable("networking.k8s.io", "Ingress", short: ["ing"], [.status], generation: true),
        stable("networking.k8s.io", "IPAddress", short: ["ip"], namespaced: false, selectable: ["spec.parentRef"]),
        stable("networking.k8s.io", "NetworkPolicy", short: ["netpol"], generation: true),
        stable("networking.k8s.io", "ServiceCIDR", namespaced: false, [.status]),
    ]

    private static let policy: [ResourceDefinition] = [
        stable("policy", "PodDisruptionBudget", short: ["pdb"], [.status], generation: true, unconditionalUpdate: false)
    ]

    private static let rbac: [ResourceDefinition] = [
        stable("rbac.authorization.k8s.io", "ClusterRoleBinding", namespaced: false, createsOnUpdate: true),
        stable("rbac.authorization.k8s.io", "ClusterRole", namespaced: false, createsOnUpdate: true),
        stable("rbac.authorization.k8s.io", "RoleBinding", createsOnUpdate: true),
        stable("rbac.authorization.k8s.io", "Role", createsOnUpdate: true),
    ]

    private static let storageGroup: [ResourceDefinition] = [
        stable("storage.k8s.io", "CSIDriver", namespaced: false, generation: true, unconditionalUpdate: false),
        stable("storage.k8s.io", "CSINode", namespaced: false, unconditionalUpdate: false),
        stable("storage.k8s.io", "CSIStorageCapacity"),
        stable("storage.k8s.io", "StorageClass", short: ["sc"], namespaced: false),
        stable("storage.k8s.io", "VolumeAttachment", namespaced: false, [.status], unconditionalUpdate: false),
        stable("storage.k8s.io", "VolumeAttributesClass", short: ["vac"], namespaced: false),
    ]

    private static let admissionRegistration: [ResourceDefinition] = [
        ("MutatingAdmissionPolicy", []), ("MutatingAdmissionPolicyBinding", []), ("MutatingWebhookConfiguration", []),
        ("ValidatingAdmissionPolicy", [Subresource.status]), ("ValidatingAdmissionPolicyBinding", []),
        ("ValidatingWebhookConfiguration", []),
    ].map { kind, subresources in
        stable(
            "admissionregistration.k8s.io", kind, categories: ["api-extensions"], namespaced: false, subresources,
            generation: true, unconditionalUpdate: false)
    }

    private static let apiExtensions: [ResourceDefinition] = [
        stable(
            "apiextensions.k8s.io", "CustomResourceDefinition", short: ["crd", "crds"], categories: ["api-extensions"],
            namespaced: false, [.status], generation: true, unconditionalUpdate: false)
    ]

    private static let scheduling: [ResourceDefinition] = [
        stable("scheduling.k8s.io", "PriorityClass", short: ["pc"], namespaced: false, generation: true)
    ]

    private static let coordination: [ResourceDefinition] = [
        stable("coordination.k8s.io", "Lease", createsOnUpdate: true, unconditionalUpdate: false)
    ]

    private static let node: [ResourceDefinition] = [
        stable("node.k8s.io", "RuntimeClass", namespaced: false, unconditionalUpdate: false)
    ]

    private static let discovery: [ResourceDefinition] = [stable("discovery.k8s.io", "EndpointSlice", generation: true)]

    private static let resourceClaims: [ResourceDefinition] = [
        stable("resource.k8s.io", "DeviceClass", namespaced: false, generation: true),
        stable("resource.k8s.io", "ResourceClaim", [.status]),
        stable("resource.k8s.io", "ResourceClaimTemplate"),
        stable(
            "resource.k8s.io", "ResourceSlice", namespaced: false, generation: true,
            selectable: ["spec.nodeName", "spec.driver"]),
    ]

    private static let flowControl: [ResourceDefinition] = [
        stable("flowcontrol.apiserver.k8s.io", "FlowSchema", namespaced: false, [.status], generation: true),
        stable("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", namespaced: false, [.status], generation: true),
    ]
}
