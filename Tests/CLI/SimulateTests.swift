import Foundation
import Kubernetes
import Testing

/// `flotilla simulate` on files.
struct SimulateTests {
    private let flotilla: Flotilla

    private static let app = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          replicas: 4
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
              - name: web
                image: nginx
                resources: { requests: { cpu: 500m } }
        """

    private static let policy = """
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata:
          name: web
        spec:
          resourceSelectors:
          - apiVersion: apps/v1
            kind: Deployment
          placement:
            replicaScheduling:
              replicaDivisionPreference: Weighted
              weightPreference:
                dynamicWeight: AvailableReplicas
        """

    private static func cluster(_ name: String, region: String, cpu: Int) -> String {
        """
        ---
        apiVersion: cluster.karmada.io/v1alpha1
        kind: Cluster
        metadata: { name: \(name) }
        spec: { syncMode: Push, region: \(region) }
        status:
          apiEnablements:
          - { groupVersion: apps/v1, resources: [{ name: deployments, kind: Deployment }] }
          resourceSummary:
            allocatable: { cpu: "\(cpu)", pods: "100" }

        """
    }

    init() throws {
        flotilla = try Flotilla()
        try flotilla.write("app.yaml", Self.app)
        try flotilla.write("policy.yaml", Self.policy)
        let clusters = [("a", "north", 4), ("b", "north", 4), ("c", "south", 4)]
        try flotilla.write("clusters.yaml", clusters.map { Self.cluster($0.0, region: $0.1, cpu: $0.2) }.joined())
    }

    private func simulate(_ arguments: String...) async throws -> JSON {
        let result = try await flotilla.run(
            ["simulate", "-f", "policy.yaml", "-f", "app.yaml", "--clusters", "clusters.yaml", "-o", "json"] + arguments)
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        return try #require(try JSON(parsing: result.output)["bindings"]?[0])
    }

    @Test func placesWhatIsNew() async throws {
        let binding = try await simulate()
        #expect(binding["name"] == "web-deployment" && binding["replicas"] == 4 && binding["exists"] == false)
        #expect(binding["policy"] == "default/web")
        #expect(binding["after", "clusters"] == ["a": 2, "b": 1, "c": 1])
        #expect(binding["before"] == binding["after"])
        #expect(binding["moves"] == [])
    }

    @Test func movesAsLittleAsItMust() async throws {
        let lost = try await simulate("--without-cluster", "c")
        #expect(lost["before", "clusters"] == ["a": 2, "b": 1, "c": 1])
        #expect(lost["moves"]?.array?.count == 2)
        #expect(lost["moves"]?[1] == ["cluster": "c", "before": 1, "after": .null])
        let region = try await simulate("--without-region", "north")
        #expect(region["after", "clusters"] == ["c": 4])
        #expect(region["moves"]?[2] == ["cluster": "c", "before": 1, "after": 4])
    }

    @Test func toleratesTaintsAsClustersDo() async throws {
        // What runs there stays, whatever may not be scheduled there any more.
        #expect(try await simulate("--taint", "c=disk=full:NoSchedule")["moves"] == [])
        let evicted = try await simulate("--taint", "c=disk=full:NoExecute")
        #expect(evicted["after", "clusters", "c"] == nil)
        #expect(evicted["moves"]?.array?.last == ["cluster": "c", "before": 1, "after": .null])
    }

    @Test func knowsWhereABindingIsAlready() async throws {
        try flotilla.write(
            "app.yaml",
            Self.app + """

