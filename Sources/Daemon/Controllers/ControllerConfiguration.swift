import Kubernetes

/// How the controllers behave. The defaults, and the names of the flags that change them, are karmada-controller-manager's.
public struct ControllerConfiguration: Sendable {
    /// `--controllers`: `*` for all that are on by default, `name` for one more, `-name` for one less; the first item that
    /// names a controller counts.
    public var controllers: [String] = ["*"]

    /// `--cluster-status-update-frequency`: how often a cluster is probed and its status written.
    public var clusterStatusUpdateFrequency = Duration.seconds(10)
    /// `--cluster-success-threshold`: how long a cluster must be well before it counts as ready again.
    public var clusterSuccessThreshold = Duration.seconds(30)
    /// `--cluster-failure-threshold`: how long a cluster must be unwell before it counts as not ready.
    public var clusterFailureThreshold = Duration.seconds(30)
    /// `--cluster-monitor-grace-period`: for how long an agent may be silent before its cluster counts as `Unknown`.
    public var clusterMonitorGracePeriod = Duration.seconds(40)
    /// `--cluster-startup-grace-period`: the same for a cluster whose agent has never reported.
    public var clusterStartupGracePeriod = Duration.seconds(60)
    /// `--enable-cluster-resource-modeling`: whether nodes and pods of clusters are watched, and summed up in their status.
    public var enableClusterResourceModeling = true

    /// `--enable-no-execute-taint-eviction`: whether workloads leave clusters with `NoExecute` taints.
    public var enableNoExecuteTaintEviction = false
    /// `--no-execute-taint-eviction-purge-mode`: how they leave where their policy does not say.
    public var noExecuteTaintEvictionPurgeMode = GracefulEvictionTask.PurgeMode.gracefully
    /// `--resource-eviction-rate`: evictions a second, of all clusters together; 0 for none at all.
    public var resourceEvictionRate = 0.5
    /// `--secondary-resource-eviction-rate`: evictions a second while a large fleet is mostly down; 0 for none at all.
    public var secondaryResourceEvictionRate = 0.1
    /// `--unhealthy-cluster-threshold`: the share of clusters, 0 to 1, above which a fleet counts as mostly down.
    public var unhealthyClusterThreshold = 0.55
    /// `--large-cluster-num-threshold`: fleets of this many clusters or fewer are not large.
    public var largeClusterNumThreshold = 10
    /// `--graceful-eviction-timeout`: how long the old place is kept for want of a healthy new one.
    public var gracefulEvictionTimeout = Duration.seconds(600)

    /// `--skipped-propagating-apis`: `group`, `group/version` or `group/version/Kind,Kind`, separated by semicolons; in
    /// addition to those that are never propagated.
    public var skippedPropagatingAPIs = ""
    /// `--skipped-propagating-namespaces`: regular expressions for whole names, beside those that the control plane reserves.
    public var skippedPropagatingNamespaces = ["kube-.*"]

    /// `--federated-resource-quota-sync-period`: how often the use of quotas is counted anew.
    public var federatedResourceQuotaSyncPeriod = Duration.seconds(300)
    /// `--descheduling-interval`: how often the descheduler looks for replicas without a node.
    public var deschedulingInterval = Duration.seconds(120)
    /// `--unschedulable-threshold`: how long a replica must have been without a node for that.
    public var unschedulableThreshold = Duration.seconds(300)

    /// `--concurrent-*-syncs`. Work waits for the store and for members far more than for a processor.
    public var concurrentSyncs = 16
    /// Requests to one member under way at a time.
    public var concurrentMemberSyncs = 16

    /// `--feature-gates`.
    public var featureGates = FeatureGates()

    public init() {}

    var evictionRate: EvictionRate {
        EvictionRate(
            primary: resourceEvictionRate, secondary: secondaryResourceEvictionRate,
            unhealthyThreshold: unhealthyClusterThreshold, largeFleet: largeClusterNumThreshold)
    }
}

/// Why controllers cannot be set up: names the flag.
public struct ControllerConfigurationError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
