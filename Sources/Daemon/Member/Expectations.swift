import Synchronization

/// What owners have created and deleted and not yet seen in the cache, so that nothing is made twice while the cache lags
/// (client-go's controller expectations).
final class Expectations: Sendable {
    private struct Pending {
        var creations = 0
        var deletions: Set<String> = []
        var since = ContinuousClock.now

        var isFulfilled: Bool { creations <= 0 && deletions.isEmpty }
    }

    /// After this time the cache is believed, whatever was expected of it.
    static let patience = Duration.seconds(60)

    private let pending = Mutex<[String: Pending]>([:])

    /// Whether the cache shows everything that was done for this owner.
    func areFulfilled(for owner: String) -> Bool {
        pending.withLock { pending in
            guard let entry = pending[owner] else { return true }
            guard entry.isFulfilled || entry.since.duration(to: .now) > Self.patience else { return false }
            pending[owner] = nil
            return true
        }
    }

    /// To be called before the creation, whose event may come before its answer.
    func expectCreation(for owner: String) {
        pending.withLock { pending in
            pending[owner, default: Pending()].creations += 1
            pending[owner]?.since = .now
        }
    }

    /// To be called before the deletion.
    func expectDeletion(of uid: String, for owner: String) {
        pending.withLock { pending in
            pending[owner, default: Pending()].deletions.insert(uid)
            pending[owner]?.since = .now
        }
    }

    /// One was created, or will not be.
    func observeCreation(for owner: String) { pending.withLock { $0[owner]?.creations -= 1 } }

    /// One was deleted, or will not be.
    func observeDeletion(of uid: String, for owner: String) { pending.withLock { _ = $0[owner]?.deletions.remove(uid) } }

    func forget(_ owner: String) { pending.withLock { $0[owner] = nil } }
}
