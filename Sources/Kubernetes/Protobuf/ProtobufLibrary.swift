import Synchronization

/// The messages of all kinds that have a protobuf encoding: Kubernetes' own.
final class ProtobufLibrary: Sendable {
    static let builtIn = ProtobufLibrary(schemas: .builtIn, numbers: FieldNumbers.all)

    private let schemas: SchemaLibrary
    private let numbers: [Substring: FieldNumbers]
    /// Messages met so far, by the full name of their type.
    private let messages = Mutex<[String: ProtobufMessage]>([:])

    init(schemas: SchemaLibrary, numbers: [FieldNumbers]) {
        self.schemas = schemas
        self.numbers = Dictionary(uniqueKeysWithValues: numbers.map { (Substring($0.module), $0) })
    }

    /// The message of a kind's objects; nil where the kind has none.
    func message(for kind: GroupVersionKind) -> ProtobufMessage? {
        // Every group has this kind, and it is the same everywhere.
        let schema = kind.kind == "DeleteOptions" ? schemas.type(named: "meta.v1.DeleteOptions") : schemas.schema(for: kind)
        return schema?.object.flatMap(message(of:))
    }

    func message(of type: ObjectType) -> ProtobufMessage? {
        if let known = messages.withLock({ $0[type.name] }) { return known }
        guard let dot = type.name.utf8.lastIndex(of: UInt8(ascii: ".")), let numbers = numbers[type.name[..<dot]],
            let made = ProtobufMessage(numbers, type.name[type.name.index(after: dot)...], type)
        else { return nil }
        messages.withLock { $0[type.name] = made }
        return made
    }
}

/// What the field numbers of a message stand for.
struct ProtobufMessage: Sendable {
    enum Field: Sendable {
        case member(Member)
        case embedded(ProtobufMessage)
    }

    struct Member: Sendable {
        let name: String
        let type: TypeSchema
        let keepsZero: Bool
        /// The message of which JSON has only the last field; nil for members of any other kind.
        var union: ProtobufMessage?
    }

    /// By number; nil for numbers without meaning.
    private let fields: [Field?]

    /// One more than the highest number.
    var capacity: Int { fields.count }

    /// Nil where there is no message of that name. Numbers of members that the schema does not know are without meaning.
    init?(_ numbers: FieldNumbers, _ name: Substring, _ type: ObjectType) {
        guard let entries = numbers.entries(of: name) else { return nil }
        var fields = [Field?](repeating: nil, count: (entries.last?.number ?? 0) + 1)
        for entry in entries {
            if entry.isEmbedded {
                fields[entry.number] = ProtobufMessage(numbers, entry.name, type).map(Field.embedded)
            } else if let field = type.field(String(entry.name)) {
                fields[entry.number] = .member(
                    Member(
                        name: field.name, type: field.type, keepsZero: entry.keepsZero,
                        union: ProtobufMessage(alternatives: entry.alternatives, type)))
            }
        }
        self.fields = fields
    }

    private init?(alternatives: [Substring], _ type: ObjectType) {
        guard !alternatives.isEmpty else { return nil }
        fields = [nil] + alternatives.map { name in
            type.field(String(name)).map { .member(Member(name: $0.name, type: $0.type, keepsZero: true)) }
        }
    }

    subscript(number: Int) -> Field? { number < fields.count ? fields[number] : nil }
}
