import Crypto
import FoundationEssentials
import Kubernetes

/// What all replicas of one control plane must have in common, so that a client of one is a client of all: the certificate
/// authority, and the keys of service accounts' tokens.
public struct ControlPlaneKeys: Sendable, Equatable {
    private static let authority = ["ca.crt", "ca.key"]
    private static let retiredMember = "retired"
    private static let maximumRetired = 100

    /// Contents by name.
    private var files: [String: String]
    /// Hashes of the keys of tokens that count no more, the latest last: by these a replica that was away for long is known.
    private var retired: [String] = []

    /// Reads what `encoded` gave.
    public init(encoded: [UInt8]) throws {
        files = try JSON(parsing: encoded).stringMap
        retired = files.removeValue(forKey: Self.retiredMember)?.split(separator: " ").map(String.init) ?? []
    }

    /// The keys of a new control plane: those of its first replica's data directory, which is left as it is; what is missing
    /// there is made.
    public init(foundingIn path: String) async throws {
        let directory = try DataDirectory(path: path)
        let draft = try DataDirectory(path: directory.path(of: "keys.new"))
        defer { try? FileManager.default.removeItem(atPath: draft.path) }
        for (name, text) in try Self.read(directory) { try draft.write(name, text, mode: 0o600) }
        _ = try CertificateAuthority(in: draft)
        _ = try await ServiceAccountTokens(in: draft) { _, _ in nil }
        files = try Self.read(draft)
    }

    /// The keys of a control plane that shares `shared`, with what a replica's data directory changes about them: `sa.key` that
    /// was moved to `sa.key.old` is to sign no more, and `sa.key.old` that was removed counts no more.
    /// - Throws: `APIServerError.foreign` where the directory has another authority: clients trust that, and would be locked out;
    ///   `APIServerError.unknownKey` where nobody knows its key.
    public init(_ shared: ControlPlaneKeys, changedIn path: String) throws {
        let directory = try DataDirectory(path: path)
        let own = try Self.read(directory)
        self = shared
        for name in Self.authority where own[name] != nil && own[name] != files[name] {
            throw APIServerError.foreign(directory.path(of: name))
        }
        let key = own[ServiceAccountKeys.file]
        let old = own[ServiceAccountKeys.oldFile]
        if let old, old == files[ServiceAccountKeys.file] {
            files[ServiceAccountKeys.file] = key ?? ServiceAccountKeys.makeKey()
            replaceOldKey(by: old)
        } else if let key, key == files[ServiceAccountKeys.file] {
            if old == nil { replaceOldKey(by: nil) }
        } else if let key, key != files[ServiceAccountKeys.oldFile], !retired.contains(Self.hash(key)) {
            throw APIServerError.unknownKey(directory.path(of: ServiceAccountKeys.file))
        }
    }

    private mutating func replaceOldKey(by key: String?) {
        if let gone = files[ServiceAccountKeys.oldFile] { retired = (retired + [Self.hash(gone)]).suffix(Self.maximumRetired) }
        files[ServiceAccountKeys.oldFile] = key
    }

    private static func hash(_ key: String) -> String { Base64.encode(Array(SHA256.hash(data: Data(key.utf8)))) }

    private static func read(_ directory: DataDirectory) throws -> [String: String] {
        var files: [String: String] = [:]
        for name in authority + [ServiceAccountKeys.file, ServiceAccountKeys.oldFile] { files[name] = try directory.read(name) }
        return files
    }

    public var encoded: [UInt8] {
        JSON(files.merging([Self.retiredMember: retired.joined(separator: " ")]) { $1 }).encoded()
    }

    /// The keys of tokens; the first one signs.
    var ofServiceAccounts: [String] { [ServiceAccountKeys.file, ServiceAccountKeys.oldFile].compactMap { files[$0] } }

    /// Puts the keys into a data directory.
    public func install(in path: String) throws {
        let directory = try DataDirectory(path: path)
        for (name, text) in files.sorted(by: { $0.key > $1.key }) {
            try directory.write(name, text, mode: name.hasSuffix(".crt") ? 0o644 : 0o600)
        }
        if files[ServiceAccountKeys.oldFile] == nil { try directory.remove(ServiceAccountKeys.oldFile) }
    }
}
