import Client
import Framework
import Kubernetes
import Logging
import Plugins
import Synchronization
import Telemetry
import Testing

@testable import Scheduler

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(1)))
final class ReloadTests {
    private let client = FakeClient()
    private let metrics = MetricsRegistry()
    private let path = "/tmp/flotilla-reload-\(UInt64.random(in: 0 ... .max)).yaml"

    deinit { unlink(path) }

    private static let header = "apiVersion: scheduling.flotilla.dev/v1alpha1\nkind: SchedulerConfiguration\nprofiles:\n"
    private static let standard = header + "- schedulerName: default-scheduler\n"
    private static let thrifty = header + """
        - schedulerName: default-scheduler
          plugins:
            score: [{name: CostAware, arguments: {label: price}}]
        - schedulerName: other

        """

    private func write(_ text: String) {
        let file = fopen(path, "wb")
        fputs(text, file)
        fclose(file)
    }

    /// How often the file was put in force, and refused.
    private var reloads: [Int] {
        let family = metrics.counter("flotilla_scheduler_config_reloads_total", "", labels: ["result"])
        return [family["succeeded"].value, family["failed"].value]
    }

    /// Runs a scheduler with the file while `body` runs.
    private func withScheduler(_ body: (ConfigurationReloader) async throws -> Void) async throws {
        write(Self.standard)
        let file = ConfigurationFile(path: path, registry: .inTree)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = SchedulerService(client: client, profiles: try file.load(), metrics: metrics, logger: logger)
        let running = Task { await service.run() }
        defer { running.cancel() }
        try await body(ConfigurationReloader(file, scheduler: service, logger: logger))
        running.cancel()
        await running.value
    }

    private func addCluster(_ name: String, price: String) async throws {
        var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        cluster.labels = ["price": price]
        cluster.status = [
            "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
            "resourceSummary": ["allocatable": ["cpu": 10, "pods": 110]],
        ]
        _ = try await client.create(cluster, in: Cluster.resource)
    }

