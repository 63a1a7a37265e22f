import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A copy of a database in the making, page by page, while its connection goes on writing: what is written meanwhile is copied, too
/// (SQLite's online backup API). Used by the connection's thread.
final class SQLiteBackup {
    private static let pagesAStep: Int32 = 2_000

    private let path: String
    /// Both live as long as the copy is being made.
    private let source: SQLiteConnection
    private let target: SQLiteConnection
    private let handle: OpaquePointer

    /// - Parameter path: of a file that is not there yet; nobody but its owner may read it.
    init(of source: SQLiteConnection, to path: String) throws(StoreError) {
        self.path = path
        self.source = source
        try StoreFile.make(path, isNew: true)
        do {
            target = try SQLiteConnection(path: path)
            handle = try target.backup(of: source)
        } catch {
            throw SQLiteLog.explain(error, path)
        }
    }

    deinit { sqlite3_backup_finish(handle) }

    /// Copies some pages.
    /// - Returns: whether all are copied, and the copy is durable.
    func step() throws(StoreError) -> Bool {
        let code = sqlite3_backup_step(handle, Self.pagesAStep)
        switch code {
        case SQLITE_DONE: return true
        case SQLITE_OK, SQLITE_BUSY, SQLITE_LOCKED: return false
        default: throw SQLiteLog.explain(SQLiteError(code: code, description: String(cString: sqlite3_errstr(code))), path)
        }
    }
}

/// What POSIX does for database files.
enum StoreFile {
    /// Makes a file where there is none, readable by its owner only (it holds Secrets); SQLite would make it readable by all.
    /// - Parameter isNew: refuses one that is there.
    static func make(_ path: String, isNew: Bool = false) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (isNew ? O_EXCL : 0), 0o600)
        guard descriptor >= 0 else { throw error(path) }
        close(descriptor)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Removes a database with what SQLite keeps beside it.
    static func remove(_ path: String) { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) } }

    /// Copies a file's bytes to a new file.
    static func copy(_ source: String, to target: String) throws(StoreError) {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw error(source) }
        defer { close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw error(target) }
        defer { close(output) }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
        defer { chunk.deallocate() }
        while true {
            let count = read(input, chunk.baseAddress, chunk.count)
            guard count >= 0 else { throw error(source) }
            guard count > 0 else { break }
            var written = 0
            while written < count {
                let more = write(output, chunk.baseAddress?.advanced(by: written), count - written)
                guard more > 0 else { throw error(target) }
                written += more
            }
        }
        guard fsync(output) == 0 else { throw error(target) }
    }

    /// Puts a file in the place of another, in one step, and for good.
    static func move(_ source: String, to target: String) throws(StoreError) {
        guard rename(source, target) == 0 else { throw error(target) }
        let folder = open(target.lastIndex(of: "/").map { String(target[...$0]) } ?? ".", O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { throw error(target) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw error(target) }
    }

    private static func error(_ path: String) -> StoreError {
        let text = "\(path): \(String(cString: strerror(errno)))"
        return errno == ENOSPC ? .full(text) : .unavailable(text)
    }
}
