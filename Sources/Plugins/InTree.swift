import Framework
import Kubernetes

extension PluginRegistry {
    /// The plugins that Flotilla comes with; what runs by default schedules as Karmada does with its default feature gates.
    public static var inTree: PluginRegistry { inTree(FeatureGates()) }

    /// The same, as Karmada does with these feature gates.
    /// - Parameter asksEstimatorServices: `--enable-scheduler-estimator`
    public static func inTree(_ gates: FeatureGates, asksEstimatorServices: Bool = false) -> PluginRegistry {
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
        // By default only where a feature gate says so.
        registry.register(WorkloadAffinity.self, byDefaultAt: gates[.workloadAffinity] ? [.preFilter, .filter] : [])
        registry.register(WorkloadAntiAffinity.self, byDefaultAt: gates[.workloadAffinity] ? [.filter] : [])
        registry.register(ComponentSets.self, byDefaultAt: gates[.multiplePodTemplatesScheduling] ? [.estimate] : [])
        registry.register(
            AssumedReplicas.self, byDefaultAt: gates[.schedulingOvercommitProtection] ? [.estimate, .reserve, .postBind] : [])
        registry.register(EstimatorService.self, byDefaultAt: asksEstimatorServices ? [.estimate] : [])
        // For profiles that name them.
        registry.register(LeastAllocated.self)
        registry.register(MostAllocated.self)
        registry.register(TopologyBalance.self)
        registry.register(TopologyPreference.self)
        registry.register(CostAware.self)
        registry.register(EvenWeight.self)
        return registry
    }
}
