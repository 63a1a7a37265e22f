import ArgumentParser
import Store

/// Where objects are kept.
enum StoreKind: String, ExpressibleByArgument, CaseIterable {
    /// A database file in the data directory.
    case sqlite
    /// Nowhere beyond the process: for tests.
    case memory

    static func path(in dataDirectory: String) -> String { "\(dataDirectory)/flotilla.db" }

    /// - Parameter syncs: whether acknowledged writes outlive the machine's power and not only this process.
    func open(in dataDirectory: String, syncs: Bool = true) async throws -> any ObjectStore {
        switch self {
        case .sqlite: try await LocalStore.open(sqlite: Self.path(in: dataDirectory), syncs: syncs)
        case .memory: LocalStore()
        }
    }
}
