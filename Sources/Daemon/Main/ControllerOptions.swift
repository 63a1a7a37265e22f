import ArgumentParser
import Controllers
import Kubernetes

/// The flags of karmada-controller-manager that Flotilla's controllers have too, with its names and defaults.
struct ControllerOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "Controllers to run: * for all that are on by default, NAME for one more, -NAME for one less; separated by commas.")
    var controllers = CommaSeparated(["*"])

    @Option(help: "How often a cluster is probed and its status written.")
    var clusterStatusUpdateFrequency = GoDuration(.seconds(10))

    @Option(help: "How long a cluster must be well before it counts as ready again.")
    var clusterSuccessThreshold = GoDuration(.seconds(30))

    @Option(help: "How long a cluster must be unwell before it counts as not ready.")
    var clusterFailureThreshold = GoDuration(.seconds(30))

    @Option(help: "How long the agent of a Pull mode cluster may be silent before the cluster counts as Unknown.")
    var clusterMonitorGracePeriod = GoDuration(.seconds(40))

    @Option(help: "The same for a cluster whose agent has never reported.")
    var clusterStartupGracePeriod = GoDuration(.seconds(60))

    @Flag(help: "Move workloads out of clusters whose NoExecute taints they do not tolerate.")
    var enableNoExecuteTaintEviction = false

    @Option(help: "How workloads leave such a cluster: Gracefully, once they are well elsewhere, or Directly.")
    var noExecuteTaintEvictionPurgeMode = PurgeMode.gracefully

    @Option(help: "Evictions a second, of all clusters together; 0 for none.")
    var resourceEvictionRate = 0.5

    @Option(help: "The same while most clusters of a large fleet are not ready.")
    var secondaryResourceEvictionRate = 0.1

    @Option(help: "The share of clusters, 0 to 1, above which most count as not ready.")
    var unhealthyClusterThreshold = 0.55

    @Option(help: "A fleet is large when it has more clusters than this.")
    var largeClusterNumThreshold = 10

    @Option(help: "How long an evicted workload keeps its old place for want of a healthy new one.")
    var gracefulEvictionTimeout = GoDuration(.seconds(600))

    @Option(help: "Resources that are never propagated: GROUP, GROUP/VERSION or GROUP/VERSION/KIND,KIND; separated by semicolons.")
    var skippedPropagatingApis = ""

    @Option(parsing: .unconditional, help: "Namespaces that are never propagated: regular expressions, separated by commas.")
    var skippedPropagatingNamespaces = CommaSeparated(["kube-.*"])

    @Option(
        help: ArgumentHelp(
            "Sum up the nodes and pods of clusters in their status; without, replicas are not estimated.", valueName: "true|false"))
    var enableClusterResourceModeling = true

    @Option(help: "How often the controller descheduler, which is off by default, looks for replicas that have no node.")
    var deschedulingInterval = GoDuration(.seconds(120))

    @Option(help: "How long a replica must have been without a node for the descheduler to move it.")
    var unschedulableThreshold = GoDuration(.seconds(300))

    @Option(help: "How many objects a controller works on at a time.")
    var concurrentSyncs = ControllerConfiguration().concurrentSyncs

    @Option(help: "How many requests to one cluster are under way at a time.")
    var concurrentMemberSyncs = ControllerConfiguration().concurrentMemberSyncs

    @Option(
        help: ArgumentHelp(
            "Features to switch on or off, separated by commas. An unknown name is refused with the list of all.",
            valueName: "NAME=true|false"), transform: FeatureGates.init(parsing:))
    var featureGates = FeatureGates()

    @Option(help: "How often the use of FederatedResourceQuotas is counted anew.")
    var federatedResourceQuotaSyncPeriod = GoDuration(.seconds(300))

    var configuration: ControllerConfiguration {
        var configuration = ControllerConfiguration()
        configuration.controllers = controllers.items
        configuration.clusterStatusUpdateFrequency = clusterStatusUpdateFrequency.duration
        configuration.clusterSuccessThreshold = clusterSuccessThreshold.duration
        configuration.clusterFailureThreshold = clusterFailureThreshold.duration
        configuration.clusterMonitorGracePeriod = clusterMonitorGracePeriod.duration
        configuration.clusterStartupGracePeriod = clusterStartupGracePeriod.duration
        configuration.enableNoExecuteTaintEviction = enableNoExecuteTaintEviction
        configuration.noExecuteTaintEvictionPurgeMode = noExecuteTaintEvictionPurgeMode.value
        configuration.resourceEvictionRate = resourceEvictionRate
        configuration.secondaryResourceEvictionRate = secondaryResourceEvictionRate
        configuration.unhealthyClusterThreshold = unhealthyClusterThreshold
        configuration.largeClusterNumThreshold = largeClusterNumThreshold
        configuration.gracefulEvictionTimeout = gracefulEvictionTimeout.duration
        configuration.skippedPropagatingAPIs = skippedPropagatingApis
        configuration.skippedPropagatingNamespaces = skippedPropagatingNamespaces.items
        configuration.enableClusterResourceModeling = enableClusterResourceModeling
        configuration.deschedulingInterval = deschedulingInterval.duration
        configuration.unschedulableThreshold = unschedulableThreshold.duration
        configuration.concurrentSyncs = concurrentSyncs
        configuration.concurrentMemberSyncs = concurrentMemberSyncs
        configuration.featureGates = featureGates
        configuration.federatedResourceQuotaSyncPeriod = federatedResourceQuotaSyncPeriod.duration
        return configuration
    }

    func validate() throws {
        for (name, value) in [
            ("cluster-status-update-frequency", clusterStatusUpdateFrequency),
            ("cluster-failure-threshold", clusterFailureThreshold), ("cluster-success-threshold", clusterSuccessThreshold),
            ("descheduling-interval", deschedulingInterval),
            ("cluster-monitor-grace-period", clusterMonitorGracePeriod),
            ("cluster-startup-grace-period", clusterStartupGracePeriod),
            ("federated-resource-quota-sync-period", federatedResourceQuotaSyncPeriod),
        ] where value.duration <= .zero {
            throw ValidationError("--\(name): must be greater than 0, not \(value)")
        }
        for (name, rate) in [
            ("resource-eviction-rate", resourceEvictionRate), ("secondary-resource-eviction-rate", secondaryResourceEvictionRate),
        ] where !(rate >= 0) {
            throw ValidationError("--\(name): must not be negative")
        }
        guard (0...1).contains(unhealthyClusterThreshold) else {
            throw ValidationError("--unhealthy-cluster-threshold: must be between 0 and 1, not \(unhealthyClusterThreshold)")
        }
        guard largeClusterNumThreshold >= 0 else {
            throw ValidationError("--large-cluster-num-threshold: must not be negative")
        }
        for (name, value) in [("concurrent-syncs", concurrentSyncs), ("concurrent-member-syncs", concurrentMemberSyncs)] {
            guard (1...1024).contains(value) else { throw ValidationError("--\(name): must be between 1 and 1024, not \(value)") }
        }
    }
}

