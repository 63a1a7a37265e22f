import Kubernetes

/// What a Deployment's status says of its rollout.
extension Rollout {
    /// - Returns: the status, and after which time it would say something else without an event.
    func status(now: Timestamp) -> (status: JSON, recheck: Duration?) {
        let before = deployment.status
        let total = replicaSets.reduce(0) { $0 + $1.observedReplicas }
        let available = replicaSets.reduce(0) { $0 + $1.available }
        var status: JSON = ["observedGeneration": .integer(deployment.generation)]
        status["replicas"] = .nonZero(total)
        status["updatedReplicas"] = .nonZero(new?.observedReplicas ?? 0)
        status["readyReplicas"] = .nonZero(replicaSets.reduce(0) { $0 + $1.ready })
        status["availableReplicas"] = .nonZero(available)
        status["unavailableReplicas"] = .nonZero(max(0, replicaSets.reduce(0) { $0 + $1.replicas } - available))
        status["collisionCount"] = before["collisionCount"]

        var conditions = Conditions(before["conditions"])
        if available >= rollingUpdate.minimumAvailable(forRecreate: isRecreate) {
            conditions.set(
                "Available", .true, reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability.",
                updateTime: .onChange, now: now)
        } else {
            conditions.set(
                "Available", .false, reason: "MinimumReplicasUnavailable",
                message: "Deployment does not have minimum availability.", updateTime: .onChange, now: now)
        }
        let recheck = setProgress(&conditions, before: before, after: status, now: now)
        status["conditions"] = conditions.json
        return (status, recheck)
    }

    /// Sets the condition `Progressing`, which tells whether the rollout gets on within `spec.progressDeadlineSeconds`.
    private func setProgress(_ conditions: inout Conditions, before: JSON, after: JSON, now: Timestamp) -> Duration? {
        let deadline = deployment.spec["progressDeadlineSeconds"]?.int ?? 600
        // The largest value means "never": there is no such condition then.
        guard deadline < Int(Int32.max) else {
            conditions.remove("Progressing")
            return nil
        }
        let current = conditions["Progressing"]
        if isPaused {
            if current?["reason"]?.string != "DeploymentPaused" {
                conditions.set(
                    "Progressing", .unknown, reason: "DeploymentPaused", message: "Deployment is paused",
                    updateTime: .onChange, now: now)
            }
            return nil
        }
        guard let new else { return nil }
        let name = new.object.name
        let news: (status: Condition.Status, reason: String, message: String)
        var isStep = false
        if current?["reason"]?.string == "DeploymentPaused" {
            news = (.unknown, "DeploymentResumed", "Deployment is resumed")
        } else if hasNewReplicaSet {
            news = (.true, "NewReplicaSetCreated", "Created new replica set \"\(name)\"")
        } else if isComplete {
            news = (.true, "NewReplicaSetAvailable", "ReplicaSet \"\(name)\" has successfully progressed.")
        } else if current?["reason"]?.string == "NewReplicaSetAvailable", after["replicas"] == after["updatedReplicas"] {
            // What is scaled or fails after the rollout was complete is no matter of the rollout.
            return nil
        } else if isProgress(from: before, to: after) || current == nil {
            news = (.true, "ReplicaSetUpdated", "ReplicaSet \"\(name)\" is progressing.")
            isStep = true
        } else {
            let since = Timestamp(current?["lastUpdateTime"]?.string ?? "") ?? now
            let rest = .seconds(deadline) - (now - since)
            guard rest <= .zero else { return rest }
            news = (.false, "ProgressDeadlineExceeded", "ReplicaSet \"\(name)\" has timed out progressing.")
        }
        // Every step forward restarts the clock.
        conditions.set(
            "Progressing", news.status, reason: news.reason, message: news.message,
            updateTime: isStep ? .now : .onChange, now: now)
        return isComplete || news.status == .false ? nil : .seconds(deadline)
    }

    private func isProgress(from before: JSON, to after: JSON) -> Bool {
        func number(_ status: JSON, _ field: String) -> Int { status[field]?.int ?? 0 }
        func outdated(_ status: JSON) -> Int { number(status, "replicas") - number(status, "updatedReplicas") }
        return outdated(after) < outdated(before)
            || ["updatedReplicas", "readyReplicas", "availableReplicas"].contains { number(after, $0) > number(before, $0) }
    }
}

extension RollingUpdate {
    fileprivate func minimumAvailable(forRecreate isRecreate: Bool) -> Int { isRecreate ? desired : minimumAvailable }
}
