import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The folder in which the server keeps its keys and certificates.
struct DataDirectory {
    let path: String

    /// Makes the folder where it is missing.
    init(path: String) throws(APIServerError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .cannotMakeDirectory(path)
        }
    }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Nil where there is no such file.
    func read(_ name: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: path(of: name)) else { return nil }
        return String(decoding: try Data(contentsOf: URL(filePath: path(of: name))), as: UTF8.self)
    }

    func remove(_ name: String) throws {
        guard FileManager.default.fileExists(atPath: path(of: name)) else { return }
        try FileManager.default.removeItem(atPath: path(of: name))
    }

    /// Replaces the file in one step (POSIX `rename`), so that a crash leaves the old one or the new one; nobody else can read it
    /// at any time that `mode` denies it.
    func write(_ name: String, _ text: String, mode: Int) throws {
        let final = path(of: name)
        let temporary = final + ".new"
        try? FileManager.default.removeItem(atPath: temporary)
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        else { throw APIServerError.cannotWrite(final) }
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: temporary)
        guard rename(temporary, final) == 0 else { throw APIServerError.cannotWrite(final) }
    }
}

/// Why a server does not start.
public enum APIServerError: Error, CustomStringConvertible {
    case cannotMakeDirectory(String)
    case cannotWrite(String)
    /// What is there is not what belongs there. Nothing is made anew in its place: others may trust what was.
    case damaged(String)
    /// A key of another control plane than the one whose store this is.
    case foreign(String)
    /// A key of service accounts' tokens that is neither the one that the replicas share, nor the one before.
    case unknownKey(String)
    case cannotListen(host: String, port: Int, reason: String)

    public var description: String {
        switch self {
        case .cannotMakeDirectory(let path): "cannot make the directory \(path)"
        case .cannotWrite(let path): "cannot write \(path)"
        case .damaged(let path): "\(path): not in PEM format"
        case .foreign(let path): "\(path): belongs to another control plane than the objects in the store"
        case .unknownKey(let path):
            """
            \(path): not the key that the replicas share; move that one to sa.key.old to change it, or remove this file to take it
            """
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host):\(port): \(reason)"
        }
    }
}
