import APIServer
import Foundation
import Store
import UnixSignals

/// Opens the store, starts an API server on it and `components` beside the server, prints the ready line, and runs until
/// SIGTERM or SIGINT, or until something fails.
func runServer(
    _ options: ServerOptions, store kind: StoreKind, catalog: ResourceCatalog,
    components: @escaping @Sendable (APIServer) async throws -> [@Sendable () async throws -> Void]
) async throws {
    do {
        try FileManager.default.createDirectory(
            atPath: options.dataDirectory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
        let cause = (error as? CocoaError)?.userInfo[NSUnderlyingErrorKey] as? POSIXError
        let reason = cause.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
        throw StartupError("--data-dir: cannot make the directory \(options.dataDirectory): \(reason)")
    }
    let store = try await kind.open(in: options.dataDirectory)
    let server = try await APIServer(
        store: store, catalog: catalog,
        configuration: .init(host: options.listen.host, port: options.listen.port, dataDirectory: options.dataDirectory),
        logger: options.logger("apiserver"))
    let components = try await components(server)
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    do {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in signals { return } }
            group.addTask {
                try await server.run { url in
                    FileHandle.standardOutput.write(Data("flotillad ready \(url)\n".utf8))
                }
            }
            for component in components { group.addTask(operation: component) }
            // Whichever ends first, by a signal or by failing, ends all.
            defer { group.cancelAll() }
            try await group.next()
        }
    } catch is CancellationError {
        // Ended on demand.
    }
    await store.close()
}
