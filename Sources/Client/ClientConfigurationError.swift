/// Why a client cannot be set up: names the file and the field, never their secrets.
public struct ClientConfigurationError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
