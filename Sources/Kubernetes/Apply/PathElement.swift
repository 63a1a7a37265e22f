/// One step down into a value, as field ownership counts them: a member, or an element of a list told apart by its key members,
/// its value or its index.
///
/// It is kept in the form in which FieldsV1 writes it (`f:data`, `k:{"name":"web"}`, `v:"x"`, `i:0`), with JSON in canonical
/// encoding, so that equal steps have equal texts.
public struct PathElement: Hashable, Comparable, Sendable {
    /// The key of FieldsV1.
    public let encoded: String

    private init(encoded: String) { self.encoded = encoded }

    public static func field(_ name: String) -> PathElement { PathElement(encoded: "f:" + name) }
    public static func key(_ members: JSONObject) -> PathElement { PathElement(encoded: "k:\(JSON.object(members))") }
    public static func value(_ value: JSON) -> PathElement { PathElement(encoded: "v:\(value)") }
    public static func index(_ index: Int) -> PathElement { PathElement(encoded: "i:\(index)") }

    /// Reads a key of FieldsV1; nil where it is none.
    public init?(parsing text: String) {
        let rest = String(text.dropFirst(2))
        switch text.prefix(2) {
        case "f:": self = .field(rest)
        case "i:":
            guard let index = Int(rest) else { return nil }
            self = .index(index)
        case "v:":
            guard let value = try? JSON(parsing: rest) else { return nil }
            self = .value(value)
        case "k:":
            guard case .object(let members)? = try? JSON(parsing: rest) else { return nil }
            self = .key(members)
        default: return nil
        }
    }

    /// The member's name; nil for an element of a list.
    public var fieldName: String? { encoded.hasPrefix("f:") ? String(encoded.dropFirst(2)) : nil }

    public static func < (left: PathElement, right: PathElement) -> Bool { left.encoded < right.encoded }
}

extension PathElement: CustomStringConvertible {
    /// As messages show it: `.data`, `[name="web"]`, `[="x"]`, `[0]`.
    public var description: String {
        let rest = encoded.dropFirst(2)
        switch encoded.first {
        case "f": return ".\(rest)"
        case "v": return "[=\(rest)]"
        case "k":
            let members = (try? JSON(parsing: String(rest)))?.object ?? JSONObject()
            return "[\(members.map { "\($0.key)=\($0.value)" }.joined(separator: ","))]"
        default: return "[\(rest)]"
        }
    }
}
