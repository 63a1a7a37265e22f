import CSQLite
import Kubernetes

/// What SQLite said when it refused.
struct SQLiteError: Error, CustomStringConvertible {
    /// The extended result code.
    var code: Int32
    var description: String

    /// The result code without its extension.
    var primaryCode: Int32 { code & 0xFF }
}

/// A connection to one SQLite file, and what is needed of the C API. Used by one thread at a time.
final class SQLiteConnection {
    private let handle: OpaquePointer

    init(path: String) throws(SQLiteError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard let handle else { throw SQLiteError(code: code, description: "out of memory") }
        guard code == SQLITE_OK else {
            defer { sqlite3_close_v2(handle) }
            throw Self.error(code, handle)
        }
        self.handle = handle
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs statements that give no rows, or whose rows do not matter.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw Self.error(code, handle) }
    }

    /// The integer that a query gives as the first column of its first row; nil where it gives no row.
    func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// The text that a query gives as the first column of its first row; nil where it gives no row.
    func text(_ sql: String) throws(SQLiteError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// Begins a copy of `source` to this connection's file.
    func backup(of source: SQLiteConnection) throws(SQLiteError) -> OpaquePointer {
        guard let backup = sqlite3_backup_init(handle, "main", source.handle, "main") else {
            throw Self.error(sqlite3_errcode(handle), handle)
        }
        return backup
    }

    func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw Self.error(code, handle) }
        return SQLiteStatement(statement, of: self)
    }

    /// Runs `body` in a transaction, which is durable when this returns, and as if never begun when it throws.
    func transaction(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        try execute("BEGIN IMMEDIATE")
        do {
            try body()
            try execute("COMMIT")
        } catch {
            // SQLite ends the transaction by itself on some errors (disk full); there is nothing to roll back then.
            if sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
            throw error
        }
    }

    fileprivate func error(_ code: Int32) -> SQLiteError { Self.error(code, handle) }

    private static func error(_ code: Int32, _ handle: OpaquePointer) -> SQLiteError {
        SQLiteError(code: code, description: String(cString: sqlite3_errmsg(handle)))
    }
}

/// A prepared statement. Parameters count from 1, columns from 0, as in SQLite.
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: SQLiteConnection

    /// Makes SQLite copy what is bound.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    fileprivate init(_ handle: OpaquePointer, of connection: SQLiteConnection) {
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(handle, index, value) }

    func bind(_ text: String, at index: Int32) {
        var text = text
        text.withUTF8 { bytes in
            _ = bytes.withMemoryRebound(to: CChar.self) {
                // An empty buffer may have no address, which would bind NULL.
                sqlite3_bind_text(handle, index, $0.baseAddress ?? UnsafePointer(bitPattern: 1), Int32($0.count), Self.transient)
            }
        }
    }

    func bind(_ bytes: [UInt8], at index: Int32) {
        bytes.withUnsafeBytes { _ = sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count), Self.transient) }
    }

    func bindNull(at index: Int32) { sqlite3_bind_null(handle, index) }

    /// Goes to the next row; false when there is none, and the statement can be run anew then.
    func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        defer { sqlite3_reset(handle) }
        guard code == SQLITE_DONE else { throw connection.error(code) }
        return false
    }

    /// Runs a statement that gives no rows.
    func run() throws(SQLiteError) { _ = try step() }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func text(_ column: Int32) -> String {
        String(decoding: bytes(of: column, sqlite3_column_text(handle, column)), as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8] { Array(bytes(of: column, sqlite3_column_blob(handle, column))) }

    /// - Parameter address: of the column's value, asked for before its length, as SQLite wants it.
    private func bytes(of column: Int32, _ address: UnsafeRawPointer?) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: address, count: address == nil ? 0 : Int(sqlite3_column_bytes(handle, column)))
    }
}
