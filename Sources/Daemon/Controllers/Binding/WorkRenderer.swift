import Interpreter
import Kubernetes

/// What each target cluster of a binding gets: the template with the cluster's replicas, then the override policies, which
/// have the last word.
struct WorkRenderer: Sendable {
    let interpreter: Interpreter
    let overrides: OverrideRules
    let gates: FeatureGates

    /// A cluster, and its share.
    struct Target: Sendable {
        var name: String
        var replicas: Int
        /// `spec.completions` of a divided Job.
        var completions: Int?
        /// What the place that the workload left hands on.
        var preserved: [String: String] = [:]
    }

    /// The clusters that get the template: those that the scheduler chose, and those where a dependent of it runs.
    func targets(of binding: ResourceBinding, template: Object) throws -> [Target] {
        var clusters = binding.spec.clusters
        var names = Set(clusters.map(\.name))
        for cluster in binding.spec.requiredBy.flatMap(\.clusters) where names.insert(cluster.name).inserted {
            clusters.append(cluster)
        }
        let isDivided = binding.spec.placement?.replicaScheduling?.replicaSchedulingType == "Divided"
        let completions =
            template.kind == "Job" && binding.spec.replicas > 0 && isDivided
            ? JobCompletions.divide(template, over: clusters) : [:]
        let injects = gates[.statefulFailoverInjection]
        return clusters.map { cluster in
            Target(
                name: cluster.name, replicas: Int(cluster.replicas), completions: completions[cluster.name],
                preserved: injects ? binding.injectedLabels(into: cluster.name, of: clusters.count) : [:])
        }
    }

    func render(
        _ template: Object, of binding: ResourceBinding, for target: Target, in cluster: Cluster
    ) async throws -> WorkManifest {
        var object = template
        // The scheduler's word counts for duplicated workloads too: quotas and queues were checked with its numbers.
        if binding.spec.isWorkload { object = try await interpreter.revise(object, replicas: target.replicas) }
        if let completions = target.completions { object["spec", "completions"] = JSON(completions) }
        let applied = try overrides.current.apply(to: &object, for: cluster)

        let idLabel = binding.key.namespace.isEmpty ? Label.clusterBindingID : Label.bindingID
        object[label: idLabel] = binding.permanentID
        for (label, value) in target.preserved { object[label: label] = value }
        let origin = origin(of: binding)
        let resolution = conflictResolution(of: object, binding)
        for (key, value) in origin { object[annotation: key] = value }
        if object.generation > 0 { object[annotation: Annotation.templateGeneration] = String(object.generation) }
        object[annotation: Annotation.conflictResolution] = resolution

        var manifest = WorkManifest(object, for: target.name, interpreter: interpreter)
        manifest.labels = [idLabel: binding.permanentID]
        manifest.overrides = applied
        manifest.annotations = origin.merging(applied.annotations) { _, new in new }
        manifest.annotations[Annotation.conflictResolution] = resolution
        manifest.suspendDispatching = binding.spec.suspension?.holdsBack(from: target.name) ?? false
        manifest.preserveResourcesOnDeletion = binding.spec.preserveResourcesOnDeletion
        return manifest
    }

    private func origin(of binding: ResourceBinding) -> [String: String] {
        binding.key.namespace.isEmpty
            ? [Annotation.clusterBindingName: binding.key.name]
            : [Annotation.bindingNamespace: binding.key.namespace, Annotation.bindingName: binding.key.name]
    }

    /// What happens where the member has an object of this name that is not ours. The template's word goes before the policy's.
    private func conflictResolution(of object: Object, _ binding: ResourceBinding) -> String {
        switch object[annotation: Annotation.conflictResolution] {
        case "overwrite": "overwrite"
        case "abort": "abort"
        default: binding.spec.conflictResolution == "Overwrite" ? "overwrite" : "abort"
        }
    }
}

extension ResourceBinding.Suspension {
    fileprivate func holdsBack(from cluster: String) -> Bool { dispatching || dispatchingOnClusters.contains(cluster) }
}
