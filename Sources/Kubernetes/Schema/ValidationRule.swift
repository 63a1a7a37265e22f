/// A rule of `x-kubernetes-validations`, compiled.
public struct ValidationRule: Sendable {
    /// The rule as it is written, without blanks around it.
    public let source: String
    public let message: String
    public let messageExpression: CELProgram?
    /// Why a value is refused that breaks the rule: `FieldValueInvalid` and so on.
    public let reason: String
    /// Which part of the value is at fault, from the value on: `.spec.replicas`; empty for the value itself.
    public let fieldPath: String
    /// Whether the rule is asked for new values too, which have nothing before them.
    public let hasOptionalOldSelf: Bool
    public let program: CELProgram

    public static let reasons = ["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"]

    /// - Parameters:
    ///   - json: `{rule, message, messageExpression, reason, fieldPath, optionalOldSelf}`.
    ///   - schema: the type of the value that the rule is for.
    public init(_ json: JSON, for schema: TypeSchema) throws(CELCompileError) {
        source = (json["rule"]?.string ?? "").trimmed
        message = (json["message"]?.string ?? "").trimmed
        reason = json["reason"]?.string ?? "FieldValueInvalid"
        fieldPath = json["fieldPath"]?.string ?? ""
        hasOptionalOldSelf = json["optionalOldSelf"]?.bool == true
        let variables = Self.variables(schema, hasOptionalOldSelf: hasOptionalOldSelf)
        program = try CELProgram(source, variables: variables)
        messageExpression = try Self.messageExpression(json, variables)
    }

    private static func messageExpression(
        _ json: JSON, _ variables: [String: CELType]
    ) throws(CELCompileError) -> CELProgram? {
        guard let source = json["messageExpression"]?.string, !source.isEmpty else { return nil }
        return try CELProgram(source, variables: variables, result: .string)
    }

    private static func variables(_ schema: TypeSchema, hasOptionalOldSelf: Bool) -> [String: CELType] {
        let type = CELType(schema)
        return ["self": type, "oldSelf": hasOptionalOldSelf ? .optional(type) : type]
    }

    /// Whether the rule is about changes.
    public var mentionsOldSelf: Bool { program.mentions("oldSelf") }
}

extension String {
    /// Without blanks and line ends around it.
    fileprivate var trimmed: String {
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
