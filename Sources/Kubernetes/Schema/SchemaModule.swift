/// The types of one API version, as text.
///
/// ```
/// Deployment kind: spec DeploymentSpec, status DeploymentStatus
/// LabelSelector atomic: matchExpressions [LabelSelectorRequirement], matchLabels {string}
/// SpreadConstraint: spreadByField string in(cluster,region), minGroups! int64 min(1) default(1)
/// ```
///
/// One type starts a line and goes on over indented lines. After its name come `kind` (it has `apiVersion`, `kind` and
/// `metadata` too), `atomic` (server-side apply takes it whole) or `open` (unknown members are kept); after the colon its
/// members, each a name (with `!` where it is required), a type and attributes.
///
/// - Types: `string bool int32 int64 double bytes time microTime quantity intOrString any`, `[T]` for a list, `{T}` for a
///   map from strings, or the name of a type: alone for one of this module, else as `core.v1.PodSpec`.
/// - Merging: `merge`, `merge(key)`, `retainKeys` (strategic merge); `set`, `map(key,key)`, `atomic` (server-side apply).
/// - Values: `default(v)`, `in(v,v)`, `min(n)`, `max(n)`, `minLength(n)`, `maxLength(n)`, `pattern("…")`, `format(f)`,
///   `minItems(n)`, `maxItems(n)`, `unique`, `nullable`. A value is JSON, or a bare word that stands for a string.
///
/// The text is read a type at a time, on first use, so that an idle process pays only for what it met.
struct SchemaModule: Sendable {
    /// What type names begin with: `apps.v1`.
    let name: String
    /// The served version whose kinds these are; nil for types that only others use.
    let groupVersion: GroupVersion?
    let text: String

    init(_ name: String, _ groupVersion: GroupVersion?, _ text: String) {
        self.name = name
        self.groupVersion = groupVersion
        self.text = text
    }

    /// The declarations by the type's name: what follows the name, up to the next type.
    func declarations() -> [Substring: Substring] {
        var result: [Substring: Substring] = [:]
        let bytes = text.utf8
        var start = bytes.startIndex
        while start < bytes.endIndex {
            var end = start
            repeat {
                end = bytes[end...].firstIndex(of: UInt8(ascii: "\n")).map { bytes.index(after: $0) } ?? bytes.endIndex
            } while end < bytes.endIndex && bytes[end] == UInt8(ascii: " ")
            let nameEnd = bytes[start..<end].firstIndex { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ":") } ?? end
            result[text[start..<nameEnd]] = text[nameEnd..<end]
            start = end
        }
        return result
    }
}

/// Why a declaration of a `SchemaModule` cannot be read.
struct SchemaSyntaxError: Error, CustomStringConvertible {
    let message: String
    let rest: String

    var description: String { "\(message) at \"\(rest.prefix(40))\"" }
}

/// Reads one declaration.
struct SchemaDeclaration {
    private(set) var isKind = false
    private(set) var isAtomic = false
    private(set) var isOpen = false
    private(set) var fields: [SchemaField] = []

    /// - Parameter resolve: gives the type of a name.
    init(_ text: Substring, resolve: (Substring) throws(SchemaSyntaxError) -> TypeSchema) throws(SchemaSyntaxError) {
        var scanner = SchemaScanner(text)
        while !scanner.skip(":") {
            switch scanner.word() {
            case "kind": isKind = true
            case "atomic": isAtomic = true
            case "open": isOpen = true
            default: throw scanner.failure("unknown type attribute")
            }
        }
        guard !scanner.isAtEnd else { return }
        repeat {
            let name = scanner.word()
            guard !name.isEmpty else { throw scanner.failure("expected a member's name") }
            let isRequired = scanner.skip("!")
            let (type, defaultValue) = try scanner.type(resolve)
            fields.append(SchemaField(String(name), type, isRequired: isRequired, defaultValue: defaultValue))
        } while scanner.skip(",")
        guard scanner.isAtEnd else { throw scanner.failure("expected a comma") }
    }
}

/// Reads types with their attributes.
private struct SchemaScanner {
    private var rest: Substring.UTF8View

