import Client
import Crypto
import Kubernetes
import Logging
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Finds out what certificate authority a control plane has, from nothing but its address, a token that both know, and (better)
/// the hash of the authority's public key: as kubeadm and karmadactl do.
public struct ControlPlaneDiscovery: Sendable {
    /// `https://host:port`
    public let server: String
    private let token: BootstrapToken
    /// `sha256:…`, of the DER form of the authority's public key; empty to trust the token alone.
    private let pins: [String]
    private let logger: Logger

    private static let path = "/api/v1/namespaces/kube-public/configmaps/cluster-info"

    public init(server: String, token: BootstrapToken, pins: [String], logger: Logger) {
        self.server = server
        self.token = token
        self.pins = pins.map { $0.lowercased() }
        self.logger = logger
    }

    /// The PEM of the authority.
    /// - Throws: `RegistrationError` where the server does not prove to be the one that was meant.
    public func certificateAuthority() async throws -> [UInt8] {
        var configuration = ClientConfiguration(server: server)
        configuration.insecureSkipTLSVerify = true
        let info = try await info(configuration)
        guard let kubeconfig = info["kubeconfig"]?.string else {
            throw RegistrationError("the cluster-info ConfigMap of \(server) has no kubeconfig")
        }
        // What came over a connection that anybody may have answered counts only with a signature by the secret of the token.
        guard let signature = info["jws-kubeconfig-\(token.id)"]?.string else {
            throw RegistrationError(
                "token id \"\(token.id)\" is invalid for this cluster or it has expired: nothing is signed by it", isFinal: false)
        }
        guard isValid(signature, of: kubeconfig) else {
            throw RegistrationError("failed to verify JWS signature of received cluster info object, can't trust this API Server")
        }
        let authority = try Self.authority(in: kubeconfig)
        guard !pins.isEmpty else { return authority }
        guard pins.contains(try Self.pin(of: authority)) else {
            throw RegistrationError("the certificate authority of \(server) is none of those that were given by their hashes")
        }
        // The server must have the key as well.
        configuration.insecureSkipTLSVerify = false
        configuration.certificateAuthority = authority
        guard try await self.info(configuration)["kubeconfig"]?.string == kubeconfig else {
            throw RegistrationError("the cluster-info ConfigMap of \(server) is another over a secure connection")
        }
        return authority
    }

    /// The only cluster in the kubeconfig has no name.
    private static func authority(in kubeconfig: String) throws -> [UInt8] {
        let clusters = try YAML.parse(kubeconfig).first?.json["clusters"]?.array ?? []
        guard clusters.count == 1, let text = clusters[0]["cluster", "certificate-authority-data"]?.string,
            let authority = Base64.decode(text)
        else { throw RegistrationError("the cluster-info ConfigMap names no certificate authority") }
        return authority
    }

    private func info(_ configuration: ClientConfiguration) async throws -> JSON {
        try await inStep("read the cluster-info ConfigMap") {
            let client = try HTTPObjectClient(configuration, logger: logger)
            let info = try await client.get(.configMaps, ObjectKey(namespace: "kube-public", name: "cluster-info"))
            return info.decoded()["data"] ?? .null
        }
    }

    /// Whether a detached JSON Web Signature (RFC 7515, appendix F) is by the token.
    func isValid(_ signature: String, of content: String) -> Bool {
        let parts = signature.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[1].isEmpty, let header = Base64.decodeURL(parts[0]),
            let json = try? JSON(parsing: header), json["alg"]?.string == "HS256", json["kid"]?.string == token.id,
            let code = Base64.decodeURL(parts[2])
        else { return false }
        let input = parts[0] + "." + Base64.encodeURL(content.utf8)
        return HMAC<SHA256>.isValidAuthenticationCode(
            Data(code), authenticating: Data(input.utf8), using: SymmetricKey(data: Data(token.secret.utf8)))
    }

    /// The hash of the public key of a PEM certificate: `sha256:…`.
    public static func pin(of authority: [UInt8]) throws -> String {
        let certificate = try Certificate(pemEncoded: String(decoding: authority, as: UTF8.self))
        let digest = SHA256.hash(data: Data(try certificate.publicKey.serializeAsPEM().derBytes))
        return "sha256:" + digest.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
    }
}
