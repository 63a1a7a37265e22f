import Client
import Interpreter
import Kubernetes

/// What the binding of a template under a policy is to be.
struct BindingBuilder: Sendable {
    let client: any ObjectClient
    let events: EventRecorder
    let interpreter: Interpreter
    let gates: FeatureGates

    private static let component = "resource-detector"

    /// The key of the binding that a template has.
    static func key(of template: TemplateKey) -> ObjectKey {
        ObjectKey(namespace: template.key.namespace, name: Names.binding(kind: template.kind.kind, name: template.key.name))
    }

    /// The binding, from what it is now (nil for a new one). What the scheduler, evictions and users wrote stays.
    func build(_ template: Object, policy: PropagationPolicy, current: Object?) async throws -> Object {
        let isClusterScoped = template.namespace.isEmpty
        var binding =
            current
            ?? Object(
                apiVersion: "work.karmada.io/v1alpha2", kind: isClusterScoped ? "ClusterResourceBinding" : "ResourceBinding",
                namespace: template.namespace, name: Names.binding(kind: template.kind, name: template.name))
        Claim(policy).mark(&binding)
        let idLabel = isClusterScoped ? Label.clusterBindingID : Label.bindingID
        if binding[label: idLabel]?.isEmpty ?? true { binding[label: idLabel] = RandomUUID.make() }
        let finalizer = isClusterScoped ? Finalizer.clusterBinding : Finalizer.binding
        if !binding.finalizers.contains(finalizer) { binding.finalizers.append(finalizer) }
        binding.ownerReferences = [OwnerReference(controller: template)]

        var spec = binding.spec
        spec["resource"] = template.bindingReference
        try await interpretReplicas(of: template, into: &spec)
        let policySpec = policy.spec.json
        for field in ["schedulerName", "failover", "conflictResolution", "preserveResourcesOnDeletion"] {
            spec[field] = policySpec[field]
        }
        spec["placement"] = policySpec["placement"] ?? [:]
        spec["propagateDeps"] = policy.spec.propagateDeps ? true : nil
        spec["suspension"] = suspension(current: spec["suspension"], policy: policySpec["suspension"])
        if gates[.priorityBasedScheduling], !isClusterScoped {
            spec["schedulePriority"] = try await schedulePriority(policySpec["schedulePriority"])
        }
        if gates[.workloadAffinity], !isClusterScoped {
            spec["workloadAffinityGroups"] = Placement(spec["placement"] ?? .null).workloadAffinity?.groups(of: template.labels)
        }
        binding.spec = spec
        return binding
    }

    /// How many replicas there are to schedule: of each pod template where the workload has several and the feature is on.
    private func interpretReplicas(of template: Object, into spec: inout JSON) async throws {
        let isOfComponents =
            gates[.multiplePodTemplatesScheduling] && interpreter.hasRule(for: template.groupVersionKind, .interpretComponent)
        for field in ["replicas", "replicaRequirements", "components"] { spec[field] = nil }
        do {
            if isOfComponents {
                let components = try await interpreter.components(template) ?? []
                spec["components"] = components.isEmpty ? nil : .array(components)
                return
            }
            let demand = try await interpreter.replicas(template)
            spec["replicas"] = demand.flatMap { $0.replicas == 0 ? nil : JSON($0.replicas) }
            spec["replicaRequirements"] = demand?.requirements.map { requirements(of: $0, in: template.namespace) }
        } catch {
            let reason = isOfComponents ? EventReason.getComponentsFailed : EventReason.getReplicasFailed
            events.record(.warning, reason, "\(error)", about: template, from: Self.component)
            throw error
        }
    }

    /// Pod templates hardly ever name their namespace, and quotas are counted by it.
    private func requirements(of requirements: JSON, in namespace: String) -> JSON {
        var requirements = requirements
        if gates[.resourceQuotaEstimate], requirements["namespace"] == nil, !namespace.isEmpty {
            requirements["namespace"] = .string(namespace)
        }
        return requirements
    }

    /// The policy's word on dispatching, and what users set on the binding itself about scheduling.
    private func suspension(current: JSON?, policy: JSON?) -> JSON? {
        var suspension: JSON = [:]
        if let policy, policy.object != nil { suspension = policy }
        if let scheduling = current?["scheduling"] { suspension["scheduling"] = scheduling }
        return suspension.object?.isEmpty ?? true ? nil : suspension
    }

    private func schedulePriority(_ priority: JSON?) async throws -> JSON? {
        guard let priority, let name = priority["priorityClassName"]?.string else { return nil }
        let source = priority["priorityClassSource"]?.string ?? ""
        guard source == "KubePriorityClass" else {
            throw NotYet("priority class source \"\(source)\" is not supported")
        }
        let found = try await client.get(Resource.priorityClasses, ObjectKey(name: name))
        return ["priority": found.decoded()["value"] ?? 0]
    }
}

extension Object {
    /// `spec.resource` of the binding of this template.
    var bindingReference: JSON {
        var reference: JSON = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "resourceVersion": .string(resourceVersion),
        ]
        if !namespace.isEmpty { reference["namespace"] = .string(namespace) }
        return reference
    }

    /// Whether this binding is as `other` but for the version of the template.
    func differsInTemplateVersionOnly(from other: Object) -> Bool {
        var adjusted = self
        adjusted["spec", "resource", "resourceVersion"] = other["spec", "resource", "resourceVersion"]
        return adjusted == other
    }
}
