import Client
import Foundation
import Kubernetes

/// Scales workloads, or the bounds of FederatedHPAs, at set times.
///
/// Its plan is in the object's status: what was due while nobody was at work is done late rather than never.
struct CronFederatedHPAController: Controller {
    static let name = "cronFederatedHorizontalPodAutoscaler"
    private static let component = "cronfederatedhpa-controller"

    let plane: ControlPlane
    let workers: Int
    private let autoscalers: Informer
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, workers: Int) {
        self.plane = plane
        self.workers = workers
        autoscalers = Informer(Resource.cronFederatedHPAs, client: plane.client, logger: plane.logger)
    }

    func run() async {
        autoscalers.onChange { queue.add($0.key) }
        await withDiscardingTaskGroup { group in
            group.addTask { await autoscalers.run() }
            group.addTask {
                await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
            }
        }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let autoscaler = autoscalers.get(key)?.decoded(), !autoscaler.isBeingDeleted else { return .done }
        let now = Date.now
        let before = autoscaler.status["executionHistories"]?.array ?? []
        var histories: [ExecutionHistory] = []
        for json in autoscaler.spec["rules"]?.array ?? [] {
            let rule = CronRule(json)
            var history = ExecutionHistory(before.first { $0["ruleName"]?.string == rule.name }, rule)
            guard !rule.isSuspended, let times = CronTimes(rule.schedule, zone: rule.timeZone) else {
                if !rule.isSuspended {
                    let message = "schedule \"\(rule.schedule)\" of rule \(rule.name) cannot be followed"
                    report("StartRuleFailed", message, autoscaler)
                }
                history.next = nil
                histories.append(history)
                continue
            }
            // A time that is none of the schedule's was planned by an earlier one.
            if let due = history.next, due <= now, times.isDue(at: due) {
                await execute(rule, of: autoscaler, due: due, &history)
                history.next = nil
            }
            if history.next.map({ !times.isDue(at: $0) }) ?? true { history.next = times.next(after: now) }
            histories.append(history)
        }
        let status = JSON.array(histories.map(\.json))
        if status != .array(before) {
            try await plane.client.modifyIfPresent(Resource.cronFederatedHPAs, key, subresource: "status") { object in
                object.json["status", default: [:]]["executionHistories"] = histories.isEmpty ? nil : status
                return true
            }
        }
        guard let next = histories.compactMap(\.next).min() else { return .done }
        return .again(after: .seconds(max(0.01, next.timeIntervalSinceNow)))
    }

    private func execute(_ rule: CronRule, of autoscaler: Object, due: Date, _ history: inout ExecutionHistory) async {
        do {
            try await scale(autoscaler, by: rule)
            history.noteSuccess(of: rule, due: due)
        } catch {
            report("ScaleFailed", "\(error)", autoscaler)
            history.noteFailure(of: rule, due: due, "\(error)")
        }
    }

    private func scale(_ autoscaler: Object, by rule: CronRule) async throws {
        let target = autoscaler.spec["scaleTargetRef"] ?? [:]
        let kind = GroupVersionKind(apiVersion: target["apiVersion"]?.string ?? "", kind: target["kind"]?.string ?? "")
        let key = ObjectKey(namespace: autoscaler.namespace, name: target["name"]?.string ?? "")
        let resource = try await plane.mapper.resource(for: kind).resource
        if kind.group == "autoscaling.karmada.io" {
            try await plane.client.modify(resource, key) { object in
                if let minimum = rule.minimum { object["spec", "minReplicas"] = .integer(minimum) }
                if let maximum = rule.maximum { object["spec", "maxReplicas"] = .integer(maximum) }
                return true
            }
        } else {
            let replicas: JSON = ["spec": ["replicas": .integer(rule.replicas ?? 0)]]
            _ = try await plane.client.patch(resource, key, .merge(replicas), subresource: "scale")
        }
    }

    private func report(_ reason: String, _ message: String, _ autoscaler: Object) {
        plane.events.record(.warning, reason, message, about: autoscaler, from: Self.component)
    }
}

/// One of `spec.rules`.
private struct CronRule {
    var name: String
    var schedule: String
    var timeZone: String
    var isSuspended: Bool
    var replicas: Int64?
    var minimum: Int64?
    var maximum: Int64?
    var successesKept: Int
    var failuresKept: Int

    init(_ json: JSON) {
        name = json["name"]?.string ?? ""
        schedule = json["schedule"]?.string ?? ""
        timeZone = json["timeZone"]?.string ?? ""
        isSuspended = json["suspend"]?.bool ?? false
        replicas = json["targetReplicas"]?.integer
        minimum = json["targetMinReplicas"]?.integer
        maximum = json["targetMaxReplicas"]?.integer
        successesKept = json["successfulHistoryLimit"]?.int ?? 3
        failuresKept = json["failedHistoryLimit"]?.int ?? 3
    }
}

/// One of `status.executionHistories`: what a rule did, the latest first, and when it is due.
private struct ExecutionHistory {
    private var rule: String
    var next: Date?
    private var successes: [JSON]
    private var failures: [JSON]

    init(_ json: JSON?, _ rule: CronRule) {
        self.rule = rule.name
        next = json?["nextExecutionTime"]?.string.flatMap { Timestamp($0) }
            .map { Date(timeIntervalSince1970: Double($0.seconds)) }
        successes = json?["successfulExecutions"]?.array ?? []
        failures = json?["failedExecutions"]?.array ?? []
    }

    mutating func noteSuccess(of rule: CronRule, due: Date) {
        var entry = Self.entry(due)
        for (field, amount) in [
            ("appliedReplicas", rule.replicas), ("appliedMinReplicas", rule.minimum), ("appliedMaxReplicas", rule.maximum),
        ] { entry[field] = amount.map(JSON.integer) }
        successes = Array(([entry] + successes).prefix(rule.successesKept))
    }

    mutating func noteFailure(of rule: CronRule, due: Date, _ message: String) {
        var entry = Self.entry(due)
        entry["message"] = .string(message)
        failures = Array(([entry] + failures).prefix(rule.failuresKept))
    }

    private static func entry(_ due: Date) -> JSON {
        ["scheduleTime": .string(text(due)), "executionTime": .string(Timestamp.now().description)]
    }

    private static func text(_ date: Date) -> String { Timestamp(seconds: Int64(date.timeIntervalSince1970)).description }

    var json: JSON {
        var json: JSON = ["ruleName": .string(rule)]
        if let next { json["nextExecutionTime"] = .string(Self.text(next)) }
        if !successes.isEmpty { json["successfulExecutions"] = .array(successes) }
        if !failures.isEmpty { json["failedExecutions"] = .array(failures) }
        return json
    }
}
