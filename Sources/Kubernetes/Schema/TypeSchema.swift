import Synchronization

/// The type of an API value: what it may hold, and how the values of several writers come together.
///
/// One model serves strategic merge, server-side apply, field validation, defaulting and OpenAPI. Types of Kubernetes' and
/// Karmada's kinds come from `SchemaLibrary`; those of custom resources are made from their definitions.
public final class TypeSchema: Sendable {
    public let shape: Shape
    /// What strategic merge does with the value (`x-kubernetes-patch-strategy`); empty for "replace".
    public let patchStrategy: PatchStrategy
    /// The member that tells elements of a merged list apart (`x-kubernetes-patch-merge-key`); nil for lists of scalars.
    public let mergeKey: String?
    /// How server-side apply sees a list. Kubernetes treats an undeclared list as atomic.
    public let listType: ListType
    /// Whether server-side apply takes an object or map as one value (`x-kubernetes-map-type: atomic`).
    public let isAtomicMap: Bool
    /// Whether `null` is a value of its own. Elsewhere a null means "not set".
    public let isNullable: Bool
    /// Nil where any value of the shape will do.
    public let constraints: Constraints?
    /// What a custom resource's definition says about its values in expressions.
    public let rules: [ValidationRule]

    public init(
        _ shape: Shape, patchStrategy: PatchStrategy = [], mergeKey: String? = nil, listType: ListType = .atomic,
        isAtomicMap: Bool = false, isNullable: Bool = false, constraints: Constraints? = nil, rules: [ValidationRule] = []
    ) {
        self.shape = shape
        self.patchStrategy = patchStrategy
        self.mergeKey = mergeKey
        self.listType = listType
        self.isAtomicMap = isAtomicMap
        self.isNullable = isNullable
        self.constraints = constraints
        self.rules = rules
    }

    public enum Shape: Sendable {
        /// Any JSON value, kept as it is: `RawExtension`, `x-kubernetes-preserve-unknown-fields`.
        case any
        case boolean
        /// A whole number of 32 or 64 bits.
        case integer(bits: Int)
        case number
        case string
        /// Base64 in JSON.
        case bytes
        /// RFC 3339; whole seconds (`meta/v1.Time`).
        case time
        /// RFC 3339; microseconds (`meta/v1.MicroTime`).
        case microTime
        /// A string or a number (`resource.Quantity`).
        case quantity
        case intOrString
        case array(TypeSchema)
        /// An object with members of any name and one type.
        case map(TypeSchema)
        /// An object with declared members.
        case object(ObjectType)
    }

    public struct PatchStrategy: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let merge = PatchStrategy(rawValue: 1)
        /// Members that the patch does not name are dropped (union types, such as a volume or a strategy).
        public static let retainKeys = PatchStrategy(rawValue: 2)
    }

    public enum ListType: Sendable, Equatable {
        case atomic
        case set
        case map(keys: [String])
    }
}

// MARK: - Walking

extension TypeSchema {
    /// The type of the member `name`: a declared field, or the value type of a map. Nil where none is declared.
    public func field(_ name: String) -> TypeSchema? {
        switch shape {
        case .object(let type): type.field(name)?.type
        case .map(let value): value
        default: nil
        }
    }

    /// The type of a list's elements; nil where this is no list.
    public var element: TypeSchema? { if case .array(let element) = shape { element } else { nil } }

    /// The declared members; nil where this is no object with declared members.
    public var object: ObjectType? { if case .object(let type) = shape { type } else { nil } }
}

/// An object type with declared members.
public final class ObjectType: Sendable {
    /// Unique in its library: `apps.v1.DeploymentSpec`. Empty for the anonymous types of custom resources.
    public let name: String
    /// Members that are not declared are kept (`x-kubernetes-preserve-unknown-fields`).
    public let preservesUnknownFields: Bool
    private let load: @Sendable () -> [SchemaField]
    private let table = AtomicLazyReference<FieldTable>()

    /// - Parameter fields: run at most a few times, on first use: a type may refer to itself.
    public init(name: String = "", preservesUnknownFields: Bool = false, fields: @escaping @Sendable () -> [SchemaField]) {
        self.name = name
        self.preservesUnknownFields = preservesUnknownFields
        load = fields
    }

    public convenience init(_ fields: [SchemaField], preservesUnknownFields: Bool = false) {
        self.init(preservesUnknownFields: preservesUnknownFields) { fields }
    }

    /// Sorted by the bytes of their names.
    public var fields: [SchemaField] { loaded.fields }
    public var requiredFields: [SchemaField] { loaded.required }
    public var defaultedFields: [SchemaField] { loaded.defaulted }

    public func field(_ name: String) -> SchemaField? {
        let table = loaded
        var low = 0
        var high = table.names.count
        while low < high {
            let middle = (low + high) / 2
            if table.names[middle].precedesInBytes(name) { low = middle + 1 } else { high = middle }
        }
        return low < table.names.count && table.names[low].hasSameBytes(as: name) ? table.fields[low] : nil
    }

    private var loaded: FieldTable { table.load() ?? table.storeIfNil(FieldTable(load())) }

    private final class FieldTable: Sendable {
        let fields: [SchemaField]
        /// Of the fields, in their order.
        let names: ContiguousArray<String>
        let required: [SchemaField]
        let defaulted: [SchemaField]

        init(_ fields: [SchemaField]) {
            self.fields = fields.sorted { $0.name.precedesInBytes($1.name) }
            names = ContiguousArray(self.fields.map(\.name))
            required = self.fields.filter(\.isRequired)
            defaulted = self.fields.filter { $0.defaultValue != nil }
        }
    }
}

/// A declared member of an object type. A class, as it is handed around for every member that a request has.
public final class SchemaField: Sendable {
    public let name: String
    public let type: TypeSchema
    public let isRequired: Bool
    /// What the API server fills in where the member is missing.
    public let defaultValue: JSON?

    public init(_ name: String, _ type: TypeSchema, isRequired: Bool = false, defaultValue: JSON? = nil) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.defaultValue = defaultValue
    }
}

/// What a schema asks of a value beyond its shape (JSON Schema validation, as far as structural schemas have it).
public struct Constraints: Sendable, Equatable {
    /// The only values allowed; empty for no such list.
    public var allowedValues: [JSON] = []
    public var minimum: Double?
    public var maximum: Double?
    public var isMinimumExclusive = false
    public var isMaximumExclusive = false
    public var multipleOf: Double?
    /// Characters (Unicode scalars).
    public var minLength: Int?
    public var maxLength: Int?
    /// A regular expression that must match somewhere in the string.
    public var pattern: String?
    /// `date-time`, `uri`, `ipv4` and so on.
    public var format: String?
    public var minItems: Int?
    public var maxItems: Int?
    public var hasUniqueItems = false
    public var minProperties: Int?
    public var maxProperties: Int?
    /// Rules all of which, at least one of which, exactly one of which must hold, and one that must not.
    public var allOf: [ValueRule] = []
    public var anyOf: [ValueRule] = []
    public var oneOf: [ValueRule] = []
    public var not: [ValueRule] = []

    public init() {}
}

/// What a structural schema says about a value inside `allOf`, `anyOf`, `oneOf` and `not`: constraints without types.
public struct ValueRule: Sendable, Equatable {
    public var constraints = Constraints()
    public var required: [String] = []
    public var properties: [String: ValueRule] = [:]
    /// What holds for each element of a list; at most one.
    public var items: [ValueRule] = []

    public init() {}
}
