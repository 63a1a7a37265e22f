import Framework
import Kubernetes
import Plugins

/// Schedules files of scenarios.
struct ScheduleRun {
    private let configuration: SchedulerConfiguration
    private let isExplaining: Bool
    private let printsExplanations: Bool
    private let placements = PlacementCache()

    /// - Parameters:
    ///   - path: a scheduler configuration; nil for the defaults.
    ///   - isExplaining: whether each outcome tells how it came about.
    ///   - printsExplanations: whether to print that as tables, too.
    init(configuration path: String?, isExplaining: Bool, printsExplanations: Bool) throws {
        configuration = try SchedulerConfiguration(file: path)
        self.isExplaining = isExplaining
        self.printsExplanations = printsExplanations
    }

    /// - Returns: how long the cycles took, where `repetitions` are asked for.
    func schedule(_ input: String, to output: String, repetitions: Int?) throws -> CycleTimings? {
        let reader = try LineReader(input)
        let writer = try LineWriter(output)
        var timings = repetitions.map { _ in CycleTimings() }
        while let line = try reader.next() {
            guard !line.isEmpty else { continue }
            let scenario: Scenario
            do {
                scenario = try Scenario(try JSON(parsing: line))
            } catch {
                throw CommandFailure("\(input):\(reader.lineNumber): \(error)")
            }
            var cache = ClusterCache(scenario.clusters)
            let snapshot = cache.snapshot()
            for binding in scenario.bindings {
                guard let profile = configuration.profile(named: binding.spec.schedulerName) else {
                    let reason = "Other: there is no scheduler profile named \(binding.spec.schedulerName)"
                    try writer.write(unschedulable(binding, in: scenario, reason))
                    continue
                }
                let attempt = attempt(binding, by: profile, over: snapshot)
                try writer.write(outcome(of: attempt, binding, in: scenario))
                if printsExplanations {
                    print("\(scenario.id) \(binding.name)\n\n\(ExplanationReport(attempt.explanation()))\n")
                }
                for _ in 0..<(repetitions ?? 0) {
                    let start = ContinuousClock.now
                    _ = self.attempt(binding, by: profile, over: snapshot)
                    timings?.add(ContinuousClock.now - start)
                }
            }
        }
        try writer.close()
        return timings
    }

    /// A binding that was scheduled to one of its groups of clusters is scheduled to that; another to the first that takes it.
    private func attempt(_ binding: Scenario.Binding, by profile: Profile, over snapshot: ClusterSnapshot) -> Attempt {
        let view = BindingView(
            key: ObjectKey(name: binding.name), spec: binding.spec, status: binding.status, placements: placements)
        let observed = binding.status.schedulerObservedAffinityName
        if !observed.isEmpty {
            return profile.attempt(view, over: snapshot, group: observed, isExplaining: isExplaining)
        }
        let attempts = profile.schedule(view, over: snapshot, isExplaining: isExplaining)
        if let last = attempts.last, case .success = last.result { return last }
        return attempts[0]
    }

    private func outcome(of attempt: Attempt, _ binding: Scenario.Binding, in scenario: Scenario) -> JSON {
        var outcome: JSON
        switch attempt.result {
        case .success(let decision):
            outcome = ["id": .string(scenario.id), "name": .string(binding.name)]
            outcome["clusters"] = .object(JSONObject(decision.clusters.map { ($0.name, JSON($0.replicas)) }))
        case .failure(let error):
            outcome = unschedulable(binding, in: scenario, reason(error))
        }
        if isExplaining { outcome["explanation"] = attempt.explanation().json }
        return outcome
    }

    private func unschedulable(_ binding: Scenario.Binding, in scenario: Scenario, _ reason: String) -> JSON {
        ["id": .string(scenario.id), "name": .string(binding.name), "unschedulable": .string(reason)]
    }

    private func reason(_ error: SchedulingError) -> String {
        switch error {
        case .noClusterFit: "NoClusterFit"
        case .spreadConstraint: "SpreadConstraint"
        case .notEnoughReplicas: "NotEnoughReplicas"
        case .other(let message): "Other: \(message)"
        }
    }
}

/// One line of a file of scenarios.
struct Scenario {
    struct Binding {
        var name: String
        var spec: ResourceBinding.Spec
        var status: ResourceBinding.Status
    }

    var id: String
    var clusters: [Cluster]
    var bindings: [Binding]

    init(_ json: JSON) throws(CommandFailure) {
        guard let id = json["id"]?.string else { throw CommandFailure("id: must be a string") }
        guard let clusters = json["clusters"]?.array else { throw CommandFailure("clusters: must be an array") }
        guard let bindings = json["bindings"]?.array else { throw CommandFailure("bindings: must be an array") }
        self.id = id
        self.clusters = clusters.map { Cluster(Object($0)) }
        self.bindings = []
        for (index, binding) in bindings.enumerated() {
            guard let name = binding["name"]?.string else { throw CommandFailure("bindings[\(index)].name: must be a string") }
            self.bindings.append(
                Binding(
                    name: name, spec: ResourceBinding.Spec(binding["spec"] ?? .null),
                    status: ResourceBinding.Status(binding["status"] ?? .null)))
        }
    }
}
