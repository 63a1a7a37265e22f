extension JSON {
    /// The value with everything that `configuration` sets; what it does not name stays.
    func applying(_ configuration: JSON, _ schema: TypeSchema?) -> JSON {
        if case .object = self, case .object = configuration, var members = Granularity.members(of: self, schema),
            let changes = Granularity.members(of: configuration, schema)
        {
            for (name, change) in changes {
                members[name] = members[name]?.applying(change, schema?.field(name)) ?? change
            }
            return .object(members)
        }
        if case .array = self, case .array = configuration, let elements = Granularity.elements(of: self, schema),
            let changes = Granularity.elements(of: configuration, schema)
        {
            return .array(Self.merge(elements, changes, schema?.element))
        }
        return configuration
    }

    /// Elements that both lists have come in the order of `changes`; those of one list alone stay behind the element that they
    /// follow there.
    private static func merge(
        _ elements: [Granularity.Element], _ changes: [Granularity.Element], _ schema: TypeSchema?
    ) -> [JSON] {
        let current = Dictionary(uniqueKeysWithValues: elements.map { ($0.id, $0.value) })
        let changed = Set(changes.map(\.id))
        var shared = changes.lazy.map(\.id).filter { current[$0] != nil }[...]
        var result: [JSON] = []
        var left = elements[...]
        var right = changes[...]
        while true {
            if let element = left.first {
                if !changed.contains(element.id) {
                    result.append(element.value)
                    left.removeFirst()
                    continue
                }
                if element.id != shared.first {
                    left.removeFirst()  // it came already, or comes where the configuration wants it
                    continue
                }
            }
            guard let change = right.popFirst() else { return result }
            if let value = current[change.id] {
                result.append(value.applying(change.value, schema))
                shared.removeFirst()
            } else {
                result.append(change.value)
            }
        }
    }

    /// The value without the fields of a set; nil where a list or object loses all that it had.
    func removing(_ fields: FieldSet, _ schema: TypeSchema?) -> JSON? {
        guard !fields.isEmpty else { return self }
        if case .object = self, let members = Granularity.members(of: self, schema), !members.isEmpty {
            let kept = members.compactMap { name, member -> (String, JSON)? in
                let element = PathElement.field(name)
                guard !fields.contains(element) else { return nil }
                return member.removing(fields.below(element), schema?.field(name)).map { (name, $0) }
            }
            return kept.isEmpty ? nil : .object(JSONObject(kept))
        }
        if case .array = self, let elements = Granularity.elements(of: self, schema), !elements.isEmpty {
            let kept = elements.compactMap { element -> JSON? in
                guard !fields.contains(element.id) else { return nil }
                return element.value.removing(fields.below(element.id), schema?.element)
            }
            return kept.isEmpty ? nil : .array(kept)
        }
        return self
    }
}
