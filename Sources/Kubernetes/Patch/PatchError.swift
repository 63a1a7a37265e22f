/// Why a patch cannot be applied.
public struct PatchError: Error, Equatable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// The patch itself is wrong, whatever it is applied to: an API server answers 400.
        case malformed
        /// The patch does not fit what it is applied to: 422.
        case inapplicable
        /// The patch asks for more than is allowed: 413.
        case tooLarge
    }

    public let kind: Kind
    public let message: String
    /// The field that it is about, `spec.containers[name="web"]`; empty for the whole.
    public let path: String

    public init(_ kind: Kind, _ message: String, path: String = "") {
        self.kind = kind
        self.message = message
        self.path = path
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }

    /// The same error, as seen from the value that has `step` as its member.
    func below(_ step: String) -> PatchError {
        PatchError(kind, message, path: path.isEmpty || path.hasPrefix("[") ? step + path : "\(step).\(path)")
    }
}
