import Kubernetes

/// PropagationPolicy and ClusterPropagationPolicy.
enum PolicyAdmission {
    // MARK: Filling in

    static func fill(policy: inout Object, isCreation: Bool) {
        let namespace = policy.namespace
        policy.withSpec { spec in
            spec.fill("placement", [:])
            fill(selectorsOf: &spec, namespace: namespace)
            let selectsImports = spec.list("resourceSelectors").contains {
                $0.text("kind") == "ServiceImport" && $0.text("apiVersion") == "multicluster.x-k8s.io/v1alpha1"
            }
            if selectsImports { spec["propagateDeps"] = true }
            spec.withObject("placement") { fill(placement: &$0) }
            spec.withObject("failover") { failover in
                failover.withObject("application") { application in
                    if application.text("purgeMode") == "Gracefully" { application.fill("gracePeriodSeconds", 600) }
                }
            }
        }
        guard isCreation else { return }
        let name = policy.kind.lowercased()
        policy.json["metadata", default: [:]]["labels", default: [:]]["\(name).karmada.io/permanent-id"] = .string(
            RandomUUID.make())
        let finalizer =
            namespace.isEmpty ? "karmada.io/cluster-propagation-policy-controller" : "karmada.io/propagation-policy-controller"
        if !policy.finalizers.contains(finalizer) { policy.finalizers.append(finalizer) }
    }

    /// A selector says nothing of what it leaves out; of a namespaced policy it means the policy's namespace.
    static func fill(selectorsOf spec: inout JSON, namespace: String) {
        spec.forEach(in: "resourceSelectors") { selector in
            selector.fill("apiVersion", "")
            selector.fill("kind", "")
            if !namespace.isEmpty, selector.text("namespace").isEmpty { selector["namespace"] = .string(namespace) }
        }
    }

    private static func fill(placement: inout JSON) {
        placement.forEach(in: "spreadConstraints") { constraint in
            if constraint.text("spreadByField").isEmpty, constraint.text("spreadByLabel").isEmpty {
                constraint["spreadByField"] = "cluster"
            }
            if constraint["minGroups"]?.integer ?? 0 == 0 { constraint["minGroups"] = 1 }
        }
        placement.withObject("replicaScheduling") { scheduling in
            if scheduling.text("replicaSchedulingType") == "Divided", scheduling.text("replicaDivisionPreference").isEmpty {
                scheduling["replicaDivisionPreference"] = "Weighted"
            }
        }
    }

    // MARK: Refusing

    static func admit(policy: Object, old: Object?) throws(APIError) {
        let webhook = "\(policy.kind.lowercased()).karmada.io"
        let label = "\(webhook)/permanent-id"
        if let old {
            if policy.spec["schedulerName"] != old.spec["schedulerName"] {
                throw .denied(webhook, "the schedulerName should not be updated")
            }
            if policy.labels[label] != old.labels[label] {
                throw .denied(webhook, "label \(label) is immutable, it can only be set by the system during creation")
            }
        }
        if policy.labels[label] == nil {
            throw .denied(
                webhook, "label \(label) is required, it should be set by the mutating admission webhook during creation")
        }
        var errors = FieldErrors()
        validate(policy.spec, namespace: policy.namespace, &errors)
        try errors.deny(webhook)
    }

    private static func validate(_ spec: JSON, namespace: String, _ errors: inout FieldErrors) {
        PlacementValidation.validate(spec["placement"] ?? [:], FieldPath.spec.child("placement"), &errors)
        let application = spec["failover", "application"]
        if application != nil, spec["propagateDeps"]?.bool != true {
            errors.invalid(
                FieldPath.spec.child("propagateDeps"), false, "application failover is set, propagateDeps must be true")
        }
        if let application { validate(application: application, FieldPath("spec.failover.application"), &errors) }
        if let rules = spec["failover", "cluster", "statePreservation"] {
            validate(statePreservation: rules, FieldPath("spec.failover.cluster.statePreservation"), &errors)
        }
        validateSelectors(spec.list("resourceSelectors"), namespace: namespace, &errors)
        if spec.text("preemption") == "Always" {
            for (index, selector) in spec.list("resourceSelectors").enumerated() where selector.text("name").isEmpty {
                errors.invalid(
                    FieldPath.spec.child("resourceSelectors").index(index).child("name"), "",
                    "name cannot be empty if preemption is Always, the empty name may cause unexpected resources preemption")
            }
        }
        if let suspension = spec["suspension"], suspension["dispatching"]?.bool == true,
            suspension["dispatchingOnClusters", "clusterNames"]?.array?.isEmpty == false
        {
            errors.invalid(
                FieldPath("spec.suspension.suspension"), suspension,
                "suspension dispatching cannot co-exist with dispatchingOnClusters.clusterNames")
        }
    }

