/// How far server-side apply looks into a value: objects member by member and lists element by element where their types say so;
/// the rest as a whole (https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
enum Granularity {
    /// The members of an object that is owned member by member: none for a missing or null value, nil for one that is taken
    /// whole.
    static func members(of value: JSON?, _ schema: TypeSchema?) -> JSONObject? {
        if let schema {
            guard !schema.isAtomicMap else { return nil }
            switch schema.shape {
            case .any, .map, .object: break
            default: return nil
            }
        }
        switch value {
        case nil, .null?: return JSONObject()
        case .object(let members)?: return members
        default: return nil
        }
    }

    /// An element of a list, and what tells it from the others.
    typealias Element = (id: PathElement, value: JSON)

    /// The elements of a list that is owned element by element: none for a missing or null value, nil for one that is taken
    /// whole. A list whose elements cannot be told apart is taken whole.
    static func elements(of value: JSON?, _ schema: TypeSchema?) -> [Element]? {
        guard let schema, let type = schema.element, schema.listType != .atomic else { return nil }
        let values: [JSON]
        switch value {
        case nil, .null?: return []
        case .array(let elements)?: values = elements
        default: return nil
        }
        var elements: [Element] = []
        var seen: Set<PathElement> = []
        for value in values {
            guard let id = id(of: value, type, schema.listType), seen.insert(id).inserted else { return nil }
            elements.append((id, value))
        }
        return elements
    }

    private static func id(of value: JSON, _ type: TypeSchema, _ listType: TypeSchema.ListType) -> PathElement? {
        switch listType {
        case .atomic: return nil
        case .set: return .value(value)
        case .map(let keys):
            var members = JSONObject()
            for key in keys { members[key] = value[key] ?? type.object?.field(key)?.defaultValue }
            return members.isEmpty ? nil : .key(members)
        }
    }
}

extension FieldSet {
    /// The fields that a value sets.
    public init(of value: JSON, _ schema: TypeSchema?) { self = Self.node(of: value, schema).below }

    private static func node(of value: JSON, _ schema: TypeSchema?) -> (isMember: Bool, below: FieldSet) {
        var below = FieldSet()
        if case .object = value, let members = Granularity.members(of: value, schema) {
            for (name, member) in members {
                let node = node(of: member, schema?.field(name))
                let isDeclared = schema?.object?.field(name) != nil
                let isEmpty = member.isNull || member.object?.isEmpty == true
                below.add(.field(name), isMember: node.isMember || isEmpty || !isDeclared, below: node.below)
            }
            return (false, below)
        }
        if case .array = value, let elements = Granularity.elements(of: value, schema) {
            for element in elements {
                below.add(element.id, isMember: true, below: node(of: element.value, schema?.element).below)
            }
            return (false, below)
        }
        return (true, below)
    }
}
