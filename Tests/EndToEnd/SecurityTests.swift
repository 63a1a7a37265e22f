import Crypto
import Foundation
import Kubernetes
import Testing
import X509

extension EndToEnd {
    /// Signing in with a certificate and with a token, and what the audit log says of it.
    @Suite struct SecurityTests {
        @Test func certificatesTokensAndTheAuditLog() async throws {
            let workspace = try Workspace()
            let log = workspace.url.appending(path: "audit.log")
            let server = try await Daemon.serve(["--store", "memory", "--audit-log-path", log.path], in: workspace)

            // A certificate.
            let key = P256.Signing.PrivateKey()
            let request = try CertificateSigningRequest(
                version: .v1,
                subject: DistinguishedName {
                    OrganizationName("devs")
                    CommonName("ann")
                }, privateKey: Certificate.PrivateKey(key), attributes: .init(), signatureAlgorithm: .ecdsaWithSHA256)
            let pem = try request.serializeAsPEM().pemString
            _ = try await server.kubectl(
                "create", "-f", "-",
                input: """
                    apiVersion: certificates.k8s.io/v1
                    kind: CertificateSigningRequest
                    metadata: {name: ann}
                    spec:
                      request: \(Base64.encode(pem.utf8))
                      signerName: kubernetes.io/kube-apiserver-client
                      usages: [client auth]
                      expirationSeconds: 3600
                    """
            ).quiet()
            #expect(try await server.kubectl("get", "csr", "ann", "--no-headers").output.hasSuffix("60m   Pending\n"))
            _ = try await server.kubectl("certificate", "approve", "ann").quiet()
            let issued = Box("")
            try await eventually("the certificate is issued") {
                issued.value = try await server.kubectl("get", "csr", "ann", "-o", "jsonpath={.status.certificate}").output
                return !issued.value.isEmpty
            }
            let certificate = workspace.url.appending(path: "ann.crt")
            try Data(try #require(Base64.decode(issued.value))).write(to: certificate)
            let keyFile = workspace.url.appending(path: "ann.key")
            try Data(key.pemRepresentation.utf8).write(to: keyFile)
            let ann = try await server.kubeconfig(
                of: "ann", ["--client-certificate=\(certificate.path)", "--client-key=\(keyFile.path)"])
            let identity = try await server.kubectl(as: ann, "auth", "whoami", "-o", "jsonpath={.status.userInfo}").quiet()
            #expect(identity.contains(#""username":"ann""#))
            #expect(identity.contains(#""groups":["devs","system:authenticated"]"#))

            // What she may do.
            let refused = try await server.kubectl(as: ann, "get", "secrets")
            #expect(refused.errors.contains("User \"ann\" cannot list resource \"secrets\""))
            _ = try await server.kubectl("create", "rolebinding", "ann", "--clusterrole=edit", "--user=ann").quiet()
            try await eventually("the binding counts") { try await server.kubectl(as: ann, "get", "secrets").status == 0 }
            _ = try await server.kubectl(as: ann, "create", "secret", "generic", "s", "--from-literal=k=nobodys-business").quiet()

            // A bootstrap token.
            _ = try await server.kubectl(
                "create", "secret", "generic", "bootstrap-token-abcdef", "-n", "kube-system",
                "--type=bootstrap.kubernetes.io/token", "--from-literal=token-id=abcdef",
                "--from-literal=token-secret=0123456789abcdef", "--from-literal=usage-bootstrap-authentication=true"
            ).quiet()
            let agent = try await server.kubeconfig(of: "agent", ["--token=abcdef.0123456789abcdef"])
            #expect(
                try await server.kubectl(as: agent, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}").quiet()
                    == "system:bootstrap:abcdef")

            try await server.stop()
            let text = try String(contentsOf: log, encoding: .utf8)
            let events = try text.split(separator: "\n").map { try JSON(parsing: String($0)) }
            func codes(_ user: String, _ verb: String, _ resource: String) -> [Int] {
                events.filter {
                    $0["user", "username"]?.string == user && $0["verb"]?.string == verb
                        && $0["objectRef", "resource"]?.string == resource
                }.compactMap { $0["responseStatus", "code"]?.int }
            }
            #expect(codes("ann", "list", "secrets").first == 403)
            #expect(codes("ann", "list", "secrets").last == 200)
            #expect(codes("ann", "create", "secrets") == [201])
            #expect(codes("system:bootstrap:abcdef", "create", "selfsubjectreviews") == [201])
            for secret in ["nobodys-business", Base64.encode("nobodys-business".utf8), "0123456789abcdef"] {
                #expect(!text.contains(secret))
            }
        }
    }
}
