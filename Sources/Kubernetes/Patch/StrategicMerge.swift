extension JSON {
    /// The value changed by a strategic merge patch, as `k8s.io/apimachinery/pkg/util/strategicpatch` does it
    /// (https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/).
    ///
    /// Objects merge member by member and null removes one; lists are replaced, but those with the patch strategy "merge" merge
    /// element by element. Directives in the patch say more: `$patch` (`replace`, `delete`), `$retainKeys`,
    /// `$deleteFromPrimitiveList/<field>`, `$setElementOrder/<field>`.
    /// - Parameter schema: the value's type, which knows the strategies and merge keys; without one every list is replaced.
    public func strategicMerging(_ patch: JSON, schema: TypeSchema?) throws(PatchError) -> JSON {
        guard case .object(let changes) = patch, let members = isNull ? JSONObject() : object else {
            throw PatchError(.malformed, "invalid JSON document: a strategic merge patch is an object that changes an object")
        }
        return .object(try StrategicMerge.merge(members, changes, schema))
    }
}

private enum StrategicMerge {
    static let directive = "$patch"
    static let retainKeys = "$retainKeys"
    static let deletions = "$deleteFromPrimitiveList"
    static let elementOrder = "$setElementOrder"

    // MARK: Objects

    static func merge(_ original: JSONObject, _ patch: JSONObject, _ schema: TypeSchema?) throws(PatchError) -> JSONObject {
        if let type = patch[directive] {
            switch type.string {
            case "replace":
                var replacement = patch
                replacement[directive] = nil
                return withoutDirectives(.object(replacement))?.object ?? JSONObject()
            case "delete": return JSONObject()
            default: throw PatchError(.malformed, "unknown patch type: \(type) in map: \(JSON.object(patch))")
            }
        }
        var result = original
        var patch = patch
        try retain(&result, &patch)
        for (key, order) in patch where key.hasPrefix(elementOrder) {
            patch[key] = nil
            let field = try self.field(of: key, prefix: elementOrder, "invalid patch format of setElementOrder list")
            try within(field) { () throws(PatchError) in
                try mergeOrdered(&result, &patch, field: field, order: order, schema?.field(field))
            }
        }
        for (key, change) in patch {
            let isDeletion = key.hasPrefix(deletions)
            let field = isDeletion ? try self.field(of: key, prefix: deletions, "invalid patch format of primitive list") : key
            try within(field) { () throws(PatchError) in
                try isDeletion
                    ? delete(change, from: &result[field]) : merge(change, into: &result[field], schema?.field(field))
            }
        }
        return result
    }

    /// Adds to errors where they are.
    private static func within(_ field: String, _ body: () throws(PatchError) -> Void) throws(PatchError) {
        do {
            try body()
        } catch {
            throw error.below(field)
        }
    }

    private static func field(of key: String, prefix: String, _ problem: String) throws(PatchError) -> String {
        guard key.hasPrefix(prefix + "/") else { throw PatchError(.malformed, "\(problem): \(key)") }
        return String(key.dropFirst(prefix.count + 1))
    }

    /// Drops the members that `$retainKeys` does not list.
    private static func retain(_ original: inout JSONObject, _ patch: inout JSONObject) throws(PatchError) {
        guard let list = patch[retainKeys] else { return }
        patch[retainKeys] = nil
        guard let names = list.array else { throw PatchError(.malformed, "invalid patch format of retainKeys: not a list") }
        let kept = Set(names.compactMap(\.string))
        for (key, value) in patch where !value.isNull && !key.hasPrefix(deletions) && !key.hasPrefix(elementOrder) {
            guard kept.contains(key) else {
                throw PatchError(.malformed, "invalid patch format of retainKeys: it does not list \(key)")
            }
        }
        for key in original.keys where !kept.contains(key) { original[key] = nil }
    }

    private static func merge(_ change: JSON, into value: inout JSON?, _ schema: TypeSchema?) throws(PatchError) {
        switch (value, change) {
        case (_, .null):
            value = nil
        case (.object(let members), .object(let changes)):
            value = .object(try merge(members, changes, schema))
        case (.array(let elements), .array(let changes)):
            value = .array(try merge(elements, changes, schema))
        default:
            value = withoutDirectives(change)
        }
    }

