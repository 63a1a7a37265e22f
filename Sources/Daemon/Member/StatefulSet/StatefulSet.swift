import Kubernetes

/// A StatefulSet and its pods at one moment, and what is to be done next (Kubernetes, "StatefulSets").
struct StatefulSet {
    enum Action {
        case create(ordinal: Int)
        case delete(Pod)
    }

    let object: Object
    /// Of the pods that were updated last, and of those that are to be.
    let current: Revisions.Revision
    let update: Revisions.Revision
    private let pods: [Int: Pod]

    init(object: Object, pods: [Pod], current: Revisions.Revision, update: Revisions.Revision) {
        self.object = object
        self.current = current
        self.update = update
        var numbered: [Int: Pod] = [:]
        for pod in pods {
            if let ordinal = Self.ordinal(of: pod.key.name, in: object.name) { numbered[ordinal] = pod }
        }
        self.pods = numbered
    }

    var replicas: Int { max(0, object.spec["replicas"]?.int ?? 1) }
    var ordinals: Range<Int> {
        let start = max(0, object.spec["ordinals", "start"]?.int ?? 0)
        return start..<start + replicas
    }
    private var isOrdered: Bool { object.spec["podManagementPolicy"]?.string != "Parallel" }
    private var minReadySeconds: Int { object.spec["minReadySeconds"]?.int ?? 0 }
    private var partition: Int { object.spec["updateStrategy", "rollingUpdate", "partition"]?.int ?? 0 }
    private var updatesByItself: Bool { object.spec["updateStrategy", "type"]?.string != "OnDelete" }

    func name(_ ordinal: Int) -> String { "\(object.name)-\(ordinal)" }

    private static func ordinal(of name: String, in set: String) -> Int? {
        guard name.hasPrefix("\(set)-") else { return nil }
        return Int(name.dropFirst(set.utf8.count + 1))
    }

    // MARK: What to do

    /// In ordered management one step at a time: a pod must be available before the next is made, and all must be before
    /// one is removed or updated.
    func actions(now: Timestamp) -> [Action] {
        var actions: [Action] = []
        for ordinal in ordinals {
            guard let pod = pods[ordinal] else {
                actions.append(.create(ordinal: ordinal))
                if isOrdered { return actions }
                continue
            }
            // An ended pod makes room for its successor.
            if pod.isFinished, !pod.isTerminating { actions.append(.delete(pod)) }
            if isOrdered, !isHealthy(pod, now) { return actions }
        }
        let surplus = pods.keys.filter { !ordinals.contains($0) }.sorted(by: >)
        for ordinal in surplus {
            if let pod = pods[ordinal], !pod.isTerminating { actions.append(.delete(pod)) }
            if isOrdered { return actions }
        }
        guard updatesByItself else { return actions }
        for ordinal in ordinals.reversed() where ordinal >= ordinals.lowerBound + partition {
            guard let pod = pods[ordinal] else { return actions }
            if pod.labels[Revisions.label] != update.name, !pod.isTerminating { return actions + [.delete(pod)] }
            if !isHealthy(pod, now) { return actions }
        }
        return actions
    }

    private func isHealthy(_ pod: Pod, _ now: Timestamp) -> Bool {
        pod.phase == .running && !pod.isTerminating && pod.isAvailable(minReadySeconds: minReadySeconds, at: now)
    }

    // MARK: Pods

    func pod(_ ordinal: Int) -> Object {
        let revision = revision(forNew: ordinal)
        var pod = Pod.make(from: revision.template, ownedBy: object, name: name(ordinal))
        pod.labels["apps.kubernetes.io/pod-index"] = String(ordinal)
        pod.labels["statefulset.kubernetes.io/pod-name"] = pod.name
        pod.labels[Revisions.label] = revision.name
        pod.spec["hostname"] = .string(pod.name)
        pod.spec["subdomain"] = object.spec["serviceName"]
        let claimed = claims(ordinal).map(\.name)
        if !claimed.isEmpty {
            let templates = object.spec["volumeClaimTemplates"]?.array ?? []
            let names = templates.compactMap { $0["metadata", "name"]?.string }
            let others = (pod.spec["volumes"]?.array ?? []).filter { !names.contains($0["name"]?.string ?? "") }
            pod.spec["volumes"] = .array(
                others
                    + zip(names, claimed).map { name, claim in
                        ["name": .string(name), "persistentVolumeClaim": ["claimName": .string(claim)]]
                    })
        }
        return pod
    }

    /// Below the partition, a pod that was lost comes back as it was.
    private func revision(forNew ordinal: Int) -> Revisions.Revision {
        !updatesByItself || ordinal < ordinals.lowerBound + partition ? current : update
    }

    func claims(_ ordinal: Int) -> [Object] {
        (object.spec["volumeClaimTemplates"]?.array ?? []).map { template in
            var claim = Object(template)
            claim["apiVersion"] = "v1"
            claim["kind"] = "PersistentVolumeClaim"
            claim.name = "\(claim.name)-\(name(ordinal))"
            claim.namespace = object.namespace
            claim.labels.merge(object.spec["selector", "matchLabels"]?.stringMap ?? [:]) { $1 }
            claim["status"] = nil
            return claim
        }
    }

    // MARK: Status

    /// - Returns: the status, and after which time it would say something else without an event.
    func status(now: Timestamp) -> (status: JSON, recheck: Duration?) {
        let active = pods.values.filter { !$0.isTerminating }
        let ready = active.filter { $0.phase == .running && $0.isReady }
        let available = ready.count { $0.isAvailable(minReadySeconds: minReadySeconds, at: now) }
        let updated = active.count { $0.labels[Revisions.label] == update.name }
        let isUpdated = updated == replicas && active.count == replicas && ready.count == replicas
        let newest = isUpdated && updatesByItself ? update : current
        var status: JSON = [
            "observedGeneration": .integer(object.generation), "replicas": JSON(active.count),
            "availableReplicas": JSON(available), "currentRevision": .string(newest.name), "updateRevision": .string(update.name),
            "collisionCount": JSON(object.status["collisionCount"]?.int ?? 0),
        ]
        status["readyReplicas"] = .nonZero(ready.count)
        status["currentReplicas"] = .nonZero(active.count { $0.labels[Revisions.label] == newest.name })
        status["updatedReplicas"] = .nonZero(updated)
        return (status, ready.count > available ? .seconds(minReadySeconds) : nil)
    }
}
