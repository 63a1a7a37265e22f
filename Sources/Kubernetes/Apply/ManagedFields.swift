/// Who owns which fields of an object (`metadata.managedFields`;
/// https://kubernetes.io/docs/reference/using-api/server-side-apply/).
public struct ManagedFields: Sendable, Equatable {
    /// How a manager came by its fields.
    public enum Operation: String, Sendable {
        case apply = "Apply"
        case update = "Update"
    }

    /// One manager's way of writing. What it applies is one claim, whatever version it applies in; updates are one claim a
    /// version.
    public struct Owner: Hashable, Sendable {
        public let manager: String
        public let operation: Operation
        /// Empty where the manager applies.
        public let apiVersion: String
        /// Empty for the object itself.
        public let subresource: String

        public init(_ manager: String, _ operation: Operation, apiVersion: String, subresource: String? = nil) {
            self.manager = manager
            self.operation = operation
            self.apiVersion = operation == .apply ? "" : apiVersion
            self.subresource = subresource ?? ""
        }
    }

    struct Claim: Sendable, Equatable {
        var fields: FieldSet
        var apiVersion: String
        /// When the claim last changed; nil for entries that do not say.
        var time: Timestamp?
    }

    var claims: [Owner: Claim] = [:]

    public init() {}

    public var isEmpty: Bool { claims.isEmpty }

    /// What nobody owns: the identity of an object, and what the server alone decides.
    static let untracked = FieldSet(fieldsV1: [
        "f:apiVersion": [:], "f:kind": [:],
        "f:metadata": [
            ".": [:], "f:creationTimestamp": [:], "f:generation": [:], "f:managedFields": [:], "f:name": [:], "f:namespace": [:],
            "f:resourceVersion": [:], "f:selfLink": [:], "f:uid": [:],
        ],
    ]) ?? FieldSet()
}

// MARK: - The wire form

extension ManagedFields {
    /// Reads `metadata.managedFields`; nil where an entry is not as it should be.
    public init?(_ json: JSON?) {
        for entry in json?.array ?? [] {
            guard let operation = Operation(rawValue: entry["operation"]?.string ?? ""),
                entry["fieldsType"]?.string == "FieldsV1", let apiVersion = entry["apiVersion"]?.string, !apiVersion.isEmpty,
                let fields = FieldSet(fieldsV1: entry["fieldsV1"] ?? [:])
            else { return nil }
            let owner = Owner(
                entry["manager"]?.string ?? "", operation, apiVersion: apiVersion, subresource: entry["subresource"]?.string)
            claims[owner] = Claim(fields: fields, apiVersion: apiVersion, time: entry["time"]?.string.flatMap(Timestamp.init))
        }
    }

    /// Whether a client asks with this to forget all owners: a list of one empty entry. (An empty list does not, as clients
    /// that know nothing of owners send it.)
    public static func isReset(_ json: JSON?) -> Bool { json == [[:]] }

    /// `metadata.managedFields`: appliers first, then by time. Nil where nobody owns anything.
    public var json: JSON? {
        guard !claims.isEmpty else { return nil }
        return .array(
            sortedClaims.map { owner, claim in
                var entry: JSON = [
                    "manager": .string(owner.manager), "operation": .string(owner.operation.rawValue),
                    "apiVersion": .string(claim.apiVersion), "fieldsType": "FieldsV1", "fieldsV1": claim.fields.fieldsV1,
                ]
                if let time = claim.time { entry["time"] = .string(time.description) }
                if !owner.subresource.isEmpty { entry["subresource"] = .string(owner.subresource) }
                return entry
            })
    }

    private var sortedClaims: [(key: Owner, value: Claim)] {
        func rank(_ owner: Owner, _ claim: Claim) -> (String, Int64, String, String, String) {
            (owner.operation.rawValue, claim.time?.seconds ?? .min, owner.manager, claim.apiVersion, owner.subresource)
        }
        return claims.sorted { rank($0.key, $0.value) < rank($1.key, $1.value) }
    }
}

// MARK: - Updates

extension ManagedFields {
    /// Claims of updates that an object may have; older ones are put together.
    static let maximumUpdateClaims = 10
    static let ancientManager = "ancient-changes"

    /// Gives what a create, update or patch changed to who did it, and takes it from all others.
    public mutating func recordUpdate(
        from old: JSON, to new: JSON, by owner: Owner, apiVersion: String, _ schema: TypeSchema?, at time: Timestamp
    ) {
        var changes = FieldChanges(from: old, to: new, schema)
        changes.ignore(Self.untracked)
        guard !changes.isEmpty else { return }
        let written = changes.written
        withdraw { _ in written.union(changes.removed) }
        guard !written.isEmpty else { return }
        claims[owner, default: Claim(fields: FieldSet(), apiVersion: apiVersion)].fields.formUnion(written)
        claims[owner]?.time = time
        limitUpdateClaims()
    }

    /// Takes fields from everybody's claims; claims of nothing go.
    mutating func withdraw(_ fields: (Owner) -> FieldSet) {
        for owner in Array(claims.keys) {
            claims[owner]?.fields.subtract(fields(owner))
            if claims[owner]?.fields.isEmpty == true { claims[owner] = nil }
        }
    }

    private mutating func limitUpdateClaims() {
        let updates = sortedClaims.filter { $0.key.operation == .update }
        var excess = updates.count - Self.maximumUpdateClaims
        for (owner, claim) in updates where excess > 0 && owner.manager != Self.ancientManager {
            let ancient = Owner(Self.ancientManager, .update, apiVersion: claim.apiVersion)
            let isNew = claims[ancient] == nil
            claims[owner] = nil
            claims[ancient, default: Claim(fields: FieldSet(), apiVersion: claim.apiVersion)].fields.formUnion(claim.fields)
            claims[ancient]?.time = claim.time
            if !isNew { excess -= 1 }
        }
    }
}
