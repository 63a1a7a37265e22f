import Kubernetes

/// Why a value cannot be read as its type, as Go's decoder says it.
struct DecodingFailure: Error {
    let message: String
}

/// Reads JSON as kube-apiserver would read it into its types: unknown members vanish (and are remembered), values of the wrong
/// type fail, quantities and times take their canonical form, empty optional lists and maps vanish.
///
/// Custom resources keep their values as they are: only their metadata is read like that, and unknown members are pruned.
struct ObjectDecoder {
    private let style: ResourceDefinition.Style
    /// Paths of the members that the types do not know.
    private(set) var unknown: [String] = []
    private var path: [Step] = []

    private enum Step {
        case member(String)
        case index(Int)
    }

    /// What Go calls the struct that holds the value: for messages.
    private var holder = ""

    init(style: ResourceDefinition.Style) { self.style = style }

    /// - Parameter known: what is stored, in the same version. Parts that equal it were read before, and stay as they are.
    mutating func decode(_ value: JSON, as schema: TypeSchema, known: JSON? = nil) throws(DecodingFailure) -> JSON {
        var value = value
        if style == .native {
            try read(&value, schema, known)
        } else {
            guard case .object(var members) = value else { return value }
            for field in ["apiVersion", "kind", "metadata"] {
                guard let type = schema.field(field) else { continue }
                path = [.member(field)]
                if var member = members[field], member != known?[field] {
                    try read(&member, type, known?[field])
                    members[field] = member
                }
                path = []
            }
            value = .object(members)
            if !Self.declaresAll(of: value, schema, known) { prune(&value, schema) }
        }
        return value
    }

    // MARK: - Native kinds

