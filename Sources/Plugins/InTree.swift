import Framework

extension PluginRegistry {
    /// The plugins that Flotilla comes with; what runs by default schedules as Karmada does.
    public static var inTree: PluginRegistry {
        var registry = PluginRegistry()
        registry.register(PrioritySort.self, byDefaultAt: .queueSort)
        registry.register(APIEnablement.self, byDefaultAt: .filter)
        registry.register(TaintToleration.self, byDefaultAt: .filter)
        registry.register(ClusterAffinity.self, byDefaultAt: .filter)
        registry.register(SpreadConstraint.self, byDefaultAt: .filter, .select)
        registry.register(ClusterEviction.self, byDefaultAt: .filter)
        registry.register(ClusterLocality.self, byDefaultAt: .score)
        registry.register(ResourceSummary.self, byDefaultAt: .estimate)
        registry.register(ResourceModels.self, byDefaultAt: .estimate)
        registry.register(Duplicated.self, byDefaultAt: .assign)
        registry.register(StaticWeight.self, byDefaultAt: .assign)
        registry.register(DynamicWeight.self, byDefaultAt: .assign)
        registry.register(Aggregated.self, byDefaultAt: .assign)
        // For profiles that name them.
        registry.register(WorkloadAffinity.self)
        registry.register(WorkloadAntiAffinity.self)
        registry.register(LeastAllocated.self)
        registry.register(MostAllocated.self)
        registry.register(TopologyBalance.self)
        registry.register(TopologyPreference.self)
        registry.register(CostAware.self)
        registry.register(EvenWeight.self)
        registry.register(AssumedReplicas.self)
        return registry
    }
}
