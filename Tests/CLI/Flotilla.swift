import Foundation
import Kubernetes
import Testing

/// The `flotilla` that the package built, run in a directory of its own that is gone with the value.
final class Flotilla {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    private static let program = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "flotilla")
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "flotilla-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: directory.appending(path: name))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: directory.appending(path: name)), as: UTF8.self)
    }

    /// Runs it to its end, which comes soon: no test has it wait for anything.
    func run(_ arguments: [String]) async throws -> Result {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.environment = ["HOME": directory.path, "PATH": "/usr/bin:/bin"]
        process.standardInput = FileHandle.nullDevice
        for name in ["output", "errors"] { try write(name, "") }
        let handles = try ["output", "errors"].map { try FileHandle(forWritingTo: directory.appending(path: $0)) }
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        let ended = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in ended.continuation.finish() }
        try process.run()
        for handle in handles { try handle.close() }
        let timer = Task { [id = process.processIdentifier] in
            try await Task.sleep(for: .seconds(60))
            kill(id, SIGKILL)
        }
        for await _ in ended.stream {}
        timer.cancel()
        return Result(status: process.terminationStatus, output: try read("output"), errors: try read("errors"))
    }
}
