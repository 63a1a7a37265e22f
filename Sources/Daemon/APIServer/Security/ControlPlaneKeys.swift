import FoundationEssentials
import Kubernetes

/// What all replicas of one control plane must have in common, so that a client of one is a client of all: the certificate
/// authority, and the key that signs the tokens of service accounts.
public struct ControlPlaneKeys: Sendable, Equatable {
    private static let names = ["ca.crt", "ca.key", "sa.key"]

    private let files: [String: String]

    /// Reads the files of a data directory; where it has none yet, makes keys without putting them there.
    public init(readingOrMakingFor path: String) async throws {
        let directory = try DataDirectory(path: path)
        let existing = try Self.read(directory)
        if existing.count == Self.names.count {
            files = existing
            return
        }
        guard existing.isEmpty else { throw APIServerError.damaged(directory.path(of: Self.names.joined(separator: ", "))) }
        let draft = try DataDirectory(path: directory.path(of: "keys.new"))
        defer { try? FileManager.default.removeItem(atPath: draft.path) }
        _ = try CertificateAuthority(in: draft)
        _ = try await ServiceAccountTokens(in: draft) { _, _ in nil }
        files = try Self.read(draft)
    }

    private static func read(_ directory: DataDirectory) throws -> [String: String] {
        var files: [String: String] = [:]
        for name in names { files[name] = try directory.read(name) }
        return files
    }

    /// Reads what `encoded` gave.
    public init(encoded: [UInt8]) throws {
        files = try JSON(parsing: encoded).stringMap
    }

    public var encoded: [UInt8] { JSON(files).encoded() }

    /// Puts the keys into a data directory.
    /// - Throws: `APIServerError.foreign` where it has others: clients trust those, and would be locked out.
    public func install(in path: String) throws {
        let directory = try DataDirectory(path: path)
        for (name, own) in try Self.read(directory) where own != files[name] {
            throw APIServerError.foreign(directory.path(of: name))
        }
        for (name, text) in files {
            try directory.write(name, text, mode: name.hasSuffix(".key") ? 0o600 : 0o644)
        }
    }
}
