/// The type of a CEL expression.
public indirect enum CELType: Sendable {
    /// Known only when the expression is evaluated.
    case dyn
    case null, bool, int, uint, double, string, bytes, timestamp, duration, quantity, type
    case list(CELType)
    case map(CELType, CELType)
    case optional(CELType)
    /// An object with declared members.
    case object(TypeSchema)
    /// Any type, the same wherever the name comes in a signature.
    case parameter(String)

    /// The type of the values of a schema.
    public init(_ schema: TypeSchema) {
        if let format = schema.celFormat {
            self = format
            return
        }
        switch schema.shape {
        case .any, .quantity, .intOrString: self = .dyn
        case .boolean: self = .bool
        case .integer: self = .int
        case .number: self = .double
        case .string, .bytes, .time, .microTime: self = .string
        case .array(let element): self = .list(CELType(element))
        case .map(let value): self = .map(.string, CELType(value))
        case .object: self = .object(schema)
        }
    }
}

extension CELType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .dyn: "dyn"
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .quantity: "kubernetes.Quantity"
        case .type: "type"
        case .list(let element): "list(\(element))"
        case .map(let key, let value): "map(\(key), \(value))"
        case .optional(let value): "optional_type(\(value))"
        case .object: "object"
        case .parameter(let name): name
        }
    }
}

extension CELType {
    var isNumber: Bool {
        switch self {
        case .int, .uint, .double, .dyn: true
        default: false
        }
    }

    /// Whether a value of this type may stand where `expected` is wanted.
    /// - Parameter bindings: what the parameters of the signature stand for so far.
    func fits(_ expected: CELType, _ bindings: inout [String: CELType]) -> Bool {
        switch (self, expected) {
        case (_, .parameter(let name)):
            guard let bound = bindings[name], case .dyn = bound else {
                if let bound = bindings[name] {
                    if case .dyn = self { return true }
                    return fits(bound, &bindings)
                }
                bindings[name] = self
                return true
            }
            bindings[name] = self
            return true
        case (.dyn, _), (_, .dyn): return true
        case (.null, .null), (.bool, .bool), (.int, .int), (.uint, .uint), (.double, .double), (.string, .string),
            (.bytes, .bytes), (.timestamp, .timestamp), (.duration, .duration), (.quantity, .quantity), (.type, .type),
            (.object, .object):
            return true
        case (.null, .object), (.object, .null): return true
        case (.list(let own), .list(let other)), (.optional(let own), .optional(let other)): return own.fits(other, &bindings)
        case (.map(let ownKey, let own), .map(let otherKey, let other)):
            return ownKey.fits(otherKey, &bindings) && own.fits(other, &bindings)
        case (.object, .map(_, _)), (.map(_, _), .object): return true
        default: return false
        }
    }

    /// The type with its parameters replaced.
    func resolved(_ bindings: [String: CELType]) -> CELType {
        switch self {
        case .parameter(let name): bindings[name] ?? .dyn
        case .list(let element): .list(element.resolved(bindings))
        case .map(let key, let value): .map(key.resolved(bindings), value.resolved(bindings))
        case .optional(let value): .optional(value.resolved(bindings))
        default: self
        }
    }

    /// What the elements of two have in common: the type, or `dyn`.
    static func common(_ types: [CELType]) -> CELType {
        guard let first = types.first else { return .dyn }
        var bindings: [String: CELType] = [:]
        return types.dropFirst().allSatisfy({ $0.fits(first, &bindings) && first.fits($0, &bindings) }) ? first : .dyn
    }
}
