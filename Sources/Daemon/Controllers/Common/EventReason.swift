import Client
import Kubernetes

/// The reasons of events, as Karmada's `pkg/events` names them.
enum EventReason {
    static let createExecutionSpaceFailed = "CreateExecutionSpaceFailed"
    static let createExecutionSpaceSucceed = "CreateExecutionSpaceSucceed"
    static let removeExecutionSpaceFailed = "RemoveExecutionSpaceFailed"
    static let removeExecutionSpaceSucceed = "RemoveExecutionSpaceSucceed"
    static let taintClusterFailed = "TaintClusterFailed"
    static let taintClusterSucceed = "TaintClusterSucceed"
    static let reflectStatusFailed = "ReflectStatusFailed"
    static let interpretHealthFailed = "InterpretHealthFailed"
    static let syncFailed = "SyncFailed"
    static let syncSucceed = "SyncSucceed"
    static let workDispatching = "WorkDispatching"
    static let getDependenciesFailed = "GetDependenciesFailed"
    static let getDependenciesSucceed = "GetDependenciesSucceed"
    static let syncDependenciesFailed = "SyncScheduleResultToDependenciesFailed"
    static let syncDependenciesSucceed = "SyncScheduleResultToDependenciesSucceed"
    static let dependencyPolicyConflict = "DependencyPolicyConflict"
    static let applyOverridePolicyFailed = "ApplyOverridePolicyFailed"
    static let applyOverridePolicySucceed = "ApplyOverridePolicySucceed"
    static let aggregateStatusSucceed = "AggregateStatusSucceed"
    static let collectOverallStatusFailed = "CollectOverallStatusFailed"
    static let collectOverallStatusSucceed = "CollectOverallStatusSucceed"
    static let cleanupWorkFailed = "CleanupWorkFailed"
    static let syncWorkFailed = "SyncWorkFailed"
    static let syncWorkSucceed = "SyncWorkSucceed"
    static let aggregateStatusFailed = "AggregateStatusFailed"
    static let evictWorkloadFromClusterSucceed = "EvictWorkloadFromClusterSucceed"
    static let evictWorkloadFromClusterFailed = "EvictWorkloadFromClusterFailed"
    static let getReplicasFailed = "GetReplicasFailed"
    static let getComponentsFailed = "GetComponentsFailed"
    static let applyPolicyFailed = "ApplyPolicyFailed"
    static let applyPolicySucceed = "ApplyPolicySucceed"
    static let preemptPolicySucceed = "PreemptPolicySucceed"
    static let syncDerivedServiceSucceed = "SyncDerivedServiceSucceed"
    static let syncDerivedServiceFailed = "SyncDerivedServiceFailed"
    static let syncServiceSucceed = "SyncServiceSucceed"
    static let syncServiceFailed = "SyncServiceFailed"
    static let dispatchEndpointSliceSucceed = "DispatchEndpointSliceSucceed"
    static let dispatchEndpointSliceFailed = "DispatchEndpointSliceFailed"
    static let clusterNotFound = "ClusterNotFound"
    static let apiIncompatible = "APIIncompatible"
    static let preemptPolicyFailed = "PreemptPolicyFailed"
    static let descheduleBindingSucceed = "DescheduleBindingSucceed"
    static let descheduleBindingFailed = "DescheduleBindingFailed"
    static let syncImpersonationConfigSucceed = "SyncImpersonationConfigSucceed"
    static let syncImpersonationConfigFailed = "SyncImpersonationConfigFailed"
    /// Flotilla's own, about a policy: nothing that it selects is there, or another policy has it.
    static let nothingSelected = "NothingSelected"
    static let resourceClaimedByOther = "ResourceClaimedByOther"
    /// Flotilla's own, about a ServiceImport or a MultiClusterService: consumers that would call endpoints in vain.
    static let networkNotConnected = "NetworkNotConnected"
}

extension ObjectReference {
    /// The template of a rendered manifest: that has no uid of its own in the control plane.
    init(manifest: Object) {
        self.init(manifest)
        if uid.isEmpty { uid = manifest.annotations[Annotation.templateUID] ?? "" }
    }
}
