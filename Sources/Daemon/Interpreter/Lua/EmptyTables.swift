import Kubernetes

/// Tells empty arrays from empty objects in what a script returns: to Lua both are the same empty table.
///
/// What was empty in the objects that the script got is what it was there. Of an empty table that the script made nobody knows
/// what it means, and it is left out, as Karmada does.
struct EmptyTables {
    private var arrays: Set<[String]> = []
    private var objects: Set<[String]> = []

    /// - Parameter references: the objects that the script got and may have returned parts of.
    init(references: [JSON] = []) {
        for reference in references { collect(reference, at: []) }
    }

    /// - Parameter isObject: what an answer is that is empty altogether.
    func resolve(_ answer: JSON, isObject: Bool) -> JSON {
        if answer == .array([]) { return isObject ? .object([:]) : answer }
        return resolve(answer, at: []) ?? .null
    }

    /// Elements of an array share the path of their array.
    private mutating func collect(_ value: JSON, at path: [String]) {
        switch value {
        case .array(let elements):
            if elements.isEmpty { arrays.insert(path) }
            for element in elements { collect(element, at: path) }
        case .object(let members):
            if members.isEmpty { objects.insert(path) }
            for (key, member) in members { collect(member, at: path + [key]) }
        default: break
        }
    }

    /// - Returns: nil for an empty table of unknown meaning.
    private func resolve(_ value: JSON, at path: [String]) -> JSON? {
        switch value {
        case .array(let elements):
            if elements.isEmpty { return objects.contains(path) ? .object([:]) : arrays.contains(path) ? value : nil }
            return .array(elements.compactMap { resolve($0, at: path) })
        case .object(let members):
            return .object(JSONObject(members.compactMap { key, member in resolve(member, at: path + [key]).map { (key, $0) } }))
        default: return value
        }
    }
}