    init(_ text: Substring) { rest = text.utf8 }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return rest.isEmpty
        }
    }

    func failure(_ message: String) -> SchemaSyntaxError { SchemaSyntaxError(message: message, rest: String(Substring(rest))) }

    private mutating func skipSpace() {
        while let first = rest.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\n") { rest.removeFirst() }
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// A name, possibly dotted; empty where there is none.
    mutating func word() -> Substring {
        skipSpace()
        let end =
            rest.firstIndex { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "$"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    false
                default: true
                }
            } ?? rest.endIndex
        defer { rest = rest[end...] }
        return Substring(rest[..<end])
    }

    /// A type and its attributes up to the comma or bracket that ends it.
    mutating func type(
        _ resolve: (Substring) throws(SchemaSyntaxError) -> TypeSchema
    ) throws(SchemaSyntaxError) -> (TypeSchema, defaultValue: JSON?) {
        let base: TypeSchema
        if skip("[") {
            base = TypeSchema(.array(try type(resolve).0))
            guard skip("]") else { throw failure("expected ]") }
        } else if skip("{") {
            base = TypeSchema(.map(try type(resolve).0))
            guard skip("}") else { throw failure("expected }") }
        } else {
            let name = word()
            if let scalar = TypeSchema.scalars[name] { base = scalar } else { base = try resolve(name) }
        }
        var attributes = Attributes(base)
        while true {
            let name = word()
            if name.isEmpty { return (attributes.type(base), attributes.defaultValue) }
            try attributes.add(name, try arguments(), failure)
        }
    }

    /// `(a,b)` after an attribute; empty where there is none.
    private mutating func arguments() throws(SchemaSyntaxError) -> [JSON] {
        guard rest.first == UInt8(ascii: "(") else { return [] }
        rest.removeFirst()
        var arguments: [JSON] = []
        while !skip(")") {
            var end = rest.startIndex
            var depth = 0
            var isQuoted = false
            while end < rest.endIndex {
                let byte = rest[end]
                if isQuoted {
                    if byte == UInt8(ascii: "\\") { end = rest.index(after: end) }
                    if byte == UInt8(ascii: "\"") { isQuoted = false }
                } else {
                    if depth == 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: ")") { break }
                    switch byte {
                    case UInt8(ascii: "\""): isQuoted = true
                    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                    default: break
                    }
                }
                guard end < rest.endIndex else { throw failure("unfinished argument") }
                end = rest.index(after: end)
            }
            let text = String(Substring(rest[..<end]))
            arguments.append((try? JSON(parsing: text)) ?? .string(text))
            rest = rest[end...]
            _ = skip(",")
            if rest.isEmpty { throw failure("expected )") }
        }
        return arguments
    }
}

extension TypeSchema {
    fileprivate static let scalars: [Substring: TypeSchema] = [
        "any": .any, "string": .string, "bool": TypeSchema(.boolean), "int32": TypeSchema(.integer(bits: 32)),
        "int64": TypeSchema(.integer(bits: 64)), "double": TypeSchema(.number), "bytes": TypeSchema(.bytes),
        "time": TypeSchema(.time), "microTime": TypeSchema(.microTime), "quantity": TypeSchema(.quantity),
        "intOrString": TypeSchema(.intOrString),
    ]

    static let any = TypeSchema(.any)
    static let string = TypeSchema(.string)
}

/// What attributes add to a type.
private struct Attributes {
    private var patchStrategy: TypeSchema.PatchStrategy = []
    private var mergeKey: String?
    private var listType = TypeSchema.ListType.atomic
    private var isAtomicMap: Bool
    private var isNullable = false
    private var constraints = Constraints()
    private var isPlain = true
    private(set) var defaultValue: JSON?

    init(_ base: TypeSchema) { isAtomicMap = base.isAtomicMap }

    mutating func add(
        _ name: Substring, _ arguments: [JSON], _ failure: (String) -> SchemaSyntaxError
    ) throws(SchemaSyntaxError) {
        if name == "default" {
            guard arguments.count == 1 else { throw failure("default takes one value") }
            defaultValue = arguments[0]
            return
        }
        isPlain = false
        let number = arguments.first?.double
        let integer = arguments.first?.int
        switch name {
        case "merge":
            patchStrategy.insert(.merge)
            mergeKey = arguments.first?.string
        case "retainKeys": patchStrategy.insert(.retainKeys)
        case "set": listType = .set
        case "map": listType = .map(keys: arguments.compactMap(\.string))
        case "atomic": isAtomicMap = true
        case "nullable": isNullable = true
        case "unique": constraints.hasUniqueItems = true
        case "in": constraints.allowedValues = arguments
        case "min" where number != nil: constraints.minimum = number
        case "max" where number != nil: constraints.maximum = number
        case "minLength" where integer != nil: constraints.minLength = integer
        case "maxLength" where integer != nil: constraints.maxLength = integer
        case "minItems" where integer != nil: constraints.minItems = integer
        case "maxItems" where integer != nil: constraints.maxItems = integer
        case "pattern" where arguments.first?.string != nil: constraints.pattern = arguments.first?.string
        case "format" where arguments.first?.string != nil: constraints.format = arguments.first?.string
        default: throw failure("unknown attribute \(name)")
        }
    }

    func type(_ base: TypeSchema) -> TypeSchema {
        guard !isPlain else { return base }
        return TypeSchema(
            base.shape, patchStrategy: patchStrategy, mergeKey: mergeKey, listType: listType, isAtomicMap: isAtomicMap,
            isNullable: isNullable, constraints: constraints == Constraints() ? nil : constraints)
    }
}
