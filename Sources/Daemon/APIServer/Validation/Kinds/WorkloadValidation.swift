import Kubernetes

/// Validates the kinds that run pods, in Kubernetes' words.
enum WorkloadValidation {
    static func validate(deployment: Object, old: Object?, _ errors: inout FieldErrors) {
        let spec = deployment.spec
        errors.nonNegative(spec["replicas"], FieldPath.spec.child("replicas"))
        checkSelectorAndTemplate(spec, "deployment", &errors)
        checkStrategy(spec["strategy"] ?? [:], &errors)
        for count in ["minReadySeconds", "revisionHistoryLimit"] { errors.nonNegative(spec[count], FieldPath.spec.child(count)) }
        if let deadline = spec["progressDeadlineSeconds"]?.integer {
            let path = FieldPath.spec.child("progressDeadlineSeconds")
            errors.nonNegative(.integer(deadline), path)
            if deadline <= spec["minReadySeconds"]?.integer ?? 0 {
                errors.invalid(path, .integer(deadline), "must be greater than minReadySeconds")
            }
        }
        if let old { errors.immutable(spec["selector"], old.spec["selector"], FieldPath.spec.child("selector")) }
    }

    static func validate(replicaSet: Object, old: Object?, _ errors: inout FieldErrors) {
        errors.nonNegative(replicaSet.spec["replicas"], FieldPath.spec.child("replicas"))
        errors.nonNegative(replicaSet.spec["minReadySeconds"], FieldPath.spec.child("minReadySeconds"))
        checkSelectorAndTemplate(replicaSet.spec, "deployment", &errors)
        if let old { errors.immutable(replicaSet.spec["selector"], old.spec["selector"], FieldPath.spec.child("selector")) }
    }

    static func validate(daemonSet: Object, old: Object?, _ errors: inout FieldErrors) {
        let spec = daemonSet.spec
        checkSelectorAndTemplate(spec, "daemonset", &errors)
        errors.nonNegative(spec["minReadySeconds"], FieldPath.spec.child("minReadySeconds"))
        errors.nonNegative(spec["revisionHistoryLimit"], FieldPath.spec.child("revisionHistoryLimit"))
        let path = FieldPath.spec.child("updateStrategy")
        errors.oneOf(spec["updateStrategy", "type"], ["RollingUpdate", "OnDelete"], path.child("type"))
        for bound in ["maxUnavailable", "maxSurge"] {
            errors.countOrPercentage(spec["updateStrategy", "rollingUpdate", bound], path.child("rollingUpdate").child(bound))
        }
        if let old { errors.immutable(spec["selector"], old.spec["selector"], FieldPath.spec.child("selector")) }
    }