/// `--no-execute-taint-eviction-purge-mode`
enum PurgeMode: String, ExpressibleByArgument, CaseIterable {
    case gracefully = "Gracefully"
    case directly = "Directly"

    fileprivate var value: GracefulEvictionTask.PurgeMode {
        switch self {
        case .gracefully: .gracefully
        case .directly: .directly
        }
    }
}

/// `a,b,c`.
struct CommaSeparated: ExpressibleByArgument, CustomStringConvertible {
    var items: [String]

    init(_ items: [String]) { self.items = items }
    init(argument: String) { items = argument.split(separator: ",").map { String($0.trimmingPrefix(" ")) } }

    var description: String { items.joined(separator: ",") }
    var defaultValueDescription: String { description }
}

/// A duration as Go's flags have it: `300ms`, `1.5s`, `2m30s`, `1h`.
struct GoDuration: ExpressibleByArgument, CustomStringConvertible {
    var duration: Duration

    private static let units: [(suffix: String, nanoseconds: Double)] = [
        // "ms" before "m" and "s", so that the longest suffix is found first.
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        var rest = argument[...]
        var total = 0.0
        repeat {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            guard let value = Double(digits), let unit = Self.units.first(where: { rest.hasPrefix($0.suffix) }) else { return nil }
            rest = rest.dropFirst(unit.suffix.count)
            total += value * unit.nanoseconds
        } while !rest.isEmpty
        guard total < 1e18 else { return nil }
        duration = .nanoseconds(Int64(total))
    }

    var description: String {
        let (seconds, attoseconds) = duration.components
        return attoseconds == 0 ? "\(seconds)s" : "\(Double(seconds) + Double(attoseconds) * 1e-18)s"
    }
    var defaultValueDescription: String { description }
}
