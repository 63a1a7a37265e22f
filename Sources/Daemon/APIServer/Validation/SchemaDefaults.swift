import Kubernetes

extension TypeSchema {
    /// Fills in the defaults that the schema declares, as Kubernetes does for custom resources: in every object that is there
    /// (a default may bring an object that has defaults itself). A null where null is no value gives way to the default.
    func fillDefaults(_ value: inout JSON) {
        switch (shape, value) {
        case (.array(let element), .array(var elements)):
            value = .null
            for index in elements.indices { element.fillDefaults(&elements[index]) }
            value = .array(elements)
        case (.map(let type), .object(var members)):
            value = .null
            members.filter { _, member in
                type.fillDefaults(&member)
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
                if let field = type.field(name) { field.type.fillDefaults(&member) }
                return true
            }
            value = .object(members)
        default: break
        }
    }
}
