import Crypto
import FoundationEssentials
import JWTKit
import Kubernetes

/// The key that signs the tokens of service accounts (ES256), and the one that used to.
struct ServiceAccountKeys: Sendable {
    static let file = "sa.key"
    static let oldFile = "sa.key.old"

    /// The one that signs comes first.
    private let publicKeys: [P256.Signing.PublicKey]
    private let collection = JWTKeyCollection()

    /// - Parameter pems: private keys, at least one; the first one signs.
    init(pems: [String]) async throws {
        publicKeys = try pems.map { try P256.Signing.PrivateKey(pemRepresentation: $0).publicKey }
        for (pem, key) in zip(pems, publicKeys) {
            await collection.add(ecdsa: try ES256PrivateKey(pem: pem), kid: JWKIdentifier(string: Self.identifier(of: key)))
        }
    }

    static func makeKey() -> String { P256.Signing.PrivateKey().pemRepresentation }

    /// A hash of the key, as kube-apiserver makes it.
    private static func identifier(of key: P256.Signing.PublicKey) -> String {
        base64URL(Data(SHA256.hash(data: key.derRepresentation)))
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    func sign(_ claims: some JWTPayload) async throws -> String {
        try await collection.sign(claims, kid: JWKIdentifier(string: Self.identifier(of: publicKeys[0])))
    }

    func verify<Claims: JWTPayload>(_ token: String, as claims: Claims.Type) async throws -> Claims {
        try await collection.verify(token, as: claims)
    }

    /// Whether `token` says that another key than these signed it.
    func lackKey<Claims: JWTPayload>(of token: String, as claims: Claims.Type) -> Bool {
        guard let identifier = (try? DefaultJWTParser().parse(Array(token.utf8), as: claims))?.header.kid else { return false }
        return !publicKeys.contains { Self.identifier(of: $0) == identifier }
    }

    /// `/openid/v1/jwks`: the keys by which others verify the tokens (RFC 7517, RFC 7518 §6.2).
    var keySet: JSON {
        [
            "keys": .array(
                publicKeys.map { key in
                    let point = key.rawRepresentation
                    return [
                        "use": "sig", "kty": "EC", "kid": .string(Self.identifier(of: key)), "crv": "P-256",
                        "alg": "ES256", "x": .string(Self.base64URL(point.prefix(32))),
                        "y": .string(Self.base64URL(point.suffix(32))),
                    ]
                })
        ]
    }
}

/// Reads the keys that replicas share, seldom enough that made-up tokens cost little.
actor SharedServiceAccountKeys {
    private static let interval = Duration.seconds(1)

    private let read: @Sendable () async throws -> ControlPlaneKeys?
    private var lastRead: ContinuousClock.Instant?
    private var reading: Task<ServiceAccountKeys?, Never>?

    init(_ read: @escaping @Sendable () async throws -> ControlPlaneKeys?) { self.read = read }

    /// - Returns: nil where they cannot be read, or were read just now.
    func current() async -> ServiceAccountKeys? {
        if let reading { return await reading.value }
        if let lastRead, .now - lastRead < Self.interval { return nil }
        lastRead = .now
        let task = Task { [read] () -> ServiceAccountKeys? in
            guard let pems = try? await read()?.ofServiceAccounts else { return nil }
            return try? await ServiceAccountKeys(pems: pems)
        }
        reading = task
        defer { reading = nil }
        return await task.value
    }
}
