import Foundation
import Testing

@testable import APIServer

@Suite struct ControlPlaneKeysTests {
    /// The data directory of a replica.
    private final class Replica {
        let path = NSTemporaryDirectory() + "flotilla-keys-\(UUID().uuidString)"
        let directory: DataDirectory

        init() throws { directory = try DataDirectory(path: path) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func key(_ name: String = "sa.key") throws -> String? { try directory.read(name) }

        /// As at a start.
        func join(_ shared: ControlPlaneKeys) throws -> ControlPlaneKeys {
            let keys = try ControlPlaneKeys(try ControlPlaneKeys(encoded: shared.encoded), changedIn: path)
            try keys.install(in: path)
            return keys
        }

        /// What the documentation says.
        func retireKey() throws {
            try directory.write("sa.key.old", try #require(try key()), mode: 0o600)
            try directory.remove("sa.key")
        }
    }

    private func founded() async throws -> (Replica, ControlPlaneKeys) {
        let replica = try Replica()
        let keys = try await ControlPlaneKeys(foundingIn: replica.path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: replica.path) == [])
        try keys.install(in: replica.path)
        return (replica, keys)
    }

    @Test func whoComesLaterTakesTheKeysOfTheFirst() async throws {
        let (first, keys) = try await founded()
        #expect(keys.ofServiceAccounts.count == 1)
        #expect(try await ControlPlaneKeys(foundingIn: first.path) == keys)
        let second = try Replica()
        #expect(try second.join(keys) == keys)
        #expect(try second.key() == first.key())
        #expect(try second.key("ca.key") == first.key("ca.key"))
    }

    @Test func aKeyThatIsMovedAsideIsReplacedForAll() async throws {
        let (first, keys) = try await founded()
        let second = try Replica()
        _ = try second.join(keys)
        let old = try #require(try first.key())
        try first.retireKey()
        let changed = try first.join(keys)
        #expect(changed.ofServiceAccounts.count == 2 && changed.ofServiceAccounts[1] == old)
        #expect(try first.join(changed) == changed)
        #expect(try second.join(changed) == changed)
        #expect(try second.key() == first.key() && second.key("sa.key.old") == old)
        // Once more, and then the old one goes.
        try second.retireKey()
        let again = try second.join(changed)
        #expect(again.ofServiceAccounts[1] == changed.ofServiceAccounts[0])
        _ = try first.join(again)
        try first.directory.remove("sa.key.old")
        let cleared = try first.join(again)
        #expect(cleared.ofServiceAccounts == [again.ofServiceAccounts[0]])
        #expect(try second.join(cleared) == cleared)
        #expect(try second.key("sa.key.old") == nil)
        // One that was away all the time.
        let third = try Replica()
        _ = try third.join(keys)
        #expect(try third.join(cleared) == cleared)
        #expect(try third.key() == second.key())
    }

    @Test func foreignKeysAreRefused() async throws {
        let (_, keys) = try await founded()
        let (other, _) = try await founded()
        #expect(throws: APIServerError.self) { try other.join(keys) }
        let replica = try Replica()
        _ = try replica.join(keys)
        try replica.directory.write("sa.key", ServiceAccountKeys.makeKey(), mode: 0o600)
        let refusal = #expect(throws: APIServerError.self) { try replica.join(keys) }
        #expect("\(refusal.map { "\($0)" } ?? "")".contains("not the key that the replicas share"))
        try replica.directory.remove("sa.key")
        #expect(try replica.join(keys) == keys)
    }
}
