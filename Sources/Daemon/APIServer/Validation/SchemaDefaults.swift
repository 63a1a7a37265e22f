import Kubernetes

extension TypeSchema {
    /// Fills in the defaults that the schema declares, as Kubernetes does for custom resources: in every object that is there
    /// (a default may bring an object that has defaults itself). A null where null is no value gives way to the default.
    func fillDefaults(_ value: inout JSON) {
        // Mostly nothing is missing, and a value that is not changed goes on sharing its parts.
        if lacksDefaults(value) { addDefaults(to: &value) }
    }

    private func lacksDefaults(_ value: JSON) -> Bool {
        switch (shape, value) {
        case (.array(let element), .array(let elements)): elements.contains(where: element.lacksDefaults)
        case (.map(let type), .object(let members)): members.contains { type.lacksDefaults($0.value) }
        case (.object(let type), .object(let members)):
            type.defaultedFields.contains { field in
                members[field.name].map { $0.isNull && !field.type.isNullable } ?? true
            } || members.contains { name, member in type.field(name)?.type.lacksDefaults(member) ?? false }
        default: false
        }
    }

    private func addDefaults(to value: inout JSON) {
        switch (shape, value) {
        case (.array(let element), .array(var elements)):
            value = .null
            for index in elements.indices { element.addDefaults(to: &elements[index]) }
            value = .array(elements)
        case (.map(let type), .object(var members)):
            value = .null
            members.filter { _, member in
                type.addDefaults(to: &member)
                return true
            }
            value = .object(members)
        case (.object(let type), .object(var members)):
            value = .null
            for field in type.defaultedFields {
                guard let present = members[field.name] else {
                    members[field.name] = field.defaultValue
                    continue
                }
                if present.isNull, !field.type.isNullable { members[field.name] = field.defaultValue }
            }
            members.filter { name, member in
                if let field = type.field(name) { field.type.addDefaults(to: &member) }
                return true
            }
            value = .object(members)
        default: break
        }
    }
}
