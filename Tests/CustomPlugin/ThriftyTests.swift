import Foundation
import Framework
import Kubernetes
import Plugins
import Testing

struct ThriftyTests {
    private func profile(_ text: String? = nil) throws -> Profile {
        var registry = PluginRegistry.inTree
        registry.register(Thrifty.self)
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "profile.yaml")
        let text = try text ?? String(contentsOf: file, encoding: .utf8)
        let configuration = try SchedulerConfiguration(parsing: Array(text.utf8), file: "profile.yaml", registry: registry)
        return try #require(configuration.profile(named: "thrifty"))
    }

    private func cluster(_ name: String, price: String?, pods: Int) -> Cluster {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        if let price { object.labels = ["price": price] }
        object.status = [
            "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
            "resourceSummary": ["allocatable": ["pods": .string("\(pods)")]],
        ]
        return Cluster(object)
    }

    private func schedule(_ replicas: Int) throws -> Attempt {
        var clusters = ClusterCache([
            cluster("dear", price: "0.09", pods: 100), cluster("cheap", price: "0.02", pods: 3),
            cluster("fair", price: "0.05", pods: 10), cluster("unpriced", price: nil, pods: 100),
        ])
        let spec = ResourceBinding.Spec([
            "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"], "replicas": JSON(replicas),
            "placement": ["replicaScheduling": ["replicaSchedulingType": "Divided"]],
        ])
        let binding = BindingView(
            key: ObjectKey(namespace: "default", name: "web-deployment"), spec: spec, status: ResourceBinding.Status(.null),
            placements: PlacementCache())
        return try profile().attempt(binding, over: clusters.snapshot(), isExplaining: true)
    }

    @Test func fillsTheCheapestClusterFirst() throws {
        let decision = try schedule(5).result.get()
        #expect(decision.clusters == [TargetCluster(name: "cheap", replicas: 3), TargetCluster(name: "fair", replicas: 2)])
    }

    @Test func tellsWhyAClusterIsTooDear() throws {
        let explanation = try schedule(5).explanation()
        let reasons = explanation.clusters.map { "\($0.name): \($0.reason)" }
        #expect(
            reasons == [
                "cheap: gets 3", "dear: cluster(s) cost more than 0.08", "fair: gets 2",
                "unpriced: cluster(s) cost more than 0.08",
            ])
        #expect(explanation.steps.contains(.remark("Thrifty gives 2 of 2 replicas to fair")))
    }

    @Test func refusesWhatHasNoAffordablePlace() throws {
        #expect(throws: SchedulingError.notEnoughReplicas("7 of 20 replicas have no affordable place")) {
            try schedule(20).result.get()
        }
    }

    @Test func refusesALimitThatMakesNoSense() throws {
        let text = """
            apiVersion: scheduling.flotilla.dev/v1alpha1
            kind: SchedulerConfiguration
            profiles:
            - schedulerName: thrifty
              plugins:
                filter:
                - name: Thrifty
                  arguments:
                    limit: -1
            """
        let error = #expect(throws: ConfigurationError.self) { try profile(text) }
        #expect(
            "\(try #require(error))"
                == "profile.yaml:9:16: profiles[0].plugins.filter[0].arguments.limit: must be above 0")
    }
}
