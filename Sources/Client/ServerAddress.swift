#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The parts of an address that a configuration gives as a URL.
struct ServerAddress: Sendable, Equatable {
    var scheme: String
    /// Without brackets where it is an IPv6 address.
    var host: String
    var port: Int
    /// What comes before the paths of the API, without a slash at its end.
    var basePath: String

    /// - Parameters:
    ///   - defaultPorts: of the schemes that are allowed.
    ///   - field: names the field in errors.
    init(_ text: String, defaultPorts: [String: Int], field: String) throws(ClientConfigurationError) {
        // A user's name and password in the text stay out of the message.
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host, !host.isEmpty else {
            throw ClientConfigurationError("\(field): not a URL with a scheme and a host")
        }
        guard let defaultPort = defaultPorts[scheme] else {
            let schemes = defaultPorts.keys.sorted().joined(separator: " or ")
            throw ClientConfigurationError("\(field): the scheme \"\(scheme)\" is not supported, only \(schemes)")
        }
        guard url.user == nil, url.password == nil, url.query == nil, url.fragment == nil else {
            throw ClientConfigurationError("\(field): a user, a query or a fragment is not supported")
        }
        self.scheme = scheme
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = url.port ?? defaultPort
        basePath = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        guard 1...65_535 ~= port else { throw ClientConfigurationError("\(field): no port has the number \(port)") }
    }

    /// `https://host:port`
    func origin(host: String) -> String { "\(scheme)://\(Self.bracketed(host)):\(port)" }

    /// `host:port`
    var authority: String { "\(bracketedHost):\(port)" }

    /// As URLs write it.
    var bracketedHost: String { Self.bracketed(host) }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}

/// Percent-encoding of RFC 3986.
public enum PercentEncoding {
    private static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    private static let ofPaths = unreserved.union("/:@!$&'()*+,;=".utf8)

    static func path(_ text: String) -> String { encode(text, ofPaths) }

    /// `?a=b&c=d`, without the parameters whose value is empty; empty where there is none left.
    static func query(_ parameters: [(String, String)]) -> String {
        let pairs = parameters.filter { !$0.1.isEmpty }.map { "\($0.0)=\(component($0.1))" }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// A name or a value in a query.
    public static func component(_ text: String) -> String { encode(text, unreserved) }

    private static func encode(_ text: String, _ allowed: Set<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if allowed.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
