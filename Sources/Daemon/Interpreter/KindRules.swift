import Kubernetes

/// What is known of one kind: a rule for each operation of the interpreter, nil where the kind has none.
///
/// The kinds are in `Kinds/`, one a file.
struct KindRules: Sendable {
    var replicas: (@Sendable (Object) throws(InterpreterError) -> ReplicaDemand)?
    var revise: (@Sendable (Object, _ replicas: Int) throws(InterpreterError) -> Object)?
    var retain: (@Sendable (_ desired: Object, _ observed: Object) throws(InterpreterError) -> Object)?
    var aggregateStatus: (@Sendable (Object, [AggregatedStatusItem]) throws(InterpreterError) -> Object)?
    var reflectStatus: (@Sendable (Object) throws(InterpreterError) -> JSON?)?
    var isHealthy: (@Sendable (Object) throws(InterpreterError) -> Bool)?
    var dependencies: (@Sendable (Object) throws(InterpreterError) -> [DependentObjectReference])?
    var prune: (@Sendable (inout Object) -> Void)?
}

extension KindRules {
    /// Kubernetes' own kinds. Those that are not here have only the neutral answers.
    static let native: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment"): .deployment,
        GroupVersionKind(apiVersion: "apps/v1", kind: "ReplicaSet"): .replicaSet,
        GroupVersionKind(apiVersion: "apps/v1", kind: "StatefulSet"): .statefulSet,
        GroupVersionKind(apiVersion: "apps/v1", kind: "DaemonSet"): .daemonSet,
        GroupVersionKind(apiVersion: "batch/v1", kind: "Job"): .job,
        GroupVersionKind(apiVersion: "batch/v1", kind: "CronJob"): .cronJob,
        GroupVersionKind(apiVersion: "v1", kind: "Pod"): .pod,
        GroupVersionKind(apiVersion: "v1", kind: "Service"): .service,
        GroupVersionKind(apiVersion: "v1", kind: "ServiceAccount"): .serviceAccount,
        GroupVersionKind(apiVersion: "v1", kind: "Secret"): .secret,
        GroupVersionKind(apiVersion: "v1", kind: "PersistentVolume"): .persistentVolume,
        GroupVersionKind(apiVersion: "v1", kind: "PersistentVolumeClaim"): .persistentVolumeClaim,
        GroupVersionKind(apiVersion: "networking.k8s.io/v1", kind: "Ingress"): .ingress,
        GroupVersionKind(apiVersion: "policy/v1", kind: "PodDisruptionBudget"): .podDisruptionBudget,
        GroupVersionKind(apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler"): .horizontalPodAutoscaler,
        GroupVersionKind(apiVersion: "multicluster.x-k8s.io/v1alpha1", kind: "ServiceImport"): .serviceImport,
    ]
}
