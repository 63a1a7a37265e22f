import Crypto
import Foundation
import Kubernetes
import Logging
import Testing
import X509

@testable import APIServer

@Suite(.timeLimit(.minutes(1))) struct SigningRequestTests {
    private static func pem(user: String, group: String? = nil) throws -> String {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let subject = try DistinguishedName {
            if let group { OrganizationName(group) }
            CommonName(user)
        }
        let request = try X509.CertificateSigningRequest(
            version: .v1, subject: subject, privateKey: key, attributes: .init(), signatureAlgorithm: .ecdsaWithSHA256)
        return try request.serializeAsPEM().pemString
    }

    private static func request(
        _ name: String, _ pem: String, signer: String = "kubernetes.io/kube-apiserver-client",
        usages: JSON = ["client auth", "digital signature"]
    ) -> Object {
        var object = Object(apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", name: name)
        object.spec = [
            "request": .string(Base64.encode(pem.utf8)), "signerName": .string(signer), "usages": usages,
            "username": "somebody else", "expirationSeconds": 3600,
        ]
        return object
    }

    private static let ann = UserInfo(name: "ann", groups: ["system:authenticated"])

    private func approve(_ server: TestServer, _ name: String, _ type: String = "Approved", as user: UserInfo? = nil) async throws
    {
        let requests = try server.resource("certificates.k8s.io", "certificatesigningrequests")
        _ = try await server.objects.update(
            requests, ObjectKey(name: name), subresource: "approval", WriteOptions(user: user)
        ) { current in
            var changed = current
            changed.status["conditions"] = [["type": .string(type), "status": "True", "reason": "Test"]]
            // Approving changes nothing else.
            changed.status["certificate"] = "Zm9yZ2Vk"
            return changed
        }
    }

    @Test func approvedRequestsAreSigned() async throws {
        let server = try await TestServer()
        let requests = try server.resource("certificates.k8s.io", "certificatesigningrequests")
        let pem = try Self.pem(user: "system:agent", group: "system:karmada:agents")
        let created = try await server.create(requests, Self.request("a", pem), WriteOptions(user: Self.ann)).decoded()
        #expect(created.spec["username"] == "ann")
        #expect(created.spec["groups"] == ["system:authenticated"])
        let running = Task { await server.server.runCertificateSigning(server.objects) }
        defer { running.cancel() }
        try await approve(server, "a")
        #expect(
            await eventually {
                SigningRequest(server.store.get(SigningRequest.collection, created.key)!.decoded()).object.status["certificate"]
                    != nil
            })
        let signed = try #require(server.store.get(SigningRequest.collection, created.key)).decoded()
        let bytes = try #require(signed.status["certificate"]?.string.flatMap(Base64.decode))
        let certificate = try Certificate(pemEncoded: String(decoding: bytes, as: UTF8.self))
        let user = try #require(UserInfo(certificate: certificate))
        #expect(user.name == "system:agent")
        #expect(user.groups == ["system:karmada:agents", "system:authenticated"])
        #expect(server.server.authority.certificate.publicKey.isValidSignature(certificate.signature, for: certificate))
        #expect(certificate.notValidAfter < Date.now + 3700)
    }

    @Test func deniedRequestsAndThoseOfOtherSignersAreNot() async throws {
        let server = try await TestServer()
        let requests = try server.resource("certificates.k8s.io", "certificatesigningrequests")
        let pem = try Self.pem(user: "u")
        for (name, signer) in [("denied", "kubernetes.io/kube-apiserver-client"), ("other", "example.com/mine")] {
            try await server.create(requests, Self.request(name, pem, signer: signer))
        }
        // Its usages are not those of a client.
        try await server.create(requests, Self.request("odd", pem, usages: ["server auth"]))
        try await approve(server, "denied", "Denied")
        for name in ["other", "odd"] { try await approve(server, name) }
        let running = Task { await server.server.runCertificateSigning(server.objects) }
        defer { running.cancel() }
        func stored(_ name: String) throws -> SigningRequest {
            SigningRequest(try #require(server.store.get(SigningRequest.collection, ObjectKey(name: name))).decoded())
        }
        #expect(try await eventually { try stored("odd").has(condition: "Failed") })
        for name in ["denied", "other", "odd"] { #expect(try stored(name).object.status["certificate"] == nil) }
        // A decision is final.
        let change = await #expect(throws: APIError.self) { try await approve(server, "denied", "Approved") }
        #expect(change?.code == 422)
    }

    @Test func faultyRequestsAreRefused() async throws {
        let server = try await TestServer()
        let requests = try server.resource("certificates.k8s.io", "certificatesigningrequests")
        func refusal(_ object: Object) async throws -> APIError? {
            await #expect(throws: APIError.self) { try await server.create(requests, object) }
        }
        #expect(try await refusal(Self.request("a", "nonsense"))?.details?.causes.map(\.field) == ["spec.request"])
        let pem = try Self.pem(user: "u")
        #expect(try await refusal(Self.request("a", pem, usages: []))?.details?.causes.map(\.field) == ["spec.usages"])
        #expect(try await refusal(Self.request("a", pem, signer: "mine"))?.details?.causes.map(\.field) == ["spec.signerName"])
        let masters = try Self.pem(user: "u", group: "system:masters")
        #expect(try await refusal(Self.request("a", masters))?.code == 403)
    }

    @Test func approvingNeedsThePermissionForTheSigner() async throws {
        let server = try await TestServer()
        let requests = try server.resource("certificates.k8s.io", "certificatesigningrequests")
        try await server.create(requests, Self.request("a", try Self.pem(user: "u")))
        let refusal = await #expect(throws: APIError.self) { try await approve(server, "a", as: Self.ann) }
        #expect(
            refusal?.message == """
                certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to approve requests with \
                signerName "kubernetes.io/kube-apiserver-client"
                """)
        var binding = Object(apiVersion: "\(RoleIndex.group)/v1", kind: "ClusterRoleBinding", name: "approver")
        binding["roleRef"] = [
            "apiGroup": .string(RoleIndex.group), "kind": "ClusterRole",
            "name": "system:certificates.k8s.io:kube-apiserver-client-approver",
        ]
        binding["subjects"] = [["kind": "User", "apiGroup": .string(RoleIndex.group), "name": "ann"]]
        try await server.create(try server.resource(RoleIndex.group, "clusterrolebindings"), binding)
        try server.authorizer.load()
        try await approve(server, "a", as: Self.ann)
    }
}
