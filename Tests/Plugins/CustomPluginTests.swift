import Framework
import Kubernetes
import Plugins
import Testing

/// A plugin as somebody outside would write it.
struct CustomPluginTests {
    /// Prefers clusters whose price label is low. Score: 100 for the cheapest feasible cluster, 0 for the dearest, and for those
    /// without a price.
    struct CostAware: ScorePlugin {
        static let name = "CostAware"

        struct Arguments: PluginArguments {
            var label = "example.com/price-per-core"
        }

        let arguments: Arguments
        let normalization = Normalization.minMax

        func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore {
            -(cluster.labels[arguments.label].flatMap(RawScore.init) ?? .infinity)
        }
    }

    private func cluster(_ name: String, price: String?) -> Cluster {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        if let price { object.labels = ["price": price] }
        object.status = [
            "apiEnablements": [["groupVersion": "v1", "resources": [["kind": "ConfigMap", "name": "configmaps"]]]]
        ]
        return Cluster(object)
    }

    private func targets(_ profile: Profile?, _ cache: inout ClusterCache) throws -> [String] {
        let spec = ResourceBinding.Spec([
            "resource": ["apiVersion": "v1", "kind": "ConfigMap", "name": "settings"],
            "placement": ["spreadConstraints": [["spreadByField": "cluster", "minGroups": 1, "maxGroups": 2]]],
        ])
        let binding = BindingView(
            key: ObjectKey(name: "b"), spec: spec, status: ResourceBinding.Status(.null), placements: PlacementCache())
        return try #require(profile).attempt(binding, over: cache.snapshot()).result.get().clusters.map(\.name)
    }

    @Test func changesThePlacementOfItsProfileOnly() throws {
        var registry = PluginRegistry.inTree
        registry.register(CostAware.self)
        let text = """
            apiVersion: scheduling.flotilla.dev/v1alpha1
            kind: SchedulerConfiguration
            profiles:
            - schedulerName: default-scheduler
            - schedulerName: thrifty
              plugins:
                score:
                - ClusterLocality
                - name: CostAware
                  weight: 3
                  arguments: { label: price }
            """
        let configuration = try SchedulerConfiguration(parsing: Array(text.utf8), registry: registry)
        var cache = ClusterCache([
            cluster("a", price: nil), cluster("b", price: "0.09"), cluster("c", price: "0.02"), cluster("d", price: "0.05"),
        ])
        #expect(try targets(configuration.profile(named: ""), &cache) == ["a", "b"])
        #expect(try targets(configuration.profile(named: "thrifty"), &cache) == ["c", "d"])
    }
}
