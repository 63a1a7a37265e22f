import Kubernetes

/// The defaults of the kinds that run pods (Kubernetes API reference, workload resources).
enum WorkloadDefaults {
    static func fill(deployment: inout Object, isCreation: Bool) {
        deployment.withSpec { spec in
            spec.fill("replicas", 1)
            spec.fill("revisionHistoryLimit", 10)
            spec.fill("progressDeadlineSeconds", 600)
            spec.fill("strategy", [:])
            spec.withObject("strategy") { strategy in
                strategy.fill("type", "RollingUpdate")
                guard strategy.text("type") == "RollingUpdate" else { return }
                strategy.fill("rollingUpdate", [:])
                strategy.withObject("rollingUpdate") {
                    $0.fill("maxUnavailable", "25%")
                    $0.fill("maxSurge", "25%")
                }
            }
            spec.withObject("template") { PodDefaults.fill(template: &$0) }
        }
    }

    static func fill(statefulSet: inout Object, isCreation: Bool) {
        statefulSet.withSpec { spec in
            spec.fill("replicas", 1)
            spec.fill("revisionHistoryLimit", 10)
            spec.fill("podManagementPolicy", "OrderedReady")
            spec.fill("serviceName", "")
            spec.fill("updateStrategy", [:])
            spec.withObject("updateStrategy") { strategy in
                strategy.fill("type", "RollingUpdate")
                guard strategy.text("type") == "RollingUpdate" else { return }
                strategy.fill("rollingUpdate", [:])
                strategy.withObject("rollingUpdate") { $0.fill("partition", 0) }
            }
            spec.fill("persistentVolumeClaimRetentionPolicy", [:])
            spec.withObject("persistentVolumeClaimRetentionPolicy") {
                $0.fill("whenDeleted", "Retain")
                $0.fill("whenScaled", "Retain")
            }
            spec.forEach(in: "volumeClaimTemplates") { claim in
                claim.fill("apiVersion", "v1")
                claim.fill("kind", "PersistentVolumeClaim")
                claim.withObject("spec") { $0.fill("volumeMode", "Filesystem") }
                claim.fill("status", ["phase": "Pending"])
            }
            spec.withObject("template") { PodDefaults.fill(template: &$0) }
        }
        fillStatus(&statefulSet, isCreation, ["replicas", "availableReplicas"])
    }

    static func fill(daemonSet: inout Object, isCreation: Bool) {
        daemonSet.withSpec { spec in
            spec.fill("revisionHistoryLimit", 10)
            spec.fill("updateStrategy", [:])
            spec.withObject("updateStrategy") { strategy in
                strategy.fill("type", "RollingUpdate")
                guard strategy.text("type") == "RollingUpdate" else { return }
                strategy.fill("rollingUpdate", [:])
                strategy.withObject("rollingUpdate") {
                    $0.fill("maxUnavailable", 1)
                    $0.fill("maxSurge", 0)
                }
            }
            spec.withObject("template") { PodDefaults.fill(template: &$0) }
        }
        fillStatus(
            &daemonSet, isCreation, ["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"])
    }

    static func fill(replicaSet: inout Object, isCreation: Bool) {
        replicaSet.withSpec { spec in
            spec.fill("replicas", 1)
            spec.withObject("template") { PodDefaults.fill(template: &$0) }
        }
        fillStatus(&replicaSet, isCreation, ["replicas"])
    }

    static func fill(replicationController: inout Object, isCreation: Bool) {
        replicationController.spec.fill("replicas", 1)
        let labels = replicationController.spec["template", "metadata", "labels"]
        if let labels {
            replicationController.spec.fill("selector", labels)
            if replicationController.labels.isEmpty { replicationController.json["metadata", default: [:]]["labels"] = labels }
        }
        fillTemplate(&replicationController)
        fillStatus(&replicationController, isCreation, ["replicas"])
    }

    static func fill(job: inout Object, isCreation: Bool) {
        if job.spec["completions"] == nil, job.spec["parallelism"] == nil { job.spec["completions"] = 1 }
        job.spec.fill("parallelism", 1)
        job.spec.fill("backoffLimit", job.spec["backoffLimitPerIndex"] == nil ? 6 : JSON(Int32.max))
        job.spec.fill("completionMode", "NonIndexed")
        job.spec.fill("suspend", false)
        job.spec.fill("manualSelector", false)
        job.spec.fill("podReplacementPolicy", job.spec["podFailurePolicy"] == nil ? "TerminatingOrFailed" : "Failed")
        if isCreation, job.spec["manualSelector"]?.bool != true { selectOwnPods(&job) }
        if job.labels.isEmpty, let labels = job.spec["template", "metadata", "labels"] {
            job.json["metadata", default: [:]]["labels"] = labels
        }
        fillTemplate(&job)
    }

    /// A job selects its own pods and no other job's, by its uid.
    private static func selectOwnPods(_ job: inout Object) {
        let uid = JSON.string(job.uid)
        let name = JSON.string(job.name)
        for (label, value) in [
            ("controller-uid", uid), ("batch.kubernetes.io/controller-uid", uid), ("job-name", name),
            ("batch.kubernetes.io/job-name", name),
        ] { job.spec["template", "metadata", "labels", label] = value }
        job.spec["selector", "matchLabels", "batch.kubernetes.io/controller-uid"] = uid
    }

    static func fill(cronJob: inout Object, isCreation: Bool) {
        cronJob.withSpec { spec in
            spec.fill("concurrencyPolicy", "Allow")
            spec.fill("suspend", false)
            spec.fill("successfulJobsHistoryLimit", 3)
            spec.fill("failedJobsHistoryLimit", 1)
            spec.withObject("jobTemplate") { template in
                template.withObject("spec") { job in
                    job.withObject("template") { PodDefaults.fill(template: &$0) }
                }
            }
        }
    }

    private static func fillTemplate(_ object: inout Object) {
        object.spec.withObject("template") { PodDefaults.fill(template: &$0) }
    }

    /// Counts that a status shows even when they are 0.
    private static func fillStatus(_ object: inout Object, _ isCreation: Bool, _ counts: [String]) {
        guard isCreation else { return }
        for count in counts { object.status.fill(count, 0) }
    }
}
