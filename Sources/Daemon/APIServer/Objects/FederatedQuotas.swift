import Kubernetes
import Store

/// Keeps ResourceBindings within the FederatedResourceQuotas of their namespace (Karmada's validation of bindings behind the
/// gate `FederatedQuotaEnforcement`): what a binding asks for beyond what it asked for before is added to each quota's
/// `status.overallUsed`, or the write is refused.
///
/// The count goes before the binding itself is written, so that no two bindings get the same rest of a quota; what is counted
/// for a write that then fails is taken off again.
struct FederatedQuotas: Sendable {
    /// What was counted for a write that is still to come.
    struct Reservation: Sendable {
        fileprivate var quota: ObjectKey
        fileprivate var amounts: ResourceList
    }

    private static let collection = GroupResource(group: "policy.karmada.io", resource: "federatedresourcequotas")
    static let bindings = ResourceBinding.resource.groupResource
    /// How often a count starts over because another binding was counted at the same time.
    private static let attempts = 32

    let store: any ObjectStore

    /// - Parameter old: the binding as it is; nil for a new one.
    /// - Throws: `QuotaExceeded` (403) where a quota does not have that much left; nothing is counted then.
    func reserve(_ binding: Object, old: Object?, isDryRun: Bool) async throws(APIError) -> [Reservation] {
        var more = ResourceBinding.Spec(binding.spec).resourceUse
        if let old { more.add(ResourceBinding.Spec(old.spec).resourceUse, times: -1) }
        more = more.filter { !$0.value.isZero }
        guard !more.isEmpty else { return [] }
        var reservations: [Reservation] = []
        do throws(APIError) {
            for quota in try quotas(in: binding.namespace) {
                if let reservation = try await count(more, in: quota.key, isDryRun: isDryRun) { reservations.append(reservation) }
            }
        } catch {
            await release(reservations)
            throw error
        }
        return reservations
    }

    /// Runs the write that was counted; where it fails, what was counted is taken off again.
    func keep<Result, Failure: Error>(
        _ reservations: [Reservation], for write: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        do {
            return try await write()
        } catch {
            await release(reservations)
            throw error
        }
    }

    /// Where taking off fails too, the controller's next count helps.
    private func release(_ reservations: [Reservation]) async {
        for reservation in reservations {
            let back = reservation.amounts.mapValues { -$0 }
            _ = try? await count(back, in: reservation.quota, isDryRun: false)
        }
    }

    private func quotas(in namespace: String) throws(APIError) -> [EncodedObject] {
        do {
            return try store.list(Self.collection, ListQuery(namespace: namespace)).items
        } catch {
            throw APIError(error)
        }
    }

    /// - Returns: what was counted; nil where the quota does not limit any of it, and for a dry run.
    private func count(_ more: ResourceList, in key: ObjectKey, isDryRun: Bool) async throws(APIError) -> Reservation? {
        var attempts = 0
        while true {
            attempts += 1
            guard let current = store.get(Self.collection, key) else { return nil }
            var quota = current.decoded()
            let overall = ResourceList(quota.spec["overall"] ?? .null)
            let counted = more.filter { overall[$0.key] != nil }
            guard !counted.isEmpty else { return nil }
            var used = ResourceList(quota.status["overallUsed"] ?? .null)
            used.add(counted)
            try Self.check(used, after: counted, within: overall, key)
            if isDryRun { return nil }
            quota.json["status", default: [:]]["overallUsed"] = used.json
            do {
                _ = try await store.write(Write(.update(quota, expected: current.revision), Self.collection, key))
                return Reservation(quota: key, amounts: counted)
            } catch .conflict where attempts < Self.attempts {
                continue
            } catch .notFound {
                return nil
            } catch {
                throw APIError(error)
            }
        }
    }

    /// Asking for less is always allowed, even where there is too much already.
    private static func check(
        _ used: ResourceList, after more: ResourceList, within overall: ResourceList, _ key: ObjectKey
    ) throws(APIError) {
        for (name, amount) in used.sorted(by: { $0.key < $1.key }) where more[name].map({ $0 > .zero }) ?? false {
            guard let limit = overall[name], amount > limit else { continue }
            throw APIError(
                code: 403, reason: .quotaExceeded,
                message: "admission webhook \"resourcebinding.karmada.io\" denied the request: "
                    + "FederatedResourceQuota(\(key)) exceeded for resource \(name): requested sum \(amount), limit \(limit).")
        }
    }
}