    /// A namespaced policy selects what is in its own namespace.
    static func validateSelectors(_ selectors: [JSON], namespace: String, _ errors: inout FieldErrors) {
        guard !namespace.isEmpty else { return }
        for (index, selector) in selectors.enumerated() where selector.text("namespace") != namespace {
            errors.invalid(
                FieldPath.spec.child("resourceSelectors").index(index).child("namespace"), selector["namespace"] ?? "",
                "namespace of resource selector must be the same as the namespace of the policy")
        }
    }

    private static func validate(application: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        errors.nonNegative(
            application["decisionConditions", "tolerationSeconds"], path.child("decisionConditions").child("tolerationSeconds"))
        let isGraceful = application.text("purgeMode") == "Gracefully"
        let period = application["gracePeriodSeconds"]
        let at = path.child("gracePeriodSeconds")
        if !isGraceful, let period { errors.invalid(at, period, "only takes effect when purgeMode is gracefully") }
        if isGraceful, period == nil { errors.invalid(at, nil, "should not be empty when purgeMode is gracefully") }
        errors.positive(period, at)
        if let rules = application["statePreservation"] {
            validate(statePreservation: rules, path.child("statePreservation"), &errors)
        }
    }

    private static func validate(statePreservation: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        for (index, rule) in statePreservation.list("rules").enumerated() {
            MetadataRules.validateQualifiedName(
                rule.text("aliasLabelName"), path.child("rules").index(index).child("aliasLabelName"), &errors)
        }
    }
}

/// Placements, and the cluster affinities that overrides have too.
enum PlacementValidation {
    static func validate(_ placement: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let terms = placement.list("clusterAffinities")
        if placement["clusterAffinity"] != nil, placement["clusterAffinities"] != nil {
            errors.invalid(path, placement, "clusterAffinities cannot co-exist with clusterAffinity")
        }
        let mayOverflow = isDynamic(placement["replicaScheduling"] ?? [:])
        for (index, term) in terms.enumerated() where term["overflowAffinities"] != nil && !mayOverflow {
            errors.invalid(
                path.child("clusterAffinities").index(index).child("overflowAffinities"), term["overflowAffinities"],
                "overflowAffinities can only be used together with dynamic weight or aggregated scheduling")
        }
        validate(affinity: placement["clusterAffinity"], path.child("clusterAffinity"), &errors)
        validate(terms: terms, path.child("clusterAffinities"), &errors)
        validate(spread: placement.list("spreadConstraints"), path.child("spreadConstraints"), &errors)
        validate(workloadAffinity: placement["workloadAffinity"], path.child("workloadAffinity"), &errors)
        for (index, toleration) in placement.list("clusterTolerations").enumerated() {
            let operation = toleration.text("operator")
            if operation == "Lt" || operation == "Gt" {
                errors.notSupported(
                    path.child("clusterTolerations").index(index).child("operator"), .string(operation), ["", "Exists", "Equal"])
            }
        }
    }

    /// Whether replicas are divided by what the clusters have free.
    private static func isDynamic(_ scheduling: JSON) -> Bool {
        guard scheduling.text("replicaSchedulingType") == "Divided" else { return false }
        return scheduling.text("replicaDivisionPreference") == "Aggregated"
            || !(scheduling["weightPreference"] ?? [:]).text("dynamicWeight").isEmpty
    }

