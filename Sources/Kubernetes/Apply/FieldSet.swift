/// A set of places in a value: which fields somebody owns.
///
/// A place may be in the set without the places below it, and the other way round: who owns `.spec.replicas` need not own
/// `.spec`.
public struct FieldSet: Sendable, Equatable {
    /// Never holds a node without a member in or below it, so that equal sets are equal values.
    private var nodes: [PathElement: Node] = [:]

    private struct Node: Sendable, Equatable {
        var isMember = false
        var below = FieldSet()

        var isEmpty: Bool { !isMember && below.isEmpty }
    }

    public init() {}

    public var isEmpty: Bool { nodes.isEmpty }

    /// Whether the place one step down is a member itself.
    public func contains(_ element: PathElement) -> Bool { nodes[element]?.isMember ?? false }

    public func contains(_ path: some Collection<PathElement>) -> Bool {
        guard let first = path.first else { return false }
        return path.count == 1 ? contains(first) : below(first).contains(path.dropFirst())
    }

    /// The places below a step, seen from there.
    public func below(_ element: PathElement) -> FieldSet { nodes[element]?.below ?? FieldSet() }

    public mutating func insert(_ path: some Collection<PathElement>) {
        guard let first = path.first else { return }
        if path.count == 1 {
            nodes[first, default: Node()].isMember = true
        } else {
            nodes[first, default: Node()].below.insert(path.dropFirst())
        }
    }

    /// Adds what is known of the place one step down.
    mutating func add(_ element: PathElement, isMember: Bool, below: FieldSet) {
        let node = Node(isMember: isMember, below: below)
        if !node.isEmpty { nodes[element] = node }
    }

    /// The members' paths, in order, as messages show them: `.spec.containers[name="web"].image`.
    public var paths: [String] {
        nodes.sorted { $0.key < $1.key }.flatMap { element, node in
            (node.isMember ? ["\(element)"] : []) + node.below.paths.map { "\(element)\($0)" }
        }
    }
}

// MARK: - Algebra

extension FieldSet {
    public mutating func formUnion(_ other: FieldSet) {
        nodes.merge(other.nodes) { left, right in
            var node = left
            node.isMember = left.isMember || right.isMember
            node.below.formUnion(right.below)
            return node
        }
    }

    public func union(_ other: FieldSet) -> FieldSet {
        var result = self
        result.formUnion(other)
        return result
    }

    /// Takes away the members of `other`, but not what lies below them.
    public mutating func subtract(_ other: FieldSet) {
        for (element, taken) in other.nodes {
            guard var node = nodes[element] else { continue }
            if taken.isMember { node.isMember = false }
            node.below.subtract(taken.below)
            nodes[element] = node.isEmpty ? nil : node
        }
    }

    public func subtracting(_ other: FieldSet) -> FieldSet {
        var result = self
        result.subtract(other)
        return result
    }

    public func intersection(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        for (element, node) in nodes {
            guard let others = other.nodes[element] else { continue }
            result.add(
                element, isMember: node.isMember && others.isMember, below: node.below.intersection(others.below))
        }
        return result
    }

    /// With the declared members of objects on the way to the set's places: who owns the last field of a `strategy` owns the
    /// `strategy` as far as removing it goes.
    func addingDeclaredFields(_ schema: TypeSchema?) -> FieldSet {
        var result = FieldSet()
        for (element, node) in nodes {
            let name = element.fieldName
            let isDeclared = name.map { schema?.object?.field($0) != nil } ?? false
            let type = name.map { schema?.field($0) } ?? schema?.element
            result.add(
                element, isMember: node.isMember || (isDeclared && !node.below.isEmpty),
                below: node.below.addingDeclaredFields(type))
        }
        return result
    }
}

// MARK: - FieldsV1

extension FieldSet {
    /// Reads `fieldsV1` of a managed fields entry; nil where it is no such thing.
    public init?(fieldsV1 json: JSON) {
        guard case .object(let members) = json else { return nil }
        for (key, value) in members where key != "." {
            guard let element = PathElement(parsing: key), let below = FieldSet(fieldsV1: value) else { return nil }
            // A step with nothing below it stands for itself.
            add(element, isMember: value["."] != nil || below.isEmpty, below: below)
        }
    }

    public var fieldsV1: JSON {
        .object(
            JSONObject(
                nodes.map { element, node in
                    var below = node.below.fieldsV1
                    if node.isMember && !node.below.isEmpty { below["."] = [:] }
                    return (element.encoded, below)
                }))
    }
}
