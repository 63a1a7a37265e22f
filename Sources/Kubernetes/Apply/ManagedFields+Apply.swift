extension ManagedFields {
    /// Server-side apply: sets what `configuration` names, and removes what the manager applied before, names no more and nobody
    /// else owns.
    ///
    /// Claims in other API versions count as if they were in this one: all but a few kinds have the same members in all versions.
    /// - Parameters:
    ///   - configuration: what the manager wants; its fields are the manager's afterwards.
    ///   - force: take over what others own with other values, rather than fail.
    /// - Returns: the object as it should be.
    public mutating func apply(
        _ configuration: JSON, to live: JSON, by owner: Owner, apiVersion: String, force: Bool, _ schema: TypeSchema?,
        at time: Timestamp
    ) throws(ApplyConflict) -> JSON {
        let last = claims[owner]
        let wanted = FieldSet(of: configuration, schema)
        claims[owner] = Claim(fields: wanted, apiVersion: apiVersion, time: last?.time)
        var result = live.applying(configuration, schema)
        if let last { result = prune(result, last.fields, schema) }

        var changes = FieldChanges(from: live, to: result, schema)
        changes.ignore(Self.untracked)
        let written = changes.written
        let conflicts = claims.compactMapValues { claim in
            let fields = claim.fields.intersection(written)
            return fields.isEmpty ? nil : fields
        }.filter { $0.key != owner }
        guard force || conflicts.isEmpty else { throw ApplyConflict(fields: conflicts) }

        withdraw { other in other == owner ? Self.untracked : (conflicts[other] ?? FieldSet()).union(changes.removed) }
        if !changes.isEmpty || claims[owner]?.fields != last?.fields { claims[owner]?.time = time }
        return result
    }

    /// Removes what a manager owned (`last`) and nobody owns any more.
    private func prune(_ merged: JSON, _ last: FieldSet, _ schema: TypeSchema?) -> JSON {
        let last = last.addingDeclaredFields(schema)
        let managed = claims.values.reduce(into: FieldSet()) { $0.formUnion($1.fields) }.addingDeclaredFields(schema)
        let all = FieldSet(of: merged, schema).addingDeclaredFields(schema)
        func fields(_ value: JSON?) -> FieldSet {
            value.map { FieldSet(of: $0, schema).addingDeclaredFields(schema) } ?? FieldSet()
        }
        // Without all that was the manager's; then with all that is somebody's. What the server filled in below a field that goes
        // goes with it, and what it filled in elsewhere stays, although nobody owns either.
        let without = fields(merged.removing(last, schema))
        let owned = fields(merged.removing(all.subtracting(without).subtracting(managed), schema))
        return merged.removing(all.subtracting(owned).intersection(last), schema) ?? [:]
    }
}

/// Fields that an applied configuration would change, and other managers own.
public struct ApplyConflict: Error, Sendable, Equatable {
    public let fields: [ManagedFields.Owner: FieldSet]

    /// The fields one by one, with who owns them; in order.
    private var conflicts: [(owner: String, path: String)] {
        fields.map { (owner: $0.key.shown, paths: $0.value.paths) }.sorted { $0.owner < $1.owner }
            .flatMap { conflict in conflict.paths.map { (conflict.owner, $0) } }
    }

    /// 409, as kube-apiserver says it.
    public var error: APIError {
        let conflicts = conflicts
        return APIError(
            code: 409, reason: .conflict, message: message(conflicts),
            details: .init(
                causes: conflicts.map {
                    .init(reason: "FieldManagerConflict", message: "conflict with \($0.owner)", field: $0.path)
                }))
    }

    private func message(_ conflicts: [(owner: String, path: String)]) -> String {
        if conflicts.count == 1 {
            return "Apply failed with 1 conflict: conflict with \(conflicts[0].owner): \(conflicts[0].path)"
        }
        let owners = Dictionary(grouping: conflicts, by: \.owner).sorted { $0.key < $1.key }.map { owner, conflicts in
            "conflicts with \(owner):" + conflicts.map { "\n- \($0.path)" }.joined()
        }
        return "Apply failed with \(conflicts.count) conflicts: \(owners.joined(separator: "\n"))"
    }
}

extension ManagedFields.Owner {
    /// As conflicts name it: `"kubectl-edit" using v1`.
    fileprivate var shown: String {
        var text = "\(JSON.string(manager))"
        if !subresource.isEmpty { text += " with subresource \(JSON.string(subresource))" }
        return operation == .update ? text + " using \(apiVersion)" : text
    }
}
