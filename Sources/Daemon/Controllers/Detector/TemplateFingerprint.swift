import Kubernetes

/// What of a template matters to its propagation, in a few bytes: status and bookkeeping come and go without consequence.
struct TemplateFingerprint: Hashable, Sendable {
    /// What users wrote.
    var content: Int
    /// Which policy has claimed it.
    var claim: Claim?
    var uid: String
    var isBeingDeleted: Bool

    init(_ template: Object) {
        var hasher = Hasher()
        for (key, value) in template.json.object ?? [:] where key != "status" && key != "metadata" {
            hasher.combine(key)
            value.hash(into: &hasher)
        }
        for (key, value) in template.metadata.object ?? [:] where !Self.bookkeeping.contains(key) {
            if key == "labels" || key == "annotations" {
                for (name, value) in value.object ?? [:] where Self.isUsers(name) {
                    hasher.combine(key)
                    hasher.combine(name)
                    value.hash(into: &hasher)
                }
            } else {
                hasher.combine(key)
                value.hash(into: &hasher)
            }
        }
        content = hasher.finalize()
        claim = Claim(of: template)
        uid = template.uid
        isBeingDeleted = template.isBeingDeleted
    }

    private static let bookkeeping = ["resourceVersion", "generation", "managedFields"]

    /// Whether the fingerprints of two versions of a template are the same for certain: a comparison of trees that share most of
    /// their parts costs less than making one.
    static func areSame(_ old: EncodedObject, _ new: EncodedObject) -> Bool {
        guard let before = old.decoded().json.object, let after = new.decoded().json.object else { return false }
        return after.isEqual(to: before, except: ["metadata", "status"])
            && (after["metadata"]?.object ?? [:]).isEqual(to: before["metadata"]?.object ?? [:], except: bookkeeping)
    }

    /// Karmada's own labels and annotations change without a user's doing, except the ones that are there for users.
    private static func isUsers(_ name: String) -> Bool {
        !name.contains("karmada.io") || name == Label.skipAutoPropagation || name == Label.claimedBy
            || name == Annotation.conflictResolution
    }
}

extension JSON {
    /// Feeds the value to a hash function without encoding it.
    fileprivate func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .number(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .array(let elements):
            hasher.combine(elements.count)
            for element in elements { element.hash(into: &hasher) }
        case .object(let members):
            hasher.combine(members.count)
            for (key, value) in members {
                hasher.combine(key)
                value.hash(into: &hasher)
            }
        }
    }
}