    private static func delete(_ deleted: JSON, from value: inout JSON?) throws(PatchError) {
        guard let deleted = deleted.array else {
            throw PatchError(.malformed, "invalid patch format of primitive list: not a list")
        }
        guard let elements = value?.array else { return }
        let names = Set(deleted.map(\.description))
        value = .array(elements.filter { !names.contains($0.description) })
    }

    /// What a patch adds where there was nothing: no nulls, no directives, and nothing that is to be deleted.
    private static func withoutDirectives(_ value: JSON) -> JSON? {
        switch value {
        case .array(let elements):
            return .array(elements.compactMap(withoutDirectives))
        case .object(let members):
            guard members[directive] == nil else { return nil }
            return .object(
                JSONObject(
                    members.compactMap { key, value in
                        guard !value.isNull, !isDirective(key) else { return nil }
                        return withoutDirectives(value).map { (key, $0) }
                    }))
        default:
            return value
        }
    }

    private static func isDirective(_ key: String) -> Bool {
        key == retainKeys || key.hasPrefix(deletions + "/") || key.hasPrefix(elementOrder + "/")
    }

    // MARK: Lists

    /// How elements of a list are told apart: by their merge key, or by themselves.
    private struct Identity {
        let mergeKey: String?

        func callAsFunction(_ element: JSON) throws(PatchError) -> String {
            guard let mergeKey else { return element.description }
            guard let value = element[mergeKey] else {
                throw PatchError(.malformed, "map: \(element) does not contain declared merge key: \(mergeKey)")
            }
            return value.description
        }

        /// The first place of each element.
        func places(of elements: [JSON]) throws(PatchError) -> [String: Int] {
            var places = [String: Int](minimumCapacity: elements.count)
            for (index, element) in elements.enumerated() {
                let name = try self(element)
                if places[name] == nil { places[name] = index }
            }
            return places
        }
    }

    private static func merge(_ original: [JSON], _ patch: [JSON], _ schema: TypeSchema?) throws(PatchError) -> [JSON] {
        guard let schema, schema.patchStrategy.contains(.merge) else { return patch.compactMap(withoutDirectives) }
        guard !original.isEmpty || !patch.isEmpty else { return original }
        guard try areObjects(original + patch) else {
            let identity = Identity(mergeKey: nil)
            var seen: Set<String> = []
            let merged = (original + patch).filter { seen.insert($0.description).inserted }
            return try ordered(merged, first: patch, then: original, identity)
        }
        guard let mergeKey = schema.mergeKey else {
            throw PatchError(.inapplicable, "cannot merge lists without merge key")
        }
        let identity = Identity(mergeKey: mergeKey)
        let (remaining, changes) = try applyDirectives(original, patch, identity)
        var merged = remaining
        var places = try identity.places(of: merged)
        for change in changes {
            let name = try identity(change)
            if let index = places[name], let members = merged[index].object, let changes = change.object {
                do {
                    merged[index] = .object(try merge(members, changes, schema.element))
                } catch {
                    throw error.below("[\(mergeKey)=\(name)]")
                }
            } else if let added = withoutDirectives(change) {
                places[name] = merged.count
                merged.append(added)
            }
        }
        return try ordered(merged, first: changes, then: remaining, identity)
    }

    /// Whether all elements are objects, rather than none.
    private static func areObjects(_ elements: [JSON]) throws(PatchError) -> Bool {
        let objects = elements.count { $0.object != nil }
        guard !elements.contains(where: { $0.array != nil }) else {
            throw PatchError(.inapplicable, "lists of lists are not supported")
        }
        guard objects == 0 || objects == elements.count else {
            throw PatchError(.inapplicable, "list element types are not identical")
        }
        return objects > 0
    }

    /// Carries out the `$patch` directives among the elements; gives what is left of the list, and of the patch.
    private static func applyDirectives(
        _ original: [JSON], _ patch: [JSON], _ identity: Identity
    ) throws(PatchError) -> (original: [JSON], patch: [JSON]) {
        var changes: [JSON] = []
        var deleted: Set<String> = []
        var replaces = false
        for element in patch {
            guard let type = element[directive] else {
                changes.append(element)
                continue
            }
            switch type.string {
            case "delete": deleted.insert(try identity(element))
            case "replace": replaces = true
            case "merge": throw PatchError(.malformed, "merging lists cannot yet be specified in the patch")
            default: throw PatchError(.malformed, "unknown patch type: \(type) in map: \(element)")
            }
        }
        if replaces { return (changes.compactMap(withoutDirectives), []) }
        guard !deleted.isEmpty else { return (original, changes) }
        var remaining: [JSON] = []
        for element in original where !deleted.contains(try identity(element)) { remaining.append(element) }
        return (remaining, changes)
    }

