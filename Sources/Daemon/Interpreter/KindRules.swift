import Kubernetes

/// What is known of one kind: a rule for each operation of the interpreter, nil where the kind has none.
///
/// Kubernetes' own kinds are in `Kinds/`, one a file; others that many clusters know are in `ThirdParty/`, one project a file.
struct KindRules: Sendable {
    var replicas: (@Sendable (Object) throws(InterpreterError) -> ReplicaDemand)?
    var components: (@Sendable (Object) throws(InterpreterError) -> [JSON])?
    var revise: (@Sendable (Object, _ replicas: Int) throws(InterpreterError) -> Object)?
    var retain: (@Sendable (_ desired: Object, _ observed: Object) throws(InterpreterError) -> Object)?
    var aggregateStatus: (@Sendable (Object, [AggregatedStatusItem]) throws(InterpreterError) -> Object)?
    var reflectStatus: (@Sendable (Object) throws(InterpreterError) -> JSON?)?
    var isHealthy: (@Sendable (Object) throws(InterpreterError) -> Bool)?
    var dependencies: (@Sendable (Object) throws(InterpreterError) -> [DependentObjectReference])?
    var prune: (@Sendable (inout Object) -> Void)?

    func has(_ operation: InterpreterOperation) -> Bool {
        switch operation {
        case .retain: retain != nil
        case .interpretReplica: replicas != nil
        case .interpretComponent: components != nil
        case .reviseReplica: revise != nil
        case .interpretStatus: reflectStatus != nil
        case .aggregateStatus: aggregateStatus != nil
        case .interpretHealth: isHealthy != nil
        case .interpretDependency: dependencies != nil
        }
    }
}

extension KindRules {
    /// The kinds that are known. Those that are not have only the neutral answers.
    static let builtIn = [argo, flink, flux, kruise, kubeflow, kyverno, ray, spark, volcano].reduce(into: native) {
        $0.merge($1) { rules, _ in rules }
    }

    /// Kubernetes' own kinds.
    private static let native: [GroupVersionKind: KindRules] = [
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