    private func addBinding(_ name: String, scheduler: String = "") async throws {
        var binding = Object(
            apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: name)
        binding.spec = [
            "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": .string(name)],
            "replicas": 1, "schedulerName": .string(scheduler),
            "placement": [
                "spreadConstraints": [["spreadByField": "cluster", "minGroups": 1, "maxGroups": 1]],
                "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"],
            ],
        ]
        _ = try await client.create(binding, in: ResourceBinding.resource)
    }

    /// Where the binding is scheduled to, as soon as it is.
    private func target(of name: String) async throws -> String? {
        while true {
            let key = ObjectKey(namespace: "default", name: name)
            let binding = ResourceBinding(try await client.get(ResourceBinding.resource, key).decoded())
            if binding.status.conditions.isTrue("Scheduled") { return binding.spec.clusters.first?.name }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func condition(of name: String) async throws -> Condition? {
        let key = ObjectKey(namespace: "default", name: name)
        return ResourceBinding(try await client.get(ResourceBinding.resource, key).decoded()).status.conditions["Scheduled"]
    }

    /// The events with this reason, once there is one.
    private func events(_ reason: String) async throws -> [JSON] {
        while true {
            let events = try await client.list(EventRecorder.resource, ListOptions()).items.map { $0.decoded().json }
                .filter { $0["reason"]?.string == reason }
            if !events.isEmpty { return events }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func theNextBindingGoesByTheNewProfile() async throws {
        try await addCluster("a-dear", price: "9")
        try await addCluster("b-cheap", price: "1")
        try await addBinding("before")
        try await withScheduler { reloader in
            #expect(try await target(of: "before") == "a-dear")
            write(Self.thrifty)
            reloader.reload()
            try await addBinding("after")
            #expect(try await target(of: "after") == "b-cheap")
            #expect(try await target(of: "before") == "a-dear", "what is scheduled stays")
            #expect(reloads == [1, 0])
            let event = try await events("SchedulerConfigurationReloaded")[0]
            #expect(event["message"]?.string == "\(path): in force are default-scheduler, other")
            #expect(event["involvedObject", "kind"]?.string == "SchedulerConfiguration")
        }
    }

    @Test func bindingsThatAreNotScheduledAreTriedAgain() async throws {
        try await addCluster("a", price: "1")
        try await addBinding("waiting", scheduler: "other")
        try await withScheduler { reloader in
            while try await condition(of: "waiting") == nil { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await condition(of: "waiting")?.message == "there is no scheduler profile named other")
            write(Self.thrifty)
            reloader.reload()
            #expect(try await target(of: "waiting") == "a")
        }
    }

    @Test(arguments: [
        (header + "- schedulerName: [\n", ":5:1: ", ""),
        (header + "- plugins: {score: [Nobody]}\n", ":4:21: ", "profiles[0].plugins.score[0]: there is no plugin Nobody"),
        (header + "- plugins: {score: [CostAware, CostAware]}\n", ":4:32: ", "CostAware is listed twice"),
        (
            header + "- plugins: {score: [{name: CostAware, weight: -1}]}\n", ":4:47: ",
            "profiles[0].plugins.score[0].weight: must be 1…10000"
        ),
        (
            header + "- plugins: {score: [{name: CostAware, weight: 99999999999999999999}]}\n", ":4:47: ",
            "profiles[0].plugins.score[0].weight: must be 1…10000"
        ),
        (
            header + "- plugins: {score: [{name: CostAware, arguments: {label: 7}}]}\n", ":4:58: ",
            "profiles[0].plugins.score[0].arguments.label: must be a string, not integer"
        ),
        (
            header + "- schedulerName: a\n- schedulerName: a\n", ":5:18: ",
            "profiles[1].schedulerName: another profile is called a"
        ),
        ("", "", "must be one document"),
    ])
    func badFilesAreRefused(text: String, place: String, message: String) async throws {
        try await addCluster("a-dear", price: "9")
        try await addCluster("b-cheap", price: "1")
        try await withScheduler { reloader in
            write(Self.thrifty)
            reloader.reload()
            write(text)
            reloader.reload()
            #expect(reloads == [1, 1])
            try await addBinding("after")
            #expect(try await target(of: "after") == "b-cheap", "the profiles before are in force")
            let event = try await events("SchedulerConfigurationInvalid")[0]
            let text = event["message"]?.string ?? ""
            #expect(text.hasPrefix(path + place) && text.contains(message), "\(text)")
            #expect(event["type"]?.string == "Warning")
        }
    }

    @Test func aFileThatIsNoneIsRefused() async throws {
        try await withScheduler { reloader in
            unlink(path)
            reloader.reload()
            #expect(mkfifo(path, 0o600) == 0)
            reloader.reload()
            unlink(path)
            write(String(repeating: "#", count: ConfigurationFile.maximumSize + 1))
            reloader.reload()
            #expect(reloads == [0, 3])
        }
    }

    @Test func changesAreNoticedWhenTheyAreComplete() async throws {
        try await withScheduler { reloader in
            #expect(!reloader.isChanged())
            write(Self.standard + "#")
            #expect(!reloader.isChanged(), "somebody may still be writing")
            write(Self.thrifty)
            #expect(!reloader.isChanged())
            #expect(reloader.isChanged())
            reloader.reload()
            #expect(!reloader.isChanged() && !reloader.isChanged())
        }
    }

    @Test func tellsOfResultsByEvents() async throws {
        try await addCluster("a", price: "1")
        try await addBinding("web")
        try await addBinding("lost", scheduler: "nobody")
        try await withScheduler { _ in
            #expect(try await target(of: "web") == "a")
            while try await events("ScheduleBindingSucceed").count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let events = try await events("ScheduleBindingSucceed")
            #expect(Set(events.compactMap { $0["involvedObject", "kind"]?.string }) == ["ResourceBinding", "Deployment"])
            #expect(
                Set(events.compactMap { $0["message"]?.string })
                    == ["Binding has been scheduled successfully. Result: {a:1}"])
            let failed = try await self.events("ScheduleBindingFailed")[0]
            #expect(failed["message"]?.string == "there is no scheduler profile named nobody")
            #expect(failed["type"]?.string == "Warning")
        }
    }

    @Test func workloadsOfAGroupAreKeptApart() async throws {
        try await addCluster("a", price: "1")
        try await addCluster("b", price: "1")
        for name in ["one", "two"] {
            try await addBinding(name)
            try await client.modify(ResourceBinding.resource, ObjectKey(namespace: "default", name: name)) {
                $0.spec["workloadAffinityGroups"] = ["antiAffinityGroup": "app=web"]
                return true
            }
        }
        let text = Self.header + "- plugins: {filter: {enabled: [WorkloadAntiAffinity]}}\n"
        let profiles = try SchedulerConfiguration(parsing: Array(text.utf8), registry: .inTree)
        let service = SchedulerService(client: client, profiles: profiles, logger: Logger(label: "test"))
        let running = Task { await service.run() }
        defer { running.cancel() }
        let targets = [try await target(of: "one"), try await target(of: "two")]
        #expect(Set(targets) == ["a", "b"])
    }
}
