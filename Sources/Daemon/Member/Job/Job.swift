import Kubernetes

/// A Job and its pods at one moment (Kubernetes, "Jobs"). Pod failure policies and success policies are not followed.
struct Job {
    enum Verdict: Equatable {
        case running
        case suspended
        case complete
        case failed(reason: String, message: String)
    }

    static let indexAnnotation = "batch.kubernetes.io/job-completion-index"

    let object: Object
    private let active: [Pod]
    private let succeeded: [Pod]
    private let failed: [Pod]

    init(object: Object, pods: [Pod]) {
        self.object = object
        active = pods.filter(\.isActive)
        succeeded = pods.filter { $0.phase == .succeeded }
        failed = pods.filter { $0.phase == .failed }
    }

    private var parallelism: Int { max(0, object.spec["parallelism"]?.int ?? 1) }
    /// Nil for a work queue: the first success is for the whole Job.
    private var completions: Int? { object.spec["completions"]?.int }
    private var isIndexed: Bool { object.spec["completionMode"]?.string == "Indexed" }
    private var backoffLimit: Int { object.spec["backoffLimit"]?.int ?? 6 }
    private var startedAt: Timestamp? { object.status["startTime"]?.string.flatMap { Timestamp($0) } }

    /// When it completed or failed; nil while it has done neither.
    var endedAt: Timestamp? {
        let conditions = Conditions(object.status["conditions"])
        for type in ["Complete", "Failed"] where conditions.isTrue(type) {
            return Timestamp(conditions[type]?["lastTransitionTime"]?.string ?? "") ?? .now()
        }
        return nil
    }

    /// How long until the deadline strikes.
    func deadline(now: Timestamp) -> Duration? {
        guard let seconds = object.spec["activeDeadlineSeconds"]?.int, let startedAt else { return nil }
        return max(.milliseconds(1), startedAt + .seconds(seconds) - now)
    }

    /// Successes count once an index. What was counted before stays, though its pods may be gone.
    private var successes: Int {
        let counted = isIndexed ? Set(succeeded.compactMap(index)).count : succeeded.count
        return max(counted, object.status["succeeded"]?.int ?? 0)
    }

    private var failures: Int { max(failed.count, object.status["failed"]?.int ?? 0) }

    private func verdict(now: Timestamp) -> Verdict {
        if object.spec["suspend"]?.bool == true { return .suspended }
        if failures > backoffLimit {
            return .failed(reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit")
        }
        if let seconds = object.spec["activeDeadlineSeconds"]?.int, let startedAt, now - startedAt >= .seconds(seconds) {
            return .failed(reason: "DeadlineExceeded", message: "Job was active longer than specified deadline")
        }
        if let completions { return successes >= completions ? .complete : .running }
        return successes > 0 && active.isEmpty ? .complete : .running
    }

    // MARK: What to do

    func surplus(_ verdict: Verdict) -> [Pod] {
        guard verdict == .running else { return active }
        return Array(active.sorted { $0.createdAt > $1.createdAt }.prefix(max(0, active.count - wanted)))
    }

    func missing(_ verdict: Verdict) -> [Object] {
        let count = wanted - active.count
        guard verdict == .running, count > 0 else { return [] }
        guard isIndexed else { return Array(repeating: pod(index: nil), count: count) }
        let taken = Set((active + succeeded).compactMap(index))
        return (0..<(completions ?? 0)).lazy.filter { !taken.contains($0) }.prefix(count).map { pod(index: $0) }
    }

    /// How many pods should be active.
    private var wanted: Int {
        // In a work queue, no new pods are started after one succeeded.
        guard let completions else { return succeeded.isEmpty ? parallelism : min(active.count, parallelism) }
        return min(parallelism, max(0, completions - successes))
    }

    private func index(_ pod: Pod) -> Int? { pod.labels[Self.indexAnnotation].flatMap { Int($0) } }

    private func pod(index: Int?) -> Object {
        let name = index.map { "\(object.name)-\($0)-\(Hashing.safe(UInt32.random(in: 0..<100_000)))" }
        var pod = Pod.make(from: object.spec["template"] ?? .null, ownedBy: object, name: name)
        for prefix in ["", "batch.kubernetes.io/"] {
            pod.labels["\(prefix)controller-uid"] = object.uid
            pod.labels["\(prefix)job-name"] = object.name
        }
        if let index {
            pod.labels[Self.indexAnnotation] = String(index)
            pod.annotations[Self.indexAnnotation] = String(index)
            pod.spec["hostname"] = .string("\(object.name)-\(index)")
        }
        return pod
    }

    // MARK: Status

    func status(now: Timestamp) -> (status: JSON, verdict: Verdict) {
        let verdict = verdict(now: now)
        var status = object.status.isNull ? .object([:]) : object.status
        let isRunning = verdict == .running
        status["active"] = isRunning ? .nonZero(active.count + missing(verdict).count - surplus(verdict).count) : nil
        status["ready"] = JSON(isRunning ? active.count(where: \.isReady) : 0)
        status["succeeded"] = .nonZero(successes)
        status["failed"] = .nonZero(failures)
        status["terminating"] = 0
        status["uncountedTerminatedPods"] = [:]
        if isIndexed { status["completedIndexes"] = Self.ranges(Set(succeeded.compactMap(index)).sorted()) }
        if verdict == .suspended {
            status["startTime"] = nil
        } else if status["startTime"] == nil {
            status["startTime"] = .string(now.description)
        }
        var conditions = Conditions(status["conditions"])
        switch verdict {
        case .running:
            if conditions.isTrue("Suspended") {
                conditions.set("Suspended", .false, reason: "JobResumed", message: "Job resumed", now: now)
            }
        case .suspended:
            conditions.set("Suspended", .true, reason: "JobSuspended", message: "Job suspended", now: now)
        case .complete:
            let message = "Reached expected number of succeeded pods"
            conditions.set("SuccessCriteriaMet", .true, reason: "CompletionsReached", message: message, now: now)
            conditions.set("Complete", .true, reason: "CompletionsReached", message: message, now: now)
            status["completionTime"] = .string(now.description)
        case .failed(let reason, let message):
            conditions.set("FailureTarget", .true, reason: reason, message: message, now: now)
            conditions.set("Failed", .true, reason: reason, message: message, now: now)
        }
        if !conditions.items.isEmpty { status["conditions"] = conditions.json }
        return (status, verdict)
    }

    /// `0-2,5`.
    private static func ranges(_ indexes: [Int]) -> JSON? {
        guard let first = indexes.first else { return nil }
        var ranges = [first...first]
        for index in indexes.dropFirst() {
            if let last = ranges.last, index == last.upperBound + 1 {
                ranges[ranges.count - 1] = last.lowerBound...index
            } else {
                ranges.append(index...index)
            }
        }
        let texts = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        return .string(texts.joined(separator: ","))
    }
}
