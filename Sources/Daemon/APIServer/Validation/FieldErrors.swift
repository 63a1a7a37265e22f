import Kubernetes

/// A place in an object, as Kubernetes' messages write it: `spec.containers[0].env[name]`.
///
/// Its text is made when a message wants it: of the places that are looked at hardly any is at fault.
struct FieldPath: Sendable, CustomStringConvertible {
    private indirect enum Node: Sendable {
        case root(String)
        case child(Node, String)
        case index(Node, Int)
        case key(Node, String)

        var text: String {
            switch self {
            case .root(let text): return text
            case .child(let parent, let name):
                let parent = parent.text
                return parent.isEmpty ? name : "\(parent).\(name)"
            case .index(let parent, let index): return "\(parent.text)[\(index)]"
            case .key(let parent, let key): return "\(parent.text)[\(key)]"
            }
        }
    }

    private let node: Node

    init(_ text: String) { node = .root(text) }
    private init(_ node: Node) { self.node = node }

    var description: String { node.text }

    func child(_ name: String) -> FieldPath { FieldPath(.child(node, name)) }
    func index(_ index: Int) -> FieldPath { FieldPath(.index(node, index)) }
    func key(_ key: String) -> FieldPath { FieldPath(.key(node, key)) }

    static let metadata = FieldPath("metadata")
    static let spec = FieldPath("spec")
}

/// The faults found in an object, in the words of Kubernetes' `field.Error`.
struct FieldErrors: Sendable {
    private(set) var causes: [APIError.Cause] = []

    var isEmpty: Bool { causes.isEmpty }

    mutating func append(_ other: FieldErrors) { causes += other.causes }

    mutating func required(_ path: FieldPath, _ detail: String = "") {
        add("FieldValueRequired", path, detail.isEmpty ? "Required value" : "Required value: \(detail)")
    }

    mutating func invalid(_ path: FieldPath, _ value: JSON?, _ detail: String) {
        add("FieldValueInvalid", path, "Invalid value: \(Self.text(value)): \(detail)")
    }

    mutating func typeInvalid(_ path: FieldPath, _ value: JSON?, _ detail: String) {
        add("FieldValueTypeInvalid", path, "Invalid value: \(Self.text(value)): \(detail)")
    }

    /// - Parameter supported: quoted in the message, in this order.
    mutating func notSupported(_ path: FieldPath, _ value: JSON?, _ supported: [String]) {
        let list = supported.map { Self.text(.string($0)) }.joined(separator: ", ")
        add("FieldValueNotSupported", path, "Unsupported value: \(Self.text(value)): supported values: \(list)")
    }

    mutating func forbidden(_ path: FieldPath, _ detail: String) { add("FieldValueForbidden", path, "Forbidden: \(detail)") }

    mutating func duplicate(_ path: FieldPath, _ value: JSON?, _ detail: String = "") {
        add("FieldValueDuplicate", path, "Duplicate value: \(Self.text(value))" + (detail.isEmpty ? "" : ": " + detail))
    }

    mutating func notFound(_ path: FieldPath, _ value: JSON?) {
        add("FieldValueNotFound", path, "Not found: \(Self.text(value))")
    }

    mutating func tooLong(_ path: FieldPath, limit: Int) {
        add("FieldValueTooLong", path, "Too long: may not be more than \(limit) bytes")
    }

    mutating func tooMany(_ path: FieldPath, count: Int, limit: Int) {
        add("FieldValueTooMany", path, "Too many: \(count): must have at most \(limit) items")
    }

    private mutating func add(_ reason: String, _ path: FieldPath, _ message: String) {
        causes.append(
            APIError.Cause(reason: reason, message: message, field: path.description.isEmpty ? "<nil>" : path.description))
    }

    /// The offending value as messages show it: strings quoted, numbers and booleans bare, anything else as JSON.
    private static func text(_ value: JSON?) -> String {
        switch value {
        case nil, .null?: "\"null\""
        case let value?: value.description
        }
    }

    /// Throws `Invalid` (422) with all faults, if there are any.
    func check(_ kind: GroupVersionKind, name: String) throws(APIError) {
        if !isEmpty { throw .invalid(kind, name: name, causes) }
    }
}
