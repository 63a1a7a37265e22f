import Kubernetes

/// What to do about unknown and duplicate members (`fieldValidation` query parameter).
public enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"
}

/// A request body that was read as a kind.
public struct DecodedObject: Sendable {
    public var object: Object
    /// For `Warning` headers, in order.
    public var warnings: [String]
}

extension ResourceDefinition {
    /// Reads a body as this resource's kind: drops what the kind does not know, and says so as `level` asks.
    ///
    /// - Parameters:
    ///   - json: the parsed body, its `apiVersion` and `kind` already checked.
    ///   - version: the served version that the body is in.
    ///   - duplicates: paths that the parser found twice.
    ///   - known: what is stored in the object's place, in the same version.
    /// - Throws: BadRequest (400), in kube-apiserver's words, for a value of the wrong type (native kinds, and the metadata of
    ///   any), and for unknown and duplicate members at level Strict.
    public func decode(
        _ json: JSON, version: String, duplicates: [String] = [], level: FieldValidation = .warn, known: JSON? = nil
    ) throws(APIError) -> DecodedObject {
        try Self.decode(
            json, kind: kind(version), schema: schema(version), style: style, duplicates: duplicates, level: level, known: known)
    }

    /// The same for a body that is no resource of its own: `DeleteOptions`, `Scale`, `TokenRequest`.
    public static func decode(
        _ json: JSON, kind: GroupVersionKind, schema: TypeSchema?, style: Style = .native, duplicates: [String] = [],
        level: FieldValidation = .warn, known: JSON? = nil
    ) throws(APIError) -> DecodedObject {
        guard let schema else { return DecodedObject(object: Object(json), warnings: []) }
        var decoder = ObjectDecoder(style: style)
        let decoded: JSON
        do throws(DecodingFailure) {
            decoded = try decoder.decode(json, as: schema, known: known)
        } catch {
            throw cannotHandle(kind, error.message)
        }
        let faults = duplicates.map { "duplicate field \"\($0)\"" } + decoder.unknown.map { "unknown field \"\($0)\"" }
        switch level {
        case .ignore: return DecodedObject(object: Object(decoded), warnings: [])
        case .warn: return DecodedObject(object: Object(decoded), warnings: faults)
        case .strict where faults.isEmpty: return DecodedObject(object: Object(decoded), warnings: [])
        case .strict: throw cannotHandle(kind, "strict decoding error: " + faults.joined(separator: ", "))
        }
    }

    private static func cannotHandle(_ kind: GroupVersionKind, _ why: String) -> APIError {
        .badRequest("\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): \(why)")
    }
}