    private mutating func read(_ value: inout JSON, _ schema: TypeSchema, _ known: JSON?) throws(DecodingFailure) {
        if let known, value == known { return }
        switch schema.shape {
        case .any: return
        case .boolean: guard case .bool = value else { throw mismatch(value, schema) }
        case .string: guard case .string = value else { throw mismatch(value, schema) }
        case .integer(let bits):
            guard let integer = value.integer, bits == 64 || Int32(exactly: integer) != nil else { throw mismatch(value, schema) }
            value = .integer(integer)
        case .number: guard value.double != nil else { throw mismatch(value, schema) }
        case .bytes:
            guard case .string(let text) = value else { throw mismatch(value, schema) }
            guard Base64.decode(text) != nil else { throw DecodingFailure(message: "illegal base64 data at input byte 0") }
        case .time, .microTime:
            guard case .string(let text) = value else { throw mismatch(value, schema) }
            guard let time = Timestamp(text) else {
                throw DecodingFailure(
                    message: "parsing time \(value) as \"2006-01-02T15:04:05Z07:00\": cannot parse \(value) as \"2006\"")
            }
            if case .time = schema.shape { value = .string(time.description) } else { value = .string(time.microTime) }
        case .quantity:
            guard let text = value.string ?? value.double.map({ _ in value.description }), let quantity = Quantity(text) else {
                throw DecodingFailure(
                    message: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
            }
            value = .string(quantity.description)
        case .intOrString: guard value.string != nil || value.integer != nil else { throw mismatch(value, schema) }
        case .array(let element):
            guard case .array(var elements) = value else { throw mismatch(value, schema) }
            value = .null
            for index in elements.indices {
                path.append(.index(index))
                if elements[index].isNull { elements[index] = Self.zero(of: element) }
                try read(&elements[index], element, known?[index])
                path.removeLast()
            }
            value = .array(elements)
        case .map(let type):
            guard case .object(var members) = value else { throw mismatch(value, schema) }
            value = .null
            try members.filter { (key, member) throws(DecodingFailure) in
                path.append(.member(key))
                if member.isNull { member = Self.zero(of: type) }
                try read(&member, type, known?[key])
                path.removeLast()
                return true
            }
            value = .object(members)
        case .object(let type):
            guard case .object(var members) = value else { throw mismatch(value, schema) }
            value = .null
            let outer = holder
            try members.filter { (key, member) throws(DecodingFailure) in
                path.append(.member(key))
                defer { path.removeLast() }
                guard let field = type.field(key) else {
                    if !type.preservesUnknownFields { unknown.append(text(of: path)) }
                    return type.preservesUnknownFields
                }
                if member.isNull { return false }
                holder = type.name
                try read(&member, field.type, known?[key])
                return field.isRequired || !Self.isEmptyCollection(member, field.type)
            }
            holder = outer
            value = .object(members)
        }
    }

    /// Lists and maps that are not set and those that are empty are one thing to Go's `omitempty`.
    private static func isEmptyCollection(_ value: JSON, _ schema: TypeSchema) -> Bool {
        switch schema.shape {
        case .array: value.array?.isEmpty == true
        case .map: value.object?.isEmpty == true
        default: false
        }
    }

    /// What a null among a list's elements or a map's values becomes.
    private static func zero(of schema: TypeSchema) -> JSON {
        switch schema.shape {
        case .string, .bytes: ""
        case .boolean: false
        case .integer, .number, .intOrString: 0
        case .quantity: "0"
        case .array: []
        case .map, .object: [:]
        case .any, .time, .microTime: .null
        }
    }

    private func mismatch(_ value: JSON, _ schema: TypeSchema) -> DecodingFailure {
        let found =
            switch value {
            case .bool: "bool"
            case .integer, .number: if case .string = schema.shape { "number" } else { "number \(value)" }
            default: value.typeName
            }
        guard !holder.isEmpty else {
            return DecodingFailure(message: "json: cannot unmarshal \(found) into Go value of type \(Self.goName(of: schema))")
        }
        let field = path.compactMap { if case .member(let name) = $0 { name } else { nil } }
        // Go's path names members of structs, not keys of maps.
        let shown = isMapValue ? field.dropLast() : field[...]
        return DecodingFailure(
            message:
                "json: cannot unmarshal \(found) into Go struct field \(Self.shortName(holder)).\(shown.joined(separator: "."))"
                + " of type \(Self.goName(of: schema))")
    }

    /// Whether the value at hand is one of a map's: then the struct's field is the map itself.
    private var isMapValue: Bool {
        guard case .member(let last)? = path.last, let type = SchemaLibrary.builtIn.type(named: holder)?.object else {
            return false
        }
        return type.field(last) == nil
    }

    /// `DeploymentSpec` of `apps.v1.DeploymentSpec`.
    private static func shortName(_ name: String) -> String { name.split(separator: ".").last.map(String.init) ?? name }

    private static func goName(of schema: TypeSchema) -> String {
        switch schema.shape {
        case .any: "interface {}"
        case .boolean: "bool"
        case .integer(let bits): "int\(bits)"
        case .number: "float64"
        case .string, .intOrString, .quantity: "string"
        case .bytes: "[]uint8"
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        case .array(let element): "[]\(goName(of: element))"
        case .map(let value): "map[string]\(goName(of: value))"
        case .object(let type): type.name.split(separator: ".").suffix(2).joined(separator: ".")
        }
    }

    private func text(of path: [Step]) -> String {
        path.reduce(into: "") { text, step in
            switch step {
            case .member(let name): text += text.isEmpty ? name : "." + name
            case .index(let index): text += "[\(index)]"
            }
        }
    }

    // MARK: - Custom resources

    /// Whether a structural schema declares all members, so that there is nothing to prune.
    private static func declaresAll(of value: JSON, _ schema: TypeSchema, _ known: JSON?) -> Bool {
        if let known, value == known { return true }
        switch (schema.shape, value) {
        case (.array(let element), .array(let elements)):
            guard element.canHoldObjects else { return true }
            return elements.indices.allSatisfy { declaresAll(of: elements[$0], element, known?[$0]) }
        case (.map(let type), .object(let members)):
            return !type.canHoldObjects || members.allSatisfy { declaresAll(of: $0.value, type, known?[$0.key]) }
        case (.object(let type), .object(let members)):
            return members.allSatisfy { key, member in
                guard let field = type.field(key) else { return type.preservesUnknownFields }
                return declaresAll(of: member, field.type, known?[key])
            }
        default: return true
        }
    }

    /// Drops the members that a structural schema does not declare.
    private mutating func prune(_ value: inout JSON, _ schema: TypeSchema) {
        switch (schema.shape, value) {
        case (.array(let element), .array(var elements)):
            guard element.canHoldObjects else { return }
            value = .null
            for index in elements.indices {
                path.append(.index(index))
                prune(&elements[index], element)
                path.removeLast()
            }
            value = .array(elements)
        case (.map(let type), .object(var members)):
            guard type.canHoldObjects else { return }
            value = .null
            members.filter { key, member in
                path.append(.member(key))
                prune(&member, type)
                path.removeLast()
                return true
            }
            value = .object(members)
        case (.object(let type), .object(var members)):
            value = .null
            members.filter { key, member in
                path.append(.member(key))
                defer { path.removeLast() }
                guard let field = type.field(key) else {
                    if !type.preservesUnknownFields { unknown.append(text(of: path)) }
                    return type.preservesUnknownFields
                }
                prune(&member, field.type)
                return true
            }
            value = .object(members)
        default: break
        }
    }
}

extension TypeSchema {
    fileprivate var canHoldObjects: Bool {
        switch shape {
        case .object: true
        case .map(let value): value.canHoldObjects
        case .array(let element): element.canHoldObjects
        default: false
        }
    }
}
