import Kubernetes

/// The roles and bindings that every cluster has (Kubernetes documentation, "Using RBAC Authorization: Default roles and role
/// bindings"), and Karmada's for its own kinds.
enum DefaultRoles {
    static let autoupdate = "rbac.authorization.kubernetes.io/autoupdate"

    static let all = signIn + userRoles + aggregated + certificates + components

    /// What a control plane has besides.
    static let karmada = [
        part("karmada-view", of: ["view"], karmada(reading)), part("karmada-edit", of: ["edit"], karmada(writing)),
    ]

    private static let reading = "get list watch"
    private static let writing = "create delete deletecollection patch update"

    // MARK: Everybody

    private static let open = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
    private static let discovery = open + ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"]

    /// What the server serves and what one may do oneself is for everybody who has signed in; health and version for all.
    private static let signIn: [Object] = [
        clusterRole("cluster-admin", [rule("*", "*", "*"), paths("*", ["*"])]),
        binding("cluster-admin", groups: ["system:masters"]),
        clusterRole("system:discovery", [paths("get", discovery)]),
        binding("system:discovery", groups: ["system:authenticated"]),
        clusterRole(
            "system:monitoring",
            [paths("get", ["/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/readyz", "/readyz/*"])]),
        binding("system:monitoring", groups: ["system:monitoring"]),
        clusterRole(
            "system:basic-user",
            [
                rule("create", "authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews"),
                rule("create", "authentication.k8s.io", "selfsubjectreviews"),
            ]),
        binding("system:basic-user", groups: ["system:authenticated"]),
        clusterRole("system:public-info-viewer", [paths("get", open)]),
        binding("system:public-info-viewer", groups: ["system:authenticated", "system:unauthenticated"]),
        clusterRole(
            "system:service-account-issuer-discovery", [paths("get", ["/.well-known/openid-configuration", "/openid/v1/jwks"])]),
        binding("system:service-account-issuer-discovery", groups: ["system:serviceaccounts"]),
    ]

    // MARK: Users

    private static let aggregationPrefix = "rbac.authorization.k8s.io/aggregate-to-"

    /// The roles for users of namespaces: whatever is labelled as a part of theirs.
    private static let userRoles: [Object] = [
        aggregating("admin", ["admin"]), aggregating("edit", ["edit"], partOf: ["admin"]),
        aggregating("view", ["view"], partOf: ["edit"]),
    ]

    private static let aggregated: [Object] = [
        part("system:aggregate-to-view", of: ["view"], viewRules), part("system:aggregate-to-edit", of: ["edit"], editRules),
        part("system:aggregate-to-admin", of: ["admin"], adminRules),
    ]

