import Kubernetes

/// Which clusters' pods reach each other, as far as users say so.
enum PodNetwork {
    /// Flotilla's own label on a Cluster, which names the network that its pods are in. Clusters of different networks do not
    /// reach each other's pods; one without the label is taken to reach all, as is the way with Karmada.
    static let label = "networking.flotilla.dev/network"

    /// Of a MultiClusterService: false where some of its consumers do not reach some of its providers. Not there where that never
    /// was so.
    static let connectedCondition = "NetworksConnected"

    /// Who would call endpoints in vain.
    struct Gap: Sendable, Hashable, CustomStringConvertible {
        var provider: String
        var consumer: String
        var networks: [String]

        var description: String {
            "endpoints in \(provider) are not given to \(consumer): the networks \(networks.joined(separator: " and ")) "
                + "are not connected"
        }
    }
}

extension ControlPlane {
    /// What keeps the pods of `consumer` from those of `provider`; nil where nothing is known to.
    func gap(from provider: String, to consumer: String) -> PodNetwork.Gap? {
        guard provider != consumer, let here = cluster(provider)?.labels[PodNetwork.label],
            let there = cluster(consumer)?.labels[PodNetwork.label], here != there, !here.isEmpty, !there.isEmpty
        else { return nil }
        return PodNetwork.Gap(provider: provider, consumer: consumer, networks: [here, there])
    }
}