    static func validate(statefulSet: Object, old: Object?, _ errors: inout FieldErrors) {
        let spec = statefulSet.spec
        errors.oneOf(
            spec["podManagementPolicy"], ["OrderedReady", "Parallel"], FieldPath.spec.child("podManagementPolicy"),
            isRequired: true)
        let path = FieldPath.spec.child("updateStrategy")
        errors.oneOf(spec["updateStrategy", "type"], ["RollingUpdate", "OnDelete"], path.child("type"), isRequired: true)
        errors.nonNegative(spec["updateStrategy", "rollingUpdate", "partition"], path.child("rollingUpdate").child("partition"))
        for count in ["replicas", "minReadySeconds", "revisionHistoryLimit"] {
            errors.nonNegative(spec[count], FieldPath.spec.child(count))
        }
        errors.nonNegative(spec["ordinals", "start"], FieldPath.spec.child("ordinals").child("start"))
        checkSelectorAndTemplate(spec, "statefulset", &errors)
        guard let old else { return }
        let mutable = [
            "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy",
            "minReadySeconds",
        ]
        if fixedPart(of: spec, but: mutable) != fixedPart(of: old.spec, but: mutable) {
            errors.forbidden(
                .spec,
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                    + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")
        }
    }

    static func validate(replicationController: Object, old: Object?, _ errors: inout FieldErrors) {
        let spec = replicationController.spec
        errors.nonNegative(spec["replicas"], FieldPath.spec.child("replicas"))
        let selector = spec["selector"]?.stringMap ?? [:]
        if selector.isEmpty { errors.required(FieldPath.spec.child("selector")) }
        checkTemplate(spec["template"], matching: ["matchLabels": JSON(selector)], &errors)
    }

    static func validate(job: Object, old: Object?, _ errors: inout FieldErrors) {
        checkJob(job.spec, .spec, selector: job.spec["selector"], &errors)
        guard let old else { return }
        for field in ["selector", "template", "completionMode"] where !(field == "template" && isSuspended(old)) {
            errors.immutable(job.spec[field], old.spec[field], FieldPath.spec.child(field))
        }
        let isElastic = job.spec["completionMode"]?.string == "Indexed" && job.spec["completions"] == job.spec["parallelism"]
        if !isElastic { errors.immutable(job.spec["completions"], old.spec["completions"], FieldPath.spec.child("completions")) }
    }

    /// The template of a job that has not started may still change.
    private static func isSuspended(_ job: Object) -> Bool { job.spec["suspend"]?.bool == true && job.status["startTime"] == nil }

    static func validate(cronJob: Object, old: Object?, _ errors: inout FieldErrors) {
        if cronJob.name.utf8.count > 52 {
            errors.invalid(FieldPath.metadata.child("name"), .string(cronJob.name), "must be no more than 52 characters")
        }
        let schedule = cronJob.spec.text("schedule")
        let path = FieldPath.spec.child("schedule")
        if schedule.isEmpty {
            errors.required(path)
        } else if let problem = CronSchedule.problem(of: schedule) {
            errors.invalid(path, .string(schedule), problem)
        }
        errors.oneOf(
            cronJob.spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"], FieldPath.spec.child("concurrencyPolicy"),
            isRequired: true)
        for count in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
            errors.nonNegative(cronJob.spec[count], FieldPath.spec.child(count))
        }
        checkJob(
            cronJob.spec["jobTemplate", "spec"] ?? [:], FieldPath("spec.jobTemplate.spec"), selector: nil, &errors)
    }

    // MARK: Parts

    private static func checkJob(_ spec: JSON, _ path: FieldPath, selector: JSON?, _ errors: inout FieldErrors) {
        for count in ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"] {
            errors.nonNegative(spec[count], path.child(count))
        }
        errors.oneOf(spec["completionMode"], ["Indexed", "NonIndexed"], path.child("completionMode"))
        if spec.text("completionMode") == "Indexed", spec["completions"] == nil {
            errors.required(path.child("completions"), "when completion mode is Indexed")
        }
        let restart = spec["template", "spec", "restartPolicy"]?.string ?? ""
        let at = path.child("template").child("spec").child("restartPolicy")
        if restart.isEmpty || restart == "Always" {
            errors.required(at, "valid values: \"OnFailure\", \"Never\"")
        } else if restart != "OnFailure", restart != "Never" {
            errors.notSupported(at, .string(restart), ["OnFailure", "Never"])
        }
        if let selector { errors.labelSelector(selector, path.child("selector")) }
        checkPods(spec["template"] ?? [:], path.child("template"), &errors)
        if let selector, let parsed = try? LabelSelector(selector) {
            let labels = spec["template", "metadata", "labels"] ?? [:]
            if !parsed.matches(labels.stringMap) {
                errors.invalid(
                    path.child("template").child("metadata").child("labels"), labels,
                    "`selector` does not match template `labels`")
            }
        }
    }

    private static func checkSelectorAndTemplate(_ spec: JSON, _ kind: String, _ errors: inout FieldErrors) {
        let path = FieldPath.spec.child("selector")
        if let selector = spec["selector"] {
            errors.labelSelector(selector, path)
            if selector["matchLabels"]?.object?.isEmpty != false, selector.list("matchExpressions").isEmpty {
                errors.invalid(path, selector, "empty selector is invalid for \(kind)")
            }
        } else {
            errors.required(path)
        }
        checkTemplate(spec["template"], matching: spec["selector"], &errors)
    }

    private static func checkTemplate(_ template: JSON?, matching selector: JSON?, _ errors: inout FieldErrors) {
        let path = FieldPath.spec.child("template")
        guard let template else { return errors.required(path) }
        let labels = template["metadata", "labels"] ?? [:]
        // No selector selects nothing.
        let matches = selector.map { (try? LabelSelector($0))?.matches(labels.stringMap) ?? true } ?? false
        if !matches {
            errors.invalid(path.child("metadata").child("labels"), labels, "`selector` does not match template `labels`")
        }
        checkPods(template, path, &errors)
        let restart = template["spec", "restartPolicy"]?.string ?? ""
        if !restart.isEmpty, restart != "Always" {
            errors.notSupported(path.child("spec").child("restartPolicy"), .string(restart), ["Always"])
        }
        if template["spec", "activeDeadlineSeconds"] != nil {
            errors.forbidden(
                path.child("spec").child("activeDeadlineSeconds"), "activeDeadlineSeconds in ReplicaSet is not Supported")
        }
    }

    private static func checkPods(_ template: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        MetadataRules.validateLabels(template["metadata", "labels"], path.child("labels"), &errors)
        MetadataRules.validateAnnotations(template["metadata", "annotations"], path.child("annotations"), &errors)
        PodValidation.validate(spec: template["spec"] ?? [:], path.child("spec"), &errors)
    }

    private static func checkStrategy(_ strategy: JSON, _ errors: inout FieldErrors) {
        let path = FieldPath.spec.child("strategy")
        errors.oneOf(strategy["type"], ["Recreate", "RollingUpdate"], path.child("type"))
        guard let rolling = strategy["rollingUpdate"] else { return }
        let at = path.child("rollingUpdate")
        if strategy.text("type") == "Recreate" {
            return errors.forbidden(at, "may not be specified when strategy `type` is 'Recreate'")
        }
        errors.countOrPercentage(rolling["maxUnavailable"], at.child("maxUnavailable"), isAtMost100: true)
        errors.countOrPercentage(rolling["maxSurge"], at.child("maxSurge"))
        if isZero(rolling["maxUnavailable"]), isZero(rolling["maxSurge"]) {
            errors.invalid(at.child("maxUnavailable"), rolling["maxUnavailable"] ?? 0, "may not be 0 when `maxSurge` is 0")
        }
    }

    private static func isZero(_ value: JSON?) -> Bool { value == nil || value == 0 || value == "0%" }

    private static func fixedPart(of spec: JSON, but mutable: [String]) -> JSON {
        var spec = spec
        for member in mutable { spec[member] = nil }
        return spec
    }
}

