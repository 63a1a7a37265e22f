import Client
import Crypto
import Kubernetes
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The certificate with which an agent signs in: asked for with a bootstrap token at first, later with the certificate itself.
public struct AgentCertificate: Sendable {
    /// PEM, its chain after it.
    public let certificate: [UInt8]
    /// PEM.
    public let key: [UInt8]

    private static let signer = "kubernetes.io/kube-apiserver-client"
    private static let pollInterval = Duration.milliseconds(250)

    /// Makes a key, asks for a certificate of it, and waits until it is signed.
    /// - Parameters:
    ///   - seconds: how long it is to be valid, at least 600.
    ///   - patience: how long to wait for somebody to approve it.
    /// - Throws: `RegistrationError` where it is denied, or not there in time.
    public static func request(
        for cluster: String, from controlPlane: any ObjectClient, seconds: Int64, patience: Duration
    ) async throws -> AgentCertificate {
        let key = P256.Signing.PrivateKey()
        let name = "\(cluster)-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        try await inStep("request a certificate") {
            _ = try await controlPlane.create(
                try request(name, for: cluster, key, seconds: seconds), in: .certificateSigningRequests)
        }
        let deadline = ContinuousClock.now + patience
        while true {
            let status = try await inStep("read certificate request \(name)") {
                try await controlPlane.get(.certificateSigningRequests, ObjectKey(name: name)).decoded().status
            }
            if let text = status["certificate"]?.string, let pem = Base64.decode(text), !pem.isEmpty {
                return AgentCertificate(certificate: pem, key: Array(key.pemRepresentation.utf8))
            }
            for condition in status["conditions"]?.array ?? [] where ["Denied", "Failed"].contains(condition["type"]?.string) {
                throw RegistrationError(
                    "certificate request \(name): \(condition["type"]?.string ?? ""): \(condition["message"]?.string ?? "")")
            }
            guard ContinuousClock.now < deadline else {
                throw RegistrationError(
                    "certificate request \(name) was not approved within \(patience); an administrator can, with: "
                        + "kubectl certificate approve \(name)")
            }
            try await Task.sleep(for: pollInterval)
        }
    }

    private static func request(
        _ name: String, for cluster: String, _ key: P256.Signing.PrivateKey, seconds: Int64
    ) throws -> Object {
        let subject = try DistinguishedName {
            OrganizationName("system:karmada:agents")
            CommonName("system:karmada:agent:\(cluster)")
        }
        let request = try CertificateSigningRequest(
            version: .v1, subject: subject, privateKey: Certificate.PrivateKey(key), attributes: .init(),
            signatureAlgorithm: .ecdsaWithSHA256)
        var object = Object(
            apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", name: name)
        object.labels = ["karmada.io/system": "true"]
        object.spec = [
            "request": .string(Base64.encode(try request.serializeAsPEM().pemString.utf8)), "signerName": .string(signer),
            "usages": ["digital signature", "key encipherment", "client auth"], "expirationSeconds": .integer(seconds),
        ]
        return object
    }

    /// From when to when a PEM certificate is valid, in seconds since 1970; nil where it cannot be read.
    public static func validity(of pem: [UInt8]) -> ClosedRange<Double>? {
        guard let certificate = try? Certificate(pemEncoded: String(decoding: pem, as: UTF8.self)),
            certificate.notValidBefore <= certificate.notValidAfter
        else { return nil }
        return certificate.notValidBefore.timeIntervalSince1970...certificate.notValidAfter.timeIntervalSince1970
    }
}
