import APIServer
import Foundation
import Store
import UnixSignals

/// Opens the store, starts an API server on it and `components` beside the server, prints the ready line, and runs until
/// SIGTERM or SIGINT, or until something fails.
func runServer(
    _ options: ServerOptions, catalog: ResourceCatalog, publishesClusterInfo: Bool = false,
    store open: () async throws -> any ObjectStore,
    components: @escaping @Sendable (APIServer) async throws -> [@Sendable () async throws -> Void]
) async throws {
    try makeDataDirectory(options.dataDirectory)
    let store = try await open()
    var configuration = options.serverConfiguration
    configuration.publishesClusterInfo = publishesClusterInfo
    if let shared = store as? EtcdStore { configuration.sharedKeys = { try await StoreOptions.sharedKeys(in: shared) } }
    let server = try await APIServer(
        store: store, catalog: catalog, configuration: configuration, logger: options.logger("apiserver"))
    let components = try await components(server)
    try await runUntilSignalled(
        components + [{ try await server.run { url in announceReady(url) } }])
    await store.close()
}

/// Runs all components until SIGTERM or SIGINT, or until one of them ends or fails, which ends all.
func runUntilSignalled(_ components: [@Sendable () async throws -> Void]) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    do {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signals { return } }
            for component in components { group.addTask(operation: component) }
            defer { group.cancelAll() }
            try await group.next()
        }
    } catch is CancellationError {
        // Ended on demand.
    }
}

/// Prints the one line that says that the daemon is ready.
func announceReady(_ what: String) { FileHandle.standardOutput.write(Data("flotillad ready \(what)\n".utf8)) }

/// Makes the data directory where it is missing, for its owner only.
func makeDataDirectory(_ path: String) throws {
    do {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
        let cause = (error as? CocoaError)?.userInfo[NSUnderlyingErrorKey] as? POSIXError
        let reason = cause.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
        throw StartupError("--data-dir: cannot make the directory \(path): \(reason)")
    }
}
