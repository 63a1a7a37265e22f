import Foundation
import Kubernetes
import Testing
import X509

@testable import APIServer

@Suite struct CertificateAuthorityTests {
    private func withDirectory(_ body: (DataDirectory) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "flotilla-pki-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(try DataDirectory(path: path))
    }

    @Test func credentialsAreKeptWhileTheyServe() throws {
        try withDirectory { directory in
            let authority = try CertificateAuthority(in: directory)
            let purpose = CertificateAuthority.Purpose.server(names: ["localhost", "127.0.0.1", "::1"])
            let first = try authority.credential(named: "a", for: purpose, in: directory)
            let again = try CertificateAuthority(in: directory).credential(named: "a", for: purpose, in: directory)
            #expect(again.certificate == first.certificate)
            let wider = CertificateAuthority.Purpose.server(names: ["localhost", "127.0.0.1", "::1", "example.com"])
            #expect(try authority.credential(named: "a", for: wider, in: directory).certificate != first.certificate)
        }
    }

    @Test func credentialsOfAnotherAuthorityAreReplaced() throws {
        try withDirectory { directory in
            let purpose = AdminKubeconfig.purpose
            let first = try CertificateAuthority(in: directory).credential(named: "admin", for: purpose, in: directory)
            for name in ["ca.crt", "ca.key"] { try FileManager.default.removeItem(atPath: directory.path(of: name)) }
            let authority = try CertificateAuthority(in: directory)
            let second = try authority.credential(named: "admin", for: purpose, in: directory)
            #expect(second.certificate != first.certificate)
            #expect(authority.certificate.publicKey.isValidSignature(second.certificate.signature, for: second.certificate))
        }
    }

    @Test func subjectsNameUserAndGroups() throws {
        try withDirectory { directory in
            let credential = try CertificateAuthority(in: directory).issue(for: .client(user: "eve", groups: ["devs", "ops"]))
            let user = try #require(UserInfo(certificate: credential.certificate))
            #expect(user.name == "eve")
            #expect(Set(user.groups) == ["devs", "ops", "system:authenticated"])
        }
    }

    @Test func addressesAreToldFromNames() {
        #expect(IPAddress.bytes(of: "127.0.0.1") == [127, 0, 0, 1])
        #expect(IPAddress.bytes(of: "::1")?.count == 16)
        #expect(IPAddress.bytes(of: "localhost") == nil)
        #expect(IPAddress.bytes(of: "1.2.3") == nil)
    }
}
