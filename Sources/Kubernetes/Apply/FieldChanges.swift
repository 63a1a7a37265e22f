/// Which fields differ between two states of a value.
public struct FieldChanges: Sendable, Equatable {
    public private(set) var added = FieldSet()
    public private(set) var modified = FieldSet()
    public private(set) var removed = FieldSet()
    private var path: [PathElement] = []

    public init(from old: JSON, to new: JSON, _ schema: TypeSchema?) { compare(old, new, schema) }

    public var isEmpty: Bool { added.isEmpty && modified.isEmpty && removed.isEmpty }

    /// The fields that have a value now which they did not have before.
    public var written: FieldSet { added.union(modified) }

    /// Leaves `fields` out.
    mutating func ignore(_ fields: FieldSet) {
        added.subtract(fields)
        modified.subtract(fields)
        removed.subtract(fields)
    }

    private mutating func compare(_ old: JSON?, _ new: JSON?, _ schema: TypeSchema?) {
        guard old != new else { return }
        let isInside = compareMembers(old, new, schema) || compareElements(old, new, schema)
        if old == nil {
            added.insert(path)
        } else if new == nil {
            removed.insert(path)
        } else if !isInside {
            modified.insert(path)
        }
    }

    /// - Returns: false where the values are not compared member by member.
    private mutating func compareMembers(_ old: JSON?, _ new: JSON?, _ schema: TypeSchema?) -> Bool {
        guard let before = Granularity.members(of: old, schema), let after = Granularity.members(of: new, schema),
            !(before.isEmpty && after.isEmpty)
        else { return false }
        for (name, member) in before { compare(member, after[name], schema?.field(name), at: .field(name)) }
        for (name, member) in after where before[name] == nil { compare(nil, member, schema?.field(name), at: .field(name)) }
        return true
    }

    private mutating func compareElements(_ old: JSON?, _ new: JSON?, _ schema: TypeSchema?) -> Bool {
        guard let before = Granularity.elements(of: old, schema), let after = Granularity.elements(of: new, schema),
            !(before.isEmpty && after.isEmpty)
        else { return false }
        var found = Dictionary(uniqueKeysWithValues: after.map { ($0.id, $0.value) })
        for element in before { compare(element.value, found.removeValue(forKey: element.id), schema?.element, at: element.id) }
        for (id, value) in found { compare(nil, value, schema?.element, at: id) }
        return true
    }

    private mutating func compare(_ old: JSON?, _ new: JSON?, _ schema: TypeSchema?, at element: PathElement) {
        path.append(element)
        compare(old, new, schema)
        path.removeLast()
    }
}
