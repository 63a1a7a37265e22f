import Client
import Framework
import Interpreter
import Kubernetes

/// Schedules bindings before and after a change, without writing anything.
struct WhatIf {
    /// The bindings to schedule, as they are to be; `existing` has those that there are already.
    struct Subject {
        var binding: ResourceBinding
        /// What policy it comes from; nil for a binding that is taken as it is.
        var policy: ObjectKey?
        var existing: ResourceBinding?
    }

    /// What came of one binding.
    struct Result {
        var subject: Subject
        var before: Planner.Outcome
        var after: Planner.Outcome

        struct Move {
            var cluster: String
            /// Nil where the resource is not there.
            var before: Int32?
            var after: Int32?
        }

        /// By cluster, those that change nothing included.
        var moves: [Move] {
            let old = Dictionary(before.clusters.map { ($0.name, $0.replicas) }) { first, _ in first }
            let new = Dictionary(after.clusters.map { ($0.name, $0.replicas) }) { first, _ in first }
            return Set(old.keys).union(new.keys).sorted().map { Move(cluster: $0, before: old[$0], after: new[$0]) }
        }
    }

    let profiles: SchedulerConfiguration
    let clusters: [Cluster]
    /// The bindings that there are, beside those to schedule.
    let others: [ResourceBinding]
    let changes: ClusterChanges

    func results(of subjects: [Subject]) throws(CommandFailure) -> [Result] {
        let before = Planner(profiles, over: clusters)
        let after = Planner(profiles, over: try changes.applied(to: clusters))
        var results: [Result] = []
        // Where workloads are that others want to be with, or without, before and after the change.
        var bindings = Dictionary(others.map { ($0.key, $0) }) { first, _ in first }
        for subject in subjects { bindings[subject.binding.key] = subject.existing ?? subject.binding }
        var changed = bindings
        for subject in subjects {
            let old = try placement(of: subject, before, among: bindings.values)
            bindings[subject.binding.key]?.spec.clusters = old.clusters
            var next = subject.binding
            next.spec.clusters = old.clusters
            if case .scheduled(let decision) = old { next.status.schedulerObservedAffinityName = decision.affinityName }
            evict(from: &next)
            let new = try after.outcome(next, peers: WorkloadPeers(of: next, among: changed.values))
            next.spec.clusters = new.clusters
            changed[next.key] = next
            results.append(Result(subject: subject, before: old, after: new))
        }
        return results
    }

    /// Where a binding is that was scheduled already, or where it would go if nothing changed.
    private func placement(
        of subject: Subject, _ planner: Planner, among bindings: some Sequence<ResourceBinding>
    ) throws(CommandFailure) -> Planner.Outcome {
        guard let existing = subject.existing, !existing.spec.clusters.isEmpty else {
            let binding = subject.binding
            return try planner.outcome(binding, peers: WorkloadPeers(of: binding, among: bindings))
        }
        return .scheduled(
            Decision(clusters: existing.spec.clusters, affinityName: existing.status.schedulerObservedAffinityName))
    }

    /// As the taint manager does: the cluster is no target any more, and scheduling passes it by while the workload leaves.
    private func evict(from binding: inout ResourceBinding) {
        for cluster in changes.evicting(binding.spec.placement).sorted() where binding.spec.targets(cluster) {
            binding.spec.clusters.removeAll { $0.name == cluster }
            binding.spec.gracefulEvictionTasks.append(
                GracefulEvictionTask(fromCluster: cluster, reason: "TaintUntolerated", producer: "TaintManager"))
        }
    }
}

extension WhatIf.Subject {
    /// The binding of a template under a policy, as the control plane makes it.
    init(_ template: Object, policy: PropagationPolicy, existing: Object?) async throws(InterpreterError) {
        let demand = try await Interpreter().replicas(template)
        var binding =
            existing
            ?? Object(
                apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: template.namespace,
                name: "\(template.name)-\(template.kind)".lowercased())
        var spec = binding.spec
        // The uid of a resource that is there already decides ties.
        let uid = template.uid.isEmpty ? spec["resource", "uid"]?.string ?? "" : template.uid
        spec["resource"] = [
            "apiVersion": .string(template.apiVersion), "kind": .string(template.kind), "namespace": .string(template.namespace),
            "name": .string(template.name), "uid": .string(uid),
        ]
        spec["replicas"] = demand.map { JSON($0.replicas) }
        spec["replicaRequirements"] = demand?.requirements
        let placement = policy.spec.json["placement"] ?? [:]
        spec["placement"] = placement
        spec["workloadAffinityGroups"] = Placement(placement).workloadAffinity?.groups(of: template.labels)
        spec["schedulerName"] = policy.spec.json["schedulerName"]
        binding.spec = spec
        self.init(binding: ResourceBinding(binding), policy: policy.key, existing: existing.map(ResourceBinding.init))
    }
}
