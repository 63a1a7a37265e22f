import Kubernetes

extension KindRules {
    static let cronJob = KindRules(
        aggregateStatus: { object, items throws(InterpreterError) in
            var active: [JSON] = []
            var lastSchedule: Timestamp?
            var lastSuccess: Timestamp?
            for item in items {
                guard let status = item.reported else { continue }
                active += try status.list("active", within: item.fieldPrefix)
                lastSchedule = try latest(lastSchedule, status.time("lastScheduleTime", within: item.fieldPrefix))
                lastSuccess = try latest(lastSuccess, status.time("lastSuccessfulTime", within: item.fieldPrefix))
            }
            var status: JSON = [:]
            if !active.isEmpty { status["active"] = .array(active) }
            if let lastSchedule { status["lastScheduleTime"] = .string(lastSchedule.description) }
            if let lastSuccess { status["lastSuccessfulTime"] = .string(lastSuccess.description) }
            if status == object.status.omittingEmpty() { return object }
            var result = object
            result.status = status
            return result.inNativeForm(podTemplateAt: "jobTemplate", "spec", "template") {
                $0.update("jobTemplate") { $0.fill("metadata", with: [:]) }
            }
        },
        dependencies: { object throws(InterpreterError) in
            try PodTemplate.dependencies(object, at: "spec", "jobTemplate", "spec", "template", "spec")
        })

    private static func latest(_ one: Timestamp?, _ other: Timestamp?) -> Timestamp? {
        guard let one, let other else { return one ?? other }
        return max(one, other)
    }
}