    static func validate(affinity: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard let selector = affinity?["fieldSelector"] else { return }
        for expression in selector.list("matchExpressions") {
            let key = expression.text("key")
            let operation = expression.text("operator")
            if !["provider", "region", "zone"].contains(key) {
                return errors.invalid(
                    path.child("fieldSelector"), selector, "unsupported key \"\(key)\", must be provider, region, or zone")
            }
            if operation != "In", operation != "NotIn" {
                return errors.invalid(
                    path.child("fieldSelector"), selector, "unsupported operator \"\(operation)\", must be In or NotIn")
            }
        }
    }

    private static func validate(terms: [JSON], _ path: FieldPath, _ errors: inout FieldErrors) {
        var names: Set<String> = []
        for (index, term) in terms.enumerated() {
            let name = term.text("affinityName")
            MetadataRules.validateQualifiedName(name, path.index(index), &errors)
            if !names.insert(name).inserted {
                errors.invalid(path, .array(terms), "each affinity term in a policy must have a unique name")
            }
            validate(affinity: term, path.index(index), &errors)
            validateOverflow(of: term, path.index(index).child("overflowAffinities"), &errors)
        }
    }

    private static func validateOverflow(of term: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard let overflows = term["overflowAffinities"] else { return }
        let selects =
            ["labelSelector", "fieldSelector"].contains { term[$0] != nil }
            || ["clusterNames", "exclude"].contains { !term.list($0).isEmpty }
        if !selects {
            errors.invalid(path, overflows, "overflowAffinities can only be used together with the inline ClusterAffinity")
        }
        var names: Set<String> = [term.text("affinityName")]
        for (index, overflow) in (overflows.array ?? []).enumerated() {
            let name = overflow.text("affinityName")
            let at = path.index(index)
            MetadataRules.validateQualifiedName(name, at.child("affinityName"), &errors)
            if !names.insert(name).inserted {
                errors.invalid(
                    at.child("affinityName"), .string(name),
                    "overflow affinity name must be unique and must not duplicate the primary group's affinityName")
            }
            validate(affinity: overflow, at, &errors)
        }
    }

    private static func validate(spread constraints: [JSON], _ path: FieldPath, _ errors: inout FieldErrors) {
        var fields: [String: Int] = [:]
        for (index, constraint) in constraints.enumerated() {
            let at = path.index(index)
            let field = constraint.text("spreadByField")
            let minimum = constraint["minGroups"]?.integer ?? 0
            let maximum = constraint["maxGroups"]?.integer ?? 0
            if !field.isEmpty, !constraint.text("spreadByLabel").isEmpty {
                errors.invalid(at, constraint, "spreadByLabel should not co-exist with spreadByField")
            }
            if minimum < 0 { errors.invalid(at, constraint, "minGroups lower than 0 is not allowed") }
            if maximum < 0 { errors.invalid(at, constraint, "maxGroups lower than 0 is not allowed") }
            if maximum > 0, maximum < minimum { errors.invalid(at, constraint, "maxGroups lower than minGroups is not allowed") }
            guard !field.isEmpty else { continue }
            fields[field, default: 0] += 1
            if fields[field] == 2 {
                errors.invalid(path, .array(constraints), "multiple \(field) spread constraints are not allowed")
            }
        }
        if !fields.isEmpty, fields["cluster"] == nil {
            errors.invalid(
                path, .array(constraints),
                "the cluster spread constraint must be enabled in one of the constraints in case of SpreadByField is enabled")
        }
    }

    private static func validate(workloadAffinity: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard let workloadAffinity else { return }
        let keys = ["affinity", "antiAffinity"].map { workloadAffinity[$0]?.text("groupByLabelKey") }
        for (term, key) in zip(["affinity", "antiAffinity"], keys) {
            guard let key else { continue }
            MetadataRules.validateQualifiedName(key, path.child(term).child("groupByLabelKey"), &errors)
        }
        if let key = keys[0], key == keys[1] {
            errors.invalid(path, workloadAffinity, "affinity and antiAffinity must not use the same groupByLabelKey")
        }
    }
}
