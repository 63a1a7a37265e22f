import Client
import Kubernetes

/// What a cluster's Secret holds: the token to act with in the member, and the authority that the member's server shows.
struct ClusterSecret {
    private let data: JSON

    init(_ secret: EncodedObject) { data = secret.decoded()["data"] ?? .null }

    /// Of no Secret.
    init() { data = .null }

    private func value(_ key: String) -> [UInt8]? { data[key]?.string.flatMap(Base64.decode) }

    func token(of cluster: Cluster) throws -> String {
        guard let token = value("token"), !token.isEmpty else {
            throw ClusterAccessError("the secret for cluster \(cluster.name) is missing a non-empty value for \"token\"")
        }
        return String(decoding: token, as: UTF8.self)
    }

    /// How to reach the cluster, as its object says, with a token.
    func configuration(for cluster: Cluster, token: String) throws -> ClientConfiguration {
        guard !cluster.spec.apiEndpoint.isEmpty else {
            throw ClusterAccessError("the api endpoint of cluster \(cluster.name) is empty")
        }
        var configuration = ClientConfiguration(server: cluster.spec.apiEndpoint)
        configuration.token = token
        configuration.breaksCircuit = true
        if cluster.spec.insecureSkipTLSVerification {
            configuration.insecureSkipTLSVerify = true
        } else if cluster.spec.secretRef != nil {
            guard let authority = value("caBundle") else {
                throw ClusterAccessError(
                    "the secret for cluster \(cluster.name) is missing the CA data key \"caBundle\"")
            }
            configuration.certificateAuthority = authority
        }
        if !cluster.spec.proxyURL.isEmpty { configuration.proxyURL = cluster.spec.proxyURL }
        return configuration
    }
}
