import ArgumentParser
import Store

/// Where objects are kept.
enum StoreKind: String, ExpressibleByArgument, CaseIterable {
    /// A database file in the data directory.
    case sqlite
    /// Nowhere beyond the process: for tests.
    case memory

    func open(in dataDirectory: String) async throws -> any ObjectStore {
        switch self {
        case .sqlite: try await LocalStore.open(sqlite: "\(dataDirectory)/flotilla.db")
        case .memory: LocalStore()
        }
    }
}
