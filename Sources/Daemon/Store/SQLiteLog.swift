import CSQLite
import Kubernetes

/// A commit log in an SQLite file: a table that grows at its end, one row a change.
///
/// A commit is a sequential insert and one sync of the write-ahead log. Versions that were superseded are deleted when no history
/// needs them any more, and their pages are used again.
final class SQLiteLog: CommitLog {
    /// Marks the file as ours ("flot"), so that a database of something else is not taken for an empty store.
    private static let applicationID: Int64 = 0x666C_6F74
    private static let schemaVersion: Int64 = 1

    private let path: String
    let connection: SQLiteConnection
    private let insertion: SQLiteStatement
    private let deletion: SQLiteStatement

    /// Opens the file at `path`, or makes it, readable by its owner only (it holds Secrets).
    /// - Parameters:
    ///   - mustExist: refuses to make a store where there is none.
    ///   - syncs: whether a commit outlives the machine's power and not only this process.
    init(path: String, mustExist: Bool = false, syncs: Bool = true) throws(StoreError) {
        self.path = path
        // Made here rather than by SQLite for its mode, which the write-ahead log inherits.
        try StoreFile.make(path)
        do {
            connection = try SQLiteConnection(path: path)
            try Self.configure(connection, syncs: syncs)
            if let refusal = try Self.prepareSchema(connection, mustExist: mustExist) {
                throw StoreError.unavailable("\(path): \(refusal)")
            }
            insertion = try connection.prepare(
                """
                INSERT INTO log (revision, collection, namespace, name, uid, labels, deletion, value)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
            deletion = try connection.prepare("DELETE FROM log WHERE revision = ?")
        } catch let error as SQLiteError {
            throw Self.explain(error, path)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable("\(path): \(error)")
        }
    }

    /// In exclusive mode the first access locks the file for as long as the connection lives, and needs no shared memory.
    private static func configure(_ connection: SQLiteConnection, syncs: Bool) throws(SQLiteError) {
        try connection.execute(
            """
            PRAGMA locking_mode = EXCLUSIVE;
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = \(syncs ? "FULL" : "NORMAL");
            PRAGMA cell_size_check = ON;
            """)
    }

    /// Makes the tables in a new file.
    /// - Returns: why an existing file cannot be used; nil where it can.
    private static func prepareSchema(_ connection: SQLiteConnection, mustExist: Bool) throws(SQLiteError) -> String? {
        let version = try connection.integer("PRAGMA user_version") ?? 0
        let application = try connection.integer("PRAGMA application_id") ?? 0
        if application == applicationID {
            guard version <= schemaVersion else {
                return "the store has version \(version), made by a newer release; this one reads up to version \(schemaVersion)"
            }
            // Reads every page, as loading does next: whether they hang together.
            let verdict = try connection.text("PRAGMA quick_check(1)") ?? "no answer"
            return verdict == "ok" ? nil : "the database is damaged: \(verdict)"
        }
        if mustExist { return "this is no store of Flotilla" }
        guard application == 0, version == 0, try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 else {
            return "this is an SQLite database, but no store of Flotilla"
        }
        try connection.transaction { () throws(SQLiteError) in
            try connection.execute(
                """
                PRAGMA application_id = \(applicationID);
                PRAGMA user_version = \(schemaVersion);
                CREATE TABLE log (
                    revision INTEGER PRIMARY KEY,
                    collection TEXT NOT NULL,
                    namespace TEXT NOT NULL,
                    name TEXT NOT NULL,
                    uid TEXT NOT NULL,
                    labels BLOB,
                    deletion INTEGER NOT NULL,
                    value BLOB NOT NULL
                );
                CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
                INSERT INTO meta VALUES ('compacted', 0);
                """)
        }
        return nil
    }

    static func explain(_ error: SQLiteError, _ path: String) -> StoreError {
        switch error.primaryCode {
        case SQLITE_BUSY, SQLITE_LOCKED: .inUse(path)
        case SQLITE_FULL: .full("\(path): no space is left")
        case SQLITE_NOTADB: .unavailable("\(path): this is no SQLite database")
        case SQLITE_CORRUPT: .unavailable("\(path): the database is damaged: \(error)")
        default: .unavailable("\(path): \(error)")
        }
    }

    // MARK: CommitLog

    func load(_ body: (Change) -> Void) throws(StoreError) -> Int64 {
        do {
            guard let compacted = try connection.integer("SELECT value FROM meta WHERE name = 'compacted'") else {
                throw StoreError.unavailable("\(path): the database is damaged: no compacted revision")
            }
            let rows = try connection.prepare(
                "SELECT revision, collection, namespace, name, uid, labels, deletion, value FROM log ORDER BY revision")
            var collections: [String: GroupResource] = [:]
            while try rows.step() {
                let name = rows.text(1)
                let collection = collections[name] ?? GroupResource(name)
                collections[name] = collection
                // Columns rather than the object's JSON give what a cache needs: most objects are never decoded.
                let object = EncodedObject(
                    bytes: rows.bytes(7), key: ObjectKey(namespace: rows.text(2), name: rows.text(3)), uid: rows.text(4),
                    revision: rows.integer(0), labels: rows.isNull(5) ? [:] : try JSON(parsing: rows.bytes(5)).stringMap)
                body(Change(collection: collection, object: object, isDeletion: rows.integer(6) != 0))
            }
            return compacted
        } catch let error as SQLiteError {
            throw Self.explain(error, path)
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable("\(path): the database is damaged: \(error)")
        }
    }

    func commit(_ changes: [Change]) throws(StoreError) {
        try transaction { () throws(SQLiteError) in
            for change in changes {
                let object = change.object
                insertion.bind(object.revision, at: 1)
                insertion.bind(change.collection.description, at: 2)
                insertion.bind(object.key.namespace, at: 3)
                insertion.bind(object.key.name, at: 4)
                insertion.bind(object.uid, at: 5)
                if object.labels.isEmpty {
                    insertion.bindNull(at: 6)
                } else {
                    insertion.bind(JSON(object.labels).encoded(), at: 6)
                }
                insertion.bind(change.isDeletion ? 1 : 0, at: 7)
                insertion.bind(object.bytes, at: 8)
                try insertion.run()
            }
        }
    }

    func discard(_ revisions: [Int64], compacted: Int64) throws(StoreError) {
        try transaction { () throws(SQLiteError) in
            for revision in revisions {
                deletion.bind(revision, at: 1)
                try deletion.run()
            }
            try connection.execute("UPDATE meta SET value = \(compacted) WHERE name = 'compacted'")
        }
    }

    func backup(to path: String) throws(StoreError) -> SQLiteBackup { try SQLiteBackup(of: connection, to: path) }

    /// Lets revisions go on `gap` above the newest, and history begin there.
    /// - Returns: the newest revision.
    func skipRevisions(by gap: Int64) throws(StoreError) -> Int64 {
        var newest: Int64 = 0
        try transaction { () throws(SQLiteError) in
            newest = try connection.integer("SELECT max(value, (SELECT coalesce(max(revision), 1) FROM log)) FROM meta") ?? 1
            try connection.execute("UPDATE meta SET value = \(newest + gap) WHERE name = 'compacted'")
        }
        return newest
    }

    private func transaction(_ body: () throws(SQLiteError) -> Void) throws(StoreError) {
        do {
            try connection.transaction(body)
        } catch {
            throw Self.explain(error, path)
        }
    }
}

extension GroupResource {
    /// Reads a `description`: resources' names have no dots.
    fileprivate init(_ description: String) {
        let parts = description.split(separator: ".", maxSplits: 1)
        self.init(group: parts.count > 1 ? String(parts[1]) : "", resource: parts.first.map(String.init) ?? "")
    }
}
