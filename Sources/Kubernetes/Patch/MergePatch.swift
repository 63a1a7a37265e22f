extension JSON {
    /// The value changed by a JSON merge patch (RFC 7386): members of the patch replace the value's, and null removes one.
    public func merging(_ patch: JSON) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        var members = object ?? JSONObject()
        for (key, change) in changes {
            if change.isNull {
                members[key] = nil
            } else {
                members[key] = (members[key] ?? .null).merging(change)
            }
        }
        return .object(members)
    }

    /// The merge patch that turns `original` into `modified`; an empty object where they are equal. A null in an object of
    /// `modified` cannot be said in a merge patch, and counts as missing.
    public static func mergePatch(from original: JSON, to modified: JSON) -> JSON {
        guard case .object(let before) = original, case .object(let after) = modified else { return modified }
        var changes: [(String, JSON)] = []
        for key in before.keys where after[key] == nil { changes.append((key, .null)) }
        for (key, value) in after {
            guard let old = before[key], !value.isNull else {
                changes.append((key, value))
                continue
            }
            guard old != value else { continue }
            changes.append((key, mergePatch(from: old, to: value)))
        }
        return .object(JSONObject(changes))
    }
}
