import Crypto
import Foundation
import JWTKit
import Kubernetes
import Testing

@testable import APIServer

@Suite struct ServiceAccountTokenTests {
    private static func withDirectory(_ body: (DataDirectory) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "flotilla-tokens-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(try DataDirectory(path: path))
    }

    private static func object(_ kind: String, _ name: String, namespace: String? = nil, uid: String) -> EncodedObject {
        let object = Object(apiVersion: "v1", kind: kind, namespace: namespace, name: name)
        return EncodedObject(
            bytes: object.json.encoded(), key: object.key, uid: uid, revision: 1, labels: [:])
    }

    private static let account = object("ServiceAccount", "bot", namespace: "default", uid: "1")
    private static let node = object("Node", "n", uid: "2")

    private static func lookup(_ collection: GroupResource, _ key: ObjectKey) -> EncodedObject? {
        [account, node].first { $0.key == key && ["serviceaccounts", "nodes"].contains(collection.resource) }
    }

    @Test func tokensCountForTheirAudienceAndWhatTheyAreBoundTo() async throws {
        try await Self.withDirectory { directory in
            let tokens = try await ServiceAccountTokens(in: directory, lookup: Self.lookup)
            let plain = try await tokens.issue(for: Self.account, audiences: [], seconds: 600)
            let user = try #require(await tokens.user(for: plain))
            #expect(user.name == "system:serviceaccount:default:bot")
            #expect(user.extra["authentication.kubernetes.io/credential-id"]?.first?.hasPrefix("JTI=") == true)
            #expect(await tokens.user(for: plain, audience: "vault") == nil)
            let other = try await tokens.issue(for: Self.account, audiences: ["vault"], seconds: 600)
            #expect(await tokens.user(for: other) == nil)
            #expect(await tokens.user(for: other, audience: "vault") != nil)
            let bound = try await tokens.issue(
                for: Self.account, audiences: [], seconds: 600, bound: (kind: "Node", name: "n", uid: "2"))
            #expect(await tokens.user(for: bound)?.extra["authentication.kubernetes.io/node-name"] == ["n"])
            let lost = try await tokens.issue(
                for: Self.account, audiences: [], seconds: 600, bound: (kind: "Node", name: "n", uid: "3"))
            #expect(await tokens.user(for: lost) == nil)
            let ended = try await tokens.issue(for: Self.account, audiences: [], seconds: -1)
            #expect(await tokens.user(for: ended) == nil)
        }
    }

    @Test func othersVerifyTokensByThePublishedKeys() async throws {
        try await Self.withDirectory { directory in
            let tokens = try await ServiceAccountTokens(in: directory, lookup: Self.lookup)
            let token = try await tokens.issue(for: Self.account, audiences: ["x"], seconds: 600)
            let set = try JSONDecoder().decode(JWKS.self, from: Data(tokens.keySet.encoded()))
            let verifier = try await JWTKeyCollection().add(jwks: set)
            struct Claims: JWTPayload {
                var sub: String
                func verify(using algorithm: some JWTAlgorithm) throws {}
            }
            #expect(try await verifier.verify(token, as: Claims.self).sub == "system:serviceaccount:default:bot")
            #expect(ServiceAccountTokens.discovery(server: "https://a:1")["jwks_uri"] == "https://a:1/openid/v1/jwks")
        }
    }

    @Test func tokensOfTheOldKeyCountUntilItIsRemoved() async throws {
        try await Self.withDirectory { directory in
            let first = try await ServiceAccountTokens(in: directory, lookup: Self.lookup)
            let token = try await first.issue(for: Self.account, audiences: [], seconds: 600)
            try directory.write("sa.key.old", try #require(try directory.read("sa.key")), mode: 0o600)
            try directory.write("sa.key", P256.Signing.PrivateKey().pemRepresentation, mode: 0o600)
            let second = try await ServiceAccountTokens(in: directory, lookup: Self.lookup)
            #expect(await second.user(for: token) != nil)
            #expect(second.keySet["keys"]?.array?.count == 2)
            try FileManager.default.removeItem(atPath: directory.path(of: "sa.key.old"))
            let third = try await ServiceAccountTokens(in: directory, lookup: Self.lookup)
            #expect(await third.user(for: token) == nil)
        }
    }
}