                ---
                apiVersion: work.karmada.io/v1alpha2
                kind: ResourceBinding
                metadata: { name: web-deployment, namespace: default }
                spec:
                  resource: { apiVersion: apps/v1, kind: Deployment, namespace: default, name: web, uid: u }
                  clusters: [{ name: b, replicas: 4 }]
                """)
        let binding = try await simulate()
        #expect(binding["exists"] == true)
        #expect(binding["before", "clusters"] == ["b": 4])
        #expect(binding["after", "clusters"] == ["b": 4])
        #expect(try await simulate("--without-cluster", "b")["after", "clusters", "b"] == nil)
    }

    @Test func keepsTheWorkloadsOfAGroupApart() async throws {
        let apps = ["one", "two", "three", "four"].map { name in
            Self.app.replacing("name: web\nspec", with: "name: \(name)\n  labels: { group: g }\nspec")
        }
        try flotilla.write("app.yaml", apps.joined(separator: "\n---\n"))
        try flotilla.write(
            "policy.yaml",
            """
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicy
            metadata:
              name: web
            spec:
              resourceSelectors:
              - apiVersion: apps/v1
                kind: Deployment
              placement:
                workloadAffinity: { antiAffinity: { groupByLabelKey: group } }
                spreadConstraints: [{ spreadByField: cluster, minGroups: 1, maxGroups: 1 }]
            """)
        try flotilla.write(
            "profile.yaml",
            """
            apiVersion: scheduling.flotilla.dev/v1alpha1
            kind: SchedulerConfiguration
            profiles:
            - plugins: { filter: { enabled: [WorkloadAntiAffinity] } }
            """)
        let result = try await flotilla.run([
            "simulate", "-f", "policy.yaml", "-f", "app.yaml", "--clusters", "clusters.yaml", "-o", "json", "--profile",
            "profile.yaml",
        ])
        #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        let bindings = try #require(try JSON(parsing: result.output)["bindings"]?.array)
        let placed = bindings.prefix(3).flatMap { $0["after", "clusters"]?.object.map { Array($0.keys) } ?? [] }
        #expect(Set(placed) == ["a", "b", "c"])
        #expect(
            bindings[3]["after", "unschedulable"]
                == "0/3 clusters are available: 3 cluster already has workload with the same anti-affinity group.")
    }

    @Test func tellsWhyNothingFits() async throws {
        let binding = try await simulate("--without-region", "north", "--taint", "c=disk=full:NoExecute")
        #expect(
            binding["after", "unschedulable"]
                == "0/1 clusters are available: 1 cluster(s) had untolerated taint {disk=full:NoExecute}.")
        let table = try await flotilla.run([
            "simulate", "-f", "policy.yaml", "-f", "app.yaml", "--clusters", "clusters.yaml", "--without-region", "north",
        ])
        #expect(table.status == 0)
        let lines = table.output.split(separator: "\n")
        #expect(lines.first?.split(separator: " ") == ["BINDING", "CLUSTER", "BEFORE", "AFTER", "MOVE"])
        #expect(lines[1].split(separator: " ") == ["default/web-deployment", "a", "2", "-", "-2"])
        #expect(lines[3].split(separator: " ") == ["c", "1", "4", "+3"])
        #expect(lines.last == "1 binding(s): 1 would move, 0 would be unschedulable")
    }

    @Test(arguments: [
        ("app.yaml", "replicas: 4", "replicas: four", "app.yaml:6:13: spec.replicas: "),
        ("app.yaml", "image: nginx", "picture: nginx", "app.yaml:13:18: spec.template.spec.containers[0].picture: "),
        ("app.yaml", "name: web\nspec", "name: Web\nspec", "app.yaml:4:9: metadata.name: "),
        ("policy.yaml", "Weighted", "Heavy", "policy.yaml:11:34: spec.placement.replicaScheduling.replicaDivisionPreference: "),
        (
            "policy.yaml", "kind: Deployment", "kind: StatefulSet",
            "app.yaml:4:9: metadata.name: no policy selects Deployment default/web"
        ),
        ("policy.yaml", "placement:", "placement: [", "policy.yaml:"),
        ("clusters.yaml", "kind: Cluster", "kind: Pod", "clusters.yaml:3:7: kind: must be Cluster"),
    ])
    func saysWhereAFileIsWrong(file: String, old: String, new: String, message: String) async throws {
        let text = try flotilla.read(file)
        let range = try #require(text.range(of: old))
        try flotilla.write(file, text.replacingCharacters(in: range, with: new))
        let result = try await flotilla.run(["simulate", "-f", "policy.yaml", "-f", "app.yaml", "--clusters", "clusters.yaml"])
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("error: " + message), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        (["--without-cluster", "x"], "error: --without-cluster: there is no cluster x; there are a, b, c\n"),
        (["--without-region", "x"], "error: --without-region: there is no region x; there are north, south\n"),
        (["--taint", "x=k=v:NoExecute"], "error: --taint: there is no cluster x; there are a, b, c\n"),
    ])
    func refusesChangesOfNothing(_ arguments: [String], message: String) async throws {
        let files = ["simulate", "-f", "policy.yaml", "-f", "app.yaml", "--clusters", "clusters.yaml"]
        let result = try await flotilla.run(files + arguments)
        #expect(result.status == 1)
        #expect(result.errors == message)
    }
}
