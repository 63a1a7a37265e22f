import Kubernetes

/// What became of a binding over time, in the clusters that it has been in: read from the events about it, its template and its
/// clusters.
struct Timeline {
    /// Something that happened at a point in time.
    struct Moment: Equatable {
        enum Kind: Equatable {
            /// The scheduler decided: replicas by cluster.
            case scheduled([String: Int])
            /// A cluster's taints changed; whether it has any now.
            case tainted(Bool)
            /// What ran in a cluster was purged from it.
            case evicted
            case applied
            case failed
        }

        var time: Timestamp
        /// Nil for what concerns no single cluster.
        var cluster: String?
        var kind: Kind
        var text: String
    }

    /// A stretch of time that a cluster spent with the workload.
    struct Stretch: Equatable {
        var cluster: String
        var begin: Timestamp
        /// Nil where it goes on.
        var end: Timestamp?
        var replicas: Int
        /// Whether it left the schedule already, and is kept until the workload is well elsewhere.
        var isLeaving: Bool
    }

    let title: String
    /// By time.
    let moments: [Moment]
    /// By name.
    let clusters: [String]
    let stretches: [Stretch]

    /// - Parameter events: of any objects; those that have nothing to do with the binding are passed over.
    init(_ binding: ResourceBinding, events: [Object]) {
        title = "\(binding.spec.resource.kind) \(binding.spec.resource.key)"
        let all = events.flatMap { Self.moments($0, of: binding) }.sorted { ($0.time, $0.text) < ($1.time, $1.text) }
        var names = Set(binding.spec.clusters.map(\.name))
        for moment in all { if case .scheduled(let replicas) = moment.kind { names.formUnion(replicas.keys) } }
        // What happened to clusters before the workload was there is another story.
        let begin = all.first { moment in if case .tainted = moment.kind { false } else { true } }?.time
        moments = all.filter { moment in
            (moment.cluster.map(names.contains) ?? true) && begin.map { moment.time >= $0 } ?? true
        }
        clusters = names.sorted()
        stretches = Self.stretches(moments)
    }

    // MARK: Events

    private static func moments(_ event: Object, of binding: ResourceBinding) -> [Moment] {
        guard let (cluster, kind) = meaning(of: event, for: binding) else { return [] }
        let text = event["message"]?.string ?? ""
        // An event that came again has only its first and its latest time.
        let first = event["firstTimestamp"]?.string.flatMap { Timestamp($0) }
        let last = event["lastTimestamp"]?.string.flatMap { Timestamp($0) }
        let times = [first.map { exactly($0, event) }, last == first ? nil : last].compactMap { $0 }
        return times.map { Moment(time: $0, cluster: cluster, kind: kind, text: text) }
    }

    /// Recorders name events by the nanosecond, in hexadecimal; their times are whole seconds.
    private static func exactly(_ second: Timestamp, _ event: Object) -> Timestamp {
        guard let digits = event.name.split(separator: ".").last, let nanoseconds = Int64(digits, radix: 16) else {
            return second
        }
        let exact = Timestamp(nanoseconds: nanoseconds)
        return exact.seconds == second.seconds ? exact : second
    }

    private static func meaning(of event: Object, for binding: ResourceBinding) -> (cluster: String?, kind: Moment.Kind)? {
        let subject = event["involvedObject"] ?? .null
        let message = event["message"]?.string ?? ""
        let name = subject["name"]?.string ?? ""
        switch (subject["kind"]?.string, event["reason"]?.string) {
        case ("Cluster", "TaintClusterSucceed"):
            return (name, .tainted(!message.contains("does not have taints")))
        case (binding.spec.resource.kind, "SyncSucceed") where subject["uid"]?.string == binding.spec.resource.uid:
            return message.split(separator: " ").last.map { (String($0), .applied) }
        case (binding.spec.resource.kind, "SyncFailed") where subject["uid"]?.string == binding.spec.resource.uid:
            return between("member cluster(", ")", in: message).map { ($0, .failed) }
        case (_, let reason) where subject["uid"]?.string == binding.uid:
            switch reason {
            case "ScheduleBindingSucceed": return (nil, .scheduled(result(in: message)))
            case "ScheduleBindingFailed": return (nil, .failed)
            case "EvictWorkloadFromClusterSucceed": return between("cluster ", " ", in: message).map { ($0, .evicted) }
            default: return nil
            }
        default: return nil
        }
    }

    /// `… Result: {member1:3, member2:3}`
    private static func result(in message: String) -> [String: Int] {
        let items = (between("{", "}", in: message) ?? "").split(separator: ",")
        return Dictionary(
            items.compactMap { item in
                let parts = item.split(separator: ":").map { String($0.trimmingPrefix(" ")) }
                return parts.count == 2 ? Int(parts[1]).map { (parts[0], $0) } : nil
            }
        ) { first, _ in first }
    }

    private static func between(_ before: String, _ after: String, in text: String) -> String? {
        guard let begin = text.firstRange(of: before)?.upperBound, let end = text[begin...].firstRange(of: after)?.lowerBound
        else { return nil }
        return String(text[begin..<end])
    }

    // MARK: Stretches

    private static func stretches(_ moments: [Moment]) -> [Stretch] {
        var open: [String: Stretch] = [:]
        var done: [Stretch] = []
        func close(_ cluster: String, at time: Timestamp) {
            guard var stretch = open.removeValue(forKey: cluster) else { return }
            stretch.end = time
            if stretch.begin < time { done.append(stretch) }
        }
        for moment in moments {
            switch moment.kind {
            case .scheduled(let replicas):
                for cluster in Set(open.keys).union(replicas.keys) {
                    guard let last = open[cluster] else {
                        open[cluster] = Stretch(
                            cluster: cluster, begin: moment.time, replicas: replicas[cluster] ?? 0, isLeaving: false)
                        continue
                    }
                    let isLeaving = replicas[cluster] == nil
                    let now = replicas[cluster] ?? last.replicas
                    guard last.isLeaving != isLeaving || last.replicas != now else { continue }
                    close(cluster, at: moment.time)
                    open[cluster] = Stretch(cluster: cluster, begin: moment.time, replicas: now, isLeaving: isLeaving)
                }
            case .evicted:
                if let cluster = moment.cluster, open[cluster]?.isLeaving == true { close(cluster, at: moment.time) }
            case .tainted, .applied, .failed: break
            }
        }
        return (done + open.values).sorted { ($0.cluster, $0.begin) < ($1.cluster, $1.begin) }
    }
}
