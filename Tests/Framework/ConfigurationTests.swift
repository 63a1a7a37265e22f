import Kubernetes
import Testing

@testable import Framework

struct ConfigurationTests {
    private struct Sort: QueueSortPlugin {
        static let name = "Sort"
        init(arguments: NoArguments) {}
        func precedes(_ left: QueuedBinding, _ right: QueuedBinding) -> Bool { left.arrival < right.arrival }
    }

    private struct Everywhere: FilterPlugin, AssignPlugin {
        static let name = "Everywhere"
        init(arguments: NoArguments) {}
        func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict { .passes }
        func applies(to binding: BindingView) -> Bool { true }
        func assign(_ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle) -> [Assignment] { [] }
    }

    private struct Priced: ScorePlugin {
        static let name = "Priced"
        struct Arguments: PluginArguments {
            var label = "price"
            var factor = 2.5
            var limits: [Int32] = []
            var nested: Nested?
            struct Nested: Decodable, Sendable { var deep: Bool }
        }
        let arguments: Arguments
        init(arguments: Arguments) throws {
            guard arguments.factor > 0 else { throw ArgumentError(field: "factor", "must be positive") }
            self.arguments = arguments
        }
        func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore { 0 }
    }

    private var registry: PluginRegistry {
        var registry = PluginRegistry()
        registry.register(Sort.self, byDefaultAt: .queueSort)
        registry.register(Everywhere.self, byDefaultAt: .filter, .assign)
        registry.register(Priced.self)
        return registry
    }

    private func configuration(_ plugins: String) throws -> SchedulerConfiguration {
        let text = """
            apiVersion: scheduling.flotilla.dev/v1alpha1
            kind: SchedulerConfiguration
            profiles:
            - schedulerName: default-scheduler
              plugins:
                \(plugins)
            """
        return try SchedulerConfiguration(parsing: Array(text.utf8), file: "f.yaml", registry: registry)
    }

    private func names(_ profile: Profile?) -> [String] {
        (profile?.filters ?? []).map { type(of: $0).name } + (profile?.scorers ?? []).map { type(of: $0.plugin).name }
    }

    @Test func readsArgumentsAndWeights() throws {
        let profile = try configuration(
            "score: [{name: Priced, weight: 7, arguments: {label: x, limits: [1, 2], nested: {deep: true}}}]"
        ).profiles[0]
        let plugin = try #require(profile.scorers[0].plugin as? Priced)
        #expect(profile.scorers[0].weight == 7)
        #expect(plugin.arguments.label == "x")
        #expect(plugin.arguments.factor == 2.5, "what is not given keeps its default")
        #expect(plugin.arguments.limits == [1, 2])
        #expect(plugin.arguments.nested?.deep == true)
    }

    @Test func hasDefaultsWhereNothingIsSaid() throws {
        let configuration = try SchedulerConfiguration(registry: registry)
        #expect(names(configuration.profile(named: "")) == ["Everywhere"])
        #expect(configuration.profile(named: "other") == nil)
    }

    @Test func enablesAndDisables() throws {
        #expect(names(try configuration("filter: {disabled: [Everywhere]}").profiles[0]) == [])
        #expect(names(try configuration("filter: []").profiles[0]) == [])
        #expect(names(try configuration("filter: [\"*\"]").profiles[0]) == ["Everywhere"])
        #expect(names(try configuration("score: {enabled: [Priced]}").profiles[0]) == ["Everywhere", "Priced"])
    }

    @Test(
        arguments: [
            ("score: [{name: Prized}]", "f.yaml:6:13", "profiles[0].plugins.score[0]", "there is no plugin Prized"),
            ("score: [Everywhere]", "f.yaml:6:13", "profiles[0].plugins.score[0]", "Everywhere is no score plugin"),
            ("score: [{name: Priced, weight: 0}]", "f.yaml:6:36", "profiles[0].plugins.score[0].weight", "must be 1…10000"),
            (
                "score: [{name: Priced, weight: 99999999999999999999}]", "f.yaml:6:36", "profiles[0].plugins.score[0].weight",
                "must be 1…10000"
            ),
            ("score: [Priced, Priced]", "f.yaml:6:21", "profiles[0].plugins.score[1]", "Priced is listed twice"),
            (
                "filter: [{name: Everywhere, weight: 2}]", "f.yaml:6:41", "profiles[0].plugins.filter[0].weight",
                "only score plugins have weights"
            ),
            (
                "score: [{name: Priced, arguments: {lable: x}}]", "f.yaml:6:47", "profiles[0].plugins.score[0].arguments.lable",
                "unknown argument"
            ),
            (
                "score: [{name: Priced, arguments: {label: 3}}]", "f.yaml:6:47", "profiles[0].plugins.score[0].arguments.label",
                "must be a string, not integer"
            ),
            (
                "score: [{name: Priced, arguments: {limits: [1, 9999999999]}}]", "f.yaml:6:52",
                "profiles[0].plugins.score[0].arguments.limits[1]", "must be -2147483648…2147483647"
            ),
            (
                "score: [{name: Priced, arguments: {factor: -1}}]", "f.yaml:6:48",
                "profiles[0].plugins.score[0].arguments.factor", "must be positive"
            ),
            (
                "score: [{name: Priced, arguments: {nested: {}}}]", "f.yaml:6:48",
                "profiles[0].plugins.score[0].arguments.nested.deep", "is required"
            ),
            ("queueSort: []", "f.yaml:6:16", "profiles[0].plugins.queueSort", "must be exactly one plugin"),
            ("assign: []", "f.yaml:6:13", "profiles[0].plugins.assign", "must be at least one plugin"),
            ("scores: []", "f.yaml:6:13", "profiles[0].plugins.scores", "unknown field"),
            ("score: 7", "f.yaml:6:12", "profiles[0].plugins.score", "must be a list of plugins"),
        ])
    func refusesWithTheFieldsPlace(plugins: String, location: String, field: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try configuration(plugins) }
        #expect(error.location == location)
        #expect(error.field == field)
        #expect(error.message.hasPrefix(message), "\(error.message)")
    }

    @Test func refusesTwoProfilesOfOneName() throws {
        let text = """
            apiVersion: scheduling.flotilla.dev/v1alpha1
            kind: SchedulerConfiguration
            profiles:
            - schedulerName: a
            - schedulerName: a
            """
        let error = try #require(throws: ConfigurationError.self) {
            try SchedulerConfiguration(parsing: Array(text.utf8), file: "f.yaml", registry: registry)
        }
        #expect(error.description == "f.yaml:5:18: profiles[1].schedulerName: another profile is called a too")
    }

    @Test(arguments: ["", "a: [", "kind: Other", "apiVersion: v1\nkind: SchedulerConfiguration", "[]", "--- {}\n--- {}"])
    func refusesWhatIsNoConfiguration(text: String) {
        #expect(throws: ConfigurationError.self) {
            try SchedulerConfiguration(parsing: Array(text.utf8), registry: registry)
        }
    }
}