    // MARK: Order

    /// Merges a list whose order the patch gives in `$setElementOrder`.
    private static func mergeOrdered(
        _ original: inout JSONObject, _ patch: inout JSONObject, field: String, order: JSON, _ schema: TypeSchema?
    ) throws(PatchError) {
        let current = try list(original[field])
        let change = try list(patch[field])
        guard let order = order.array else {
            throw PatchError(.malformed, "invalid patch format of setElementOrder list: not a list")
        }
        let identity = Identity(mergeKey: schema?.mergeKey)
        try checkOrder(of: change ?? [], follows: order, identity)
        patch[field] = nil
        let merged: [JSON]
        switch (current, change) {
        case (let current?, let change?): merged = try merge(current, change, schema)
        case (let current?, nil): merged = current
        case (nil, let change?): merged = change.compactMap(withoutDirectives)
        case (nil, nil): return
        }
        let serverOrder = try serverOrder(of: current ?? [], change ?? [], identity)
        original[field] = .array(try ordered(merged, first: order, then: serverOrder, identity))
    }

    /// The order that elements keep where `$setElementOrder` says nothing: that of the list, in which added elements take the places
    /// that deleted ones left free, because kube-apiserver edits the list in place.
    private static func serverOrder(
        of elements: [JSON], _ patch: [JSON], _ identity: Identity
    ) throws(PatchError) -> [JSON] {
        guard !patch.contains(where: { $0[directive] == "replace" }) else { return elements }
        let (remaining, changes) = try applyDirectives(elements, patch, identity)
        let places = try identity.places(of: remaining)
        var added: [JSON] = []
        for change in changes where places[try identity(change)] == nil { added.append(change) }
        return remaining + added.prefix(elements.count - remaining.count)
    }

    private static func list(_ value: JSON?) throws(PatchError) -> [JSON]? {
        guard let value else { return nil }
        guard let elements = value.array else {
            throw PatchError(.inapplicable, "expected a list, but received \(value.typeName)")
        }
        return elements
    }

    /// Every element of the patch must be in the order list, in the same order.
    private static func checkOrder(of patch: [JSON], follows order: [JSON], _ identity: Identity) throws(PatchError) {
        guard !order.isEmpty else { return }
        var names: [String] = []
        for element in patch where element[directive] == nil { names.append(try identity(element)) }
        var rest = names[...]
        for element in order where try identity(element) == rest.first { rest.removeFirst() }
        guard rest.isEmpty else {
            throw PatchError(
                .malformed,
                "The order in patch list: \(JSON.array(patch)) doesn't match \(elementOrder) list: \(JSON.array(order))")
        }
    }

    /// Puts the elements that `first` names in its order, and weaves the others in, each before the first of those that it
    /// precedes in `then`.
    private static func ordered(
        _ elements: [JSON], first: [JSON], then: [JSON], _ identity: Identity
    ) throws(PatchError) -> [JSON] {
        let firstPlaces = try identity.places(of: first)
        let thenPlaces = try identity.places(of: then)
        var named: [(place: Int, name: String, element: JSON)] = []
        var others: [(place: Int, name: String, element: JSON)] = []
        for element in elements {
            let name = try identity(element)
            if let place = firstPlaces[name] {
                named.append((place, name, element))
            } else {
                others.append((thenPlaces[name] ?? Int.max, name, element))
            }
        }
        named.sort { $0.place < $1.place }
        others.sort { $0.place < $1.place }
        var result: [JSON] = []
        var rest = others[...]
        for (_, name, element) in named {
            if let place = thenPlaces[name] {
                while let other = rest.first, other.place < place {
                    result.append(other.element)
                    rest.removeFirst()
                }
            }
            result.append(element)
        }
        return result + rest.map(\.element)
    }
}