/// The syntax of a cron schedule (five fields, or a name such as `@daily`).
enum CronSchedule {
    /// What is wrong with a schedule, in the words of Kubernetes' parser; nil where nothing is.
    static func problem(of schedule: String) -> String? {
        if schedule.hasPrefix("@") {
            let names = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]
            return names.contains(schedule) || schedule.hasPrefix("@every ") ? nil : "unrecognized descriptor: \(schedule)"
        }
        let fields = schedule.split(whereSeparator: \.isWhitespace)
        guard fields.count == 5 else {
            return "expected exactly 5 fields, found \(fields.count): [\(fields.joined(separator: " "))]"
        }
        let bounds = [(0, 59, []), (0, 23, []), (1, 31, []), (1, 12, months), (0, 6, days)]
        for (field, (low, high, names)) in zip(fields, bounds) {
            for part in field.split(separator: ",", omittingEmptySubsequences: false) {
                if let problem = problem(ofPart: part, low, high, names) { return problem }
            }
        }
        return nil
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// One of a field's comma-separated parts: `*`, `5`, `1-5`, each perhaps with `/2`.
    private static func problem(ofPart part: Substring, _ low: Int, _ high: Int, _ names: [String]) -> String? {
        let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count <= 2 else { return "too many slashes: \(part)" }
        if pieces.count == 2, (Int(pieces[1]) ?? 0) <= 0 { return "step of range should be a positive number: \(part)" }
        if pieces[0] == "*" || pieces[0] == "?" { return nil }
        let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { return "too many hyphens: \(part)" }
        var values: [Int] = []
        for end in ends {
            let named = names.firstIndex(of: end.lowercased()).map { $0 + low }
            guard let value = named ?? Int(end) else {
                return "failed to parse int from \(end): strconv.Atoi: parsing \"\(end)\": invalid syntax"
            }
            if value < low { return "beginning of range (\(value)) below minimum (\(low)): \(part)" }
            if value > high { return "end of range (\(value)) above maximum (\(high)): \(part)" }
            values.append(value)
        }
        return values.count == 2 && values[0] > values[1]
            ? "beginning of range (\(values[0])) beyond end of range (\(values[1])): \(part)" : nil
    }
}
