import ArgumentParser
import Kubernetes

/// What is different about the clusters in a simulation.
struct ClusterChanges {
    /// Clusters that are gone.
    var removed: [String] = []
    /// Regions that are gone, with all their clusters.
    var removedRegions: [String] = []
    var taints: [TaintOption] = []

    var isEmpty: Bool { removed.isEmpty && removedRegions.isEmpty && taints.isEmpty }

    /// - Throws: for clusters and regions that there are not: nobody means to lose nothing.
    func applied(to clusters: [Cluster]) throws(CommandFailure) -> [Cluster] {
        let names = clusters.map(\.name).sorted()
        for name in removed where !names.contains(name) { throw Self.unknown("--without-cluster", "cluster", name, names) }
        let regions = Set(clusters.map(\.spec.region)).subtracting([""]).sorted()
        for name in removedRegions where !regions.contains(name) {
            throw Self.unknown("--without-region", "region", name, regions)
        }
        for taint in taints where !names.contains(taint.cluster) {
            throw Self.unknown("--taint", "cluster", taint.cluster, names)
        }
        var changed = clusters.filter { !removed.contains($0.name) && !removedRegions.contains($0.spec.region) }
        for index in changed.indices {
            for added in taints where added.cluster == changed[index].name {
                changed[index].spec.taints.removeAll { $0.key == added.taint.key && $0.effect == added.taint.effect }
                changed[index].spec.taints.append(added.taint)
            }
        }
        return changed
    }

    private static func unknown(_ option: String, _ what: String, _ name: String, _ known: [String]) -> CommandFailure {
        CommandFailure(
            "\(option): there is no \(what) \(name); there are \(known.isEmpty ? "none" : known.joined(separator: ", "))")
    }

    /// The clusters that a workload is evicted from in the end: those whose new `NoExecute` taints it does not tolerate for ever.
    func evicting(_ placement: Placement?) -> Set<String> {
        let tolerations = (placement?.clusterTolerations ?? []).filter { $0.tolerationSeconds == nil }
        let untolerated = taints.filter { added in
            added.taint.effect == .noExecute && !tolerations.contains { $0.tolerates(added.taint) }
        }
        return Set(untolerated.map(\.cluster))
    }
}

/// `CLUSTER=KEY=VALUE:EFFECT`, or `CLUSTER=KEY:EFFECT`.
struct TaintOption: ExpressibleByArgument {
    var cluster: String
    var taint: Taint

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, let colon = parts[parts.count - 1].lastIndex(of: ":") else { return nil }
        let last = parts[parts.count - 1]
        let effect = Taint.Effect(rawValue: String(last[last.index(after: colon)...]))
        guard [.noSchedule, .preferNoSchedule, .noExecute].contains(effect) else { return nil }
        let head = String(last[..<colon])
        let (key, value) = parts.count == 3 ? (parts[1], head) : (head, "")
        guard !parts[0].isEmpty, !key.isEmpty else { return nil }
        cluster = parts[0]
        taint = Taint(key: key, value: value, effect: effect)
    }
}
