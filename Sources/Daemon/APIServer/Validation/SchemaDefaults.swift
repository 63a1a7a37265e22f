import Kubernetes

extension TypeSchema {
    /// Fills in the defaults that the schema declares, as Kubernetes does for custom resources: in every object that is there
    /// (a default may bring an object that has defaults itself). A null where null is no value gives way to the default.
    ///
    /// - Parameter known: an earlier version, which has its defaults: what is as it was there is not looked at.
    func fillDefaults(_ value: inout JSON, known: JSON? = nil) {
        // Mostly nothing is missing, and a value that is not changed goes on sharing its parts.
        if lacksDefaults(value, known) { addDefaults(to: &value) }
    }

    private func lacksDefaults(_ value: JSON, _ known: JSON?) -> Bool {
        if value == known { return false }
        switch (shape, value) {
        case (.array(let element), .array(let elements)):
            return elements.indices.contains { element.lacksDefaults(elements[$0], known?[$0]) }
        case (.map(let type), .object(let members)):
            return members.contains { type.lacksDefaults($0.value, known?[$0.key]) }
        case (.object(let type), .object(let members)):
            return type.defaultedFields.contains { field in
                members[field.name].map { $0.isNull && !field.type.isNullable } ?? true
            } || members.contains { name, member in type.field(name)?.type.lacksDefaults(member, known?[name]) ?? false }
        default: return false
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