    private static let viewRules = [
        rule(
            reading, "",
            """
            bindings configmaps endpoints events limitranges namespaces namespaces/status persistentvolumeclaims \
            persistentvolumeclaims/status pods pods/log pods/status replicationcontrollers replicationcontrollers/scale \
            replicationcontrollers/status resourcequotas resourcequotas/status serviceaccounts services services/status
            """),
        rule(reading, "discovery.k8s.io", "endpointslices"),
        rule(
            reading, "apps",
            """
            controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets \
            replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status
            """),
        rule(reading, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
        rule(reading, "batch", "cronjobs cronjobs/status jobs jobs/status"),
        rule(reading, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
        rule(reading, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    ]

    private static let editRules = [
        rule(reading, "", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
        rule("impersonate", "", "serviceaccounts"),
        rule(writing, "", "pods pods/attach pods/exec pods/portforward pods/proxy"),
        rule("create", "", "pods/eviction serviceaccounts/token"),
        rule(
            writing, "",
            """
            configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets \
            serviceaccounts services services/proxy
            """),
        rule(
            writing, "apps",
            """
            daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets \
            statefulsets/scale
            """),
        rule(writing, "autoscaling", "horizontalpodautoscalers"),
        rule(writing, "batch", "cronjobs jobs"),
        rule(writing, "networking.k8s.io", "ingresses networkpolicies"),
        rule(writing, "policy", "poddisruptionbudgets"),
        rule(writing + " " + reading, "coordination.k8s.io", "leases"),
    ]

    private static let adminRules = [
        rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
        rule(writing + " " + reading, RoleIndex.group, "rolebindings roles"),
    ]

    private static func karmada(_ verbs: String) -> [JSON] {
        [
            rule(verbs, "autoscaling.karmada.io", "cronfederatedhpas federatedhpas"),
            rule(verbs, "networking.karmada.io", "multiclusteringresses multiclusterservices"),
            rule(verbs, "policy.karmada.io", "federatedresourcequotas overridepolicies propagationpolicies"),
            rule(verbs, "work.karmada.io", "resourcebindings works"),
            rule(verbs, "multicluster.x-k8s.io", "serviceexports serviceimports"),
        ]
    }

    // MARK: Certificates

    private static let certificatesGroup = "certificates.k8s.io"

    private static let certificates: [Object] =
        [
            clusterRole(
                "system:node-bootstrapper",
                [rule("create get list watch", certificatesGroup, "certificatesigningrequests")]),
            clusterRole(
                "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
                [rule("create", certificatesGroup, "certificatesigningrequests/nodeclient")]),
            clusterRole(
                "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
                [rule("create", certificatesGroup, "certificatesigningrequests/selfnodeclient")]),
        ]
        + ["kube-apiserver-client", "kube-apiserver-client-kubelet", "kubelet-serving", "legacy-unknown"].map { signer in
            clusterRole(
                "system:certificates.k8s.io:\(signer)-approver",
                [rule("approve", certificatesGroup, "signers", names: ["kubernetes.io/\(signer)"])])
        }

    // MARK: Components

    private static let components: [Object] = [
        clusterRole(
            "system:auth-delegator",
            [
                rule("create", "authentication.k8s.io", "tokenreviews"),
                rule("create", "authorization.k8s.io", "subjectaccessreviews"),
            ]),
        clusterRole(
            "system:kubelet-api-admin",
            [
                rule(reading, "", "nodes"), rule("proxy", "", "nodes"),
                rule("*", "", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
            ]),
        clusterRole(
            "system:node-problem-detector",
            [
                rule("get", "", "nodes"), rule("patch", "", "nodes/status"), rule("create patch update", "", "events"),
                rule("create patch update", "events.k8s.io", "events"),
            ]),
        clusterRole(
            "system:persistent-volume-provisioner",
            [
                rule("create delete get list watch", "", "persistentvolumes"),
                rule("get list update watch", "", "persistentvolumeclaims"), rule(reading, "storage.k8s.io", "storageclasses"),
                rule(reading, "", "events"), rule("create patch update", "", "events"),
            ]),
    ]

    // MARK: Making

    /// - Parameters: lists, separated by spaces.
    private static func rule(_ verbs: String, _ group: String, _ resources: String, names: [String] = []) -> JSON {
        var rule: JSON = [
            "verbs": list(verbs), "apiGroups": [.string(group)], "resources": list(resources),
        ]
        if !names.isEmpty { rule["resourceNames"] = JSON(names) }
        return rule
    }

    private static func paths(_ verbs: String, _ paths: [String]) -> JSON {
        ["verbs": list(verbs), "nonResourceURLs": JSON(paths)]
    }

    private static func list(_ text: String) -> JSON { JSON(text.split(separator: " ").map(String.init)) }

    private static func clusterRole(_ name: String, _ rules: [JSON]) -> Object {
        var role = bootstrap("ClusterRole", name)
        role["rules"] = .array(rules)
        return role
    }

    private static func aggregating(_ name: String, _ parts: [String], partOf wholes: [String] = []) -> Object {
        var role = bootstrap("ClusterRole", name)
        for whole in wholes { role.labels[aggregationPrefix + whole] = "true" }
        role["aggregationRule"] = [
            "clusterRoleSelectors": .array(parts.map { ["matchLabels": JSON([aggregationPrefix + $0: "true"])] })
        ]
        role["rules"] = .array([])
        return role
    }

    private static func part(_ name: String, of wholes: [String], _ rules: [JSON]) -> Object {
        var role = clusterRole(name, rules)
        for whole in wholes { role.labels[aggregationPrefix + whole] = "true" }
        return role
    }

    private static func binding(_ name: String, groups: [String]) -> Object {
        var binding = bootstrap("ClusterRoleBinding", name)
        binding["roleRef"] = ["apiGroup": .string(RoleIndex.group), "kind": "ClusterRole", "name": .string(name)]
        binding["subjects"] = .array(
            groups.map { ["kind": "Group", "apiGroup": .string(RoleIndex.group), "name": .string($0)] })
        return binding
    }

    private static func bootstrap(_ kind: String, _ name: String) -> Object {
        var object = Object(apiVersion: "\(RoleIndex.group)/v1", kind: kind, name: name)
        object.labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
        object.annotations = [autoupdate: "true"]
        return object
    }
}
