/// Why bytes are no Kubernetes object in protobuf.
public struct ProtobufError: Error, Equatable, CustomStringConvertible {
    public enum Reason: Equatable, Sendable {
        /// The bytes break the encoding's rules; the text says how.
        case malformed(String)
        /// Objects of this kind have no protobuf encoding, or none that is known.
        case unsupported(GroupVersionKind)
    }

    public let reason: Reason
    /// Where in the object: `spec.template.spec`. Empty for the whole.
    public internal(set) var path = ""

    init(_ reason: Reason) { self.reason = reason }

    public var description: String {
        switch reason {
        case .malformed(let message): path.isEmpty ? message : "\(path): \(message)"
        case .unsupported(let kind): "\(kind) has no protobuf encoding"
        }
    }

    /// The same, one level further out.
    func within(_ name: String) -> ProtobufError {
        var error = self
        error.path = path.isEmpty ? name : "\(name).\(path)"
        return error
    }

    static func malformed(_ message: String) -> ProtobufError { ProtobufError(.malformed(message)) }
}
