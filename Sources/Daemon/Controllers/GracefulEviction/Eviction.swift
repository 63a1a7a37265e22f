import Client
import Kubernetes

extension Object {
    /// Takes a cluster out of a binding's schedule, and leaves the task that says what becomes of the workload there. One that
    /// is there already stays.
    /// - Returns: whether the cluster was in the schedule.
    @discardableResult
    mutating func evict(_ task: GracefulEvictionTask) -> Bool {
        let binding = ResourceBinding.Spec(spec)
        guard let target = binding.clusters.first(where: { $0.name == task.fromCluster }) else { return false }
        self["spec", "clusters"] = .array((spec["clusters"]?.array ?? []).filter { $0["name"]?.string != task.fromCluster })
        if !binding.isLeaving(task.fromCluster) {
            var task = task
            if target.replicas > 0 { task.replicas = target.replicas }
            self["spec", "gracefulEvictionTasks"] = .array((spec["gracefulEvictionTasks"]?.array ?? []) + [task.json])
        }
        return true
    }
}

extension ResourceBinding {
    /// The labels that hand what the workload's status in a cluster says to the place where it goes.
    func preservedLabels(_ rules: [FailoverBehavior.StatePreservationRule], in cluster: String) throws -> [String: String] {
        guard let status = status.aggregatedStatus.first(where: { $0.clusterName == cluster })?.status else {
            throw NotYet("the application status has not yet been collected from Cluster(\(cluster))")
        }
        var labels: [String: String] = [:]
        for rule in rules {
            let value = try JSONTemplate(rule.jsonPath).render(status)
            guard LabelSyntax.problems(ofValue: value).isEmpty else {
                throw NotYet(
                    "\(rule.jsonPath) is \"\(value)\" in the status, which cannot be the value of label \(rule.aliasLabelName)")
            }
            labels[rule.aliasLabelName] = value
        }
        return labels
    }

    /// The labels that a cluster's copy of the workload gets from the place that it left: those of the last failover, where the
    /// workload runs in one cluster at a time and the old copy is gone before the new one starts.
    func injectedLabels(into cluster: String, of targets: Int) -> [String: String] {
        guard targets == 1, let task = spec.gracefulEvictionTasks.last, task.purgeMode == .directly,
            !task.clustersBeforeFailover.contains(cluster)
        else { return [:] }
        return task.preservedLabelState
    }
}

extension ControlPlane {
    /// Tells of an eviction on the binding and its template.
    func recordEviction(
        _ kind: EventRecorder.Kind, _ reason: String, _ message: String, of binding: ResourceBinding, from component: String
    ) {
        for subject in [ObjectReference(binding), ObjectReference(binding.spec.resource)] {
            events.record(kind, reason, message, about: subject, from: component)
        }
    }
}
