extension LocalStore {
    /// How far above the backup's last revision a restored store goes on: more than was written since, at any rate.
    private static let revisionGap: Int64 = 1_000_000_000

    /// Puts a copy of the backup at `backup` in the place of the database at `path`, which no process may have open.
    ///
    /// Clients have seen revisions that the backup does not know, and no revision may stand for two states: the store goes on far
    /// above, and whoever watches from an old revision is told that it is too old, and lists anew.
    /// - Returns: the backup's last revision.
    /// - Throws: `StoreError.unavailable` where the backup is no whole database of a known version, or the database is in use.
    @discardableResult
    public static func restore(sqlite path: String, from backup: String) throws(StoreError) -> Int64 {
        let copy = path + ".restore"
        StoreFile.remove(copy)
        defer { StoreFile.remove(copy) }
        try StoreFile.copy(backup, to: copy)
        let revision: Int64
        do {
            revision = try SQLiteLog(path: copy, mustExist: true).skipRevisions(by: revisionGap)
        }
        if StoreFile.exists(path) { try checkUnused(path) }
        StoreFile.remove(path)
        try StoreFile.move(copy, to: path)
        return revision
    }

    private static func checkUnused(_ path: String) throws(StoreError) {
        do {
            _ = try SQLiteLog(path: path)
        } catch .inUse {
            throw .inUse(path)
        } catch {
            // A damaged database is what backups are for.
        }
    }
}
