import ArgumentParser
import Client
import Foundation
import Kubernetes
import Logging
import Store

/// Saves the database of a control plane or member that runs.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Save the SQLite database of a flotillad that runs, as it is at one moment. (With etcd: etcdctl snapshot save.)")

    @Option(name: .customLong("data-dir"), help: "Data directory of the flotillad, whose admin.kubeconfig is used.")
    var dataDirectory: String?

    @Option(help: "Kubeconfig of the flotillad, with the rights of an administrator.")
    var kubeconfig: String?

    @Argument(help: "File to save to; must not be there yet.")
    var file: String

    func validate() throws {
        guard (dataDirectory == nil) != (kubeconfig == nil) else { throw ValidationError("either --data-dir or --kubeconfig is needed") }
    }

    func run() async throws {
        let path = kubeconfig ?? "\(dataDirectory ?? "")/admin.kubeconfig"
        let client = try HTTPObjectClient(
            try Kubeconfig.load(path).configuration(), logger: Logger(label: "backup") { _ in SwiftLogNoOpLogHandler() })
        let partial = file + ".part"
        guard !FileManager.default.fileExists(atPath: file) else { throw StartupError("\(file): is there already") }
        try? FileManager.default.removeItem(atPath: partial)
        guard FileManager.default.createFile(atPath: partial, contents: nil, attributes: [.posixPermissions: 0o600]),
            let output = fopen(partial, "w")
        else { throw StartupError("\(partial): cannot be written") }
        do {
            defer { fclose(output) }
            let answer = try await client.relay(HTTPCall("GET", "/flotilla/backup"))
            guard answer.status == 200 else { throw StartupError("the server refuses: \(try await Self.message(of: answer))") }
            for try await chunk in answer.body {
                let count = chunk.readableBytesView.withContiguousStorageIfAvailable { fwrite($0.baseAddress, 1, $0.count, output) }
                guard count == chunk.readableBytes else { throw StartupError("\(partial): cannot be written") }
            }
            guard fflush(output) == 0, fsync(fileno(output)) == 0 else { throw StartupError("\(partial): cannot be written") }
        } catch {
            await client.shutdown()
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
        await client.shutdown()
        guard rename(partial, file) == 0 else { throw StartupError("\(file): cannot be written") }
    }

    /// What the `Status` of a refusal says.
    private static func message(of answer: RelayedAnswer) async throws -> String {
        var bytes: [UInt8] = []
        for try await chunk in answer.body.prefix(16) { bytes += chunk.readableBytesView }
        return (try? JSON(parsing: bytes))?["message"]?.string ?? "status \(answer.status)"
    }
}

/// Puts a saved database in the place of a control plane's or member's.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a saved SQLite database in the place of the one of a flotillad that does not run.")

    @Option(name: .customLong("data-dir"), help: "Data directory of the flotillad; made when missing.")
    var dataDirectory: String

    @Flag(help: "Replace the database that is there.")
    var force = false

    @Argument(help: "File that flotillad backup wrote.")
    var file: String

    func run() throws {
        let database = StoreKind.path(in: dataDirectory)
        guard force || !FileManager.default.fileExists(atPath: database) else {
            throw StartupError("\(database): is there already; --force replaces it")
        }
        try makeDataDirectory(dataDirectory)
        let revision = try LocalStore.restore(sqlite: database, from: file)
        print("restored \(database) as of revision \(revision)")
    }
}
