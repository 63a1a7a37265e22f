import Foundation
import Testing

/// The binaries that the package built, and the tools that the tests drive them with.
enum Program {
    static let flotillad = products.appending(path: "flotillad")
    static let flotilla = products.appending(path: "flotilla")

    /// `kubectl` on the PATH; `scripts/test.sh` installs it where there is none.
    static let kubectl: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { URL(filePath: String($0)).appending(path: "kubectl") }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }

    /// Where the test runner lies, the products lie too.
    private static let products = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
}

/// What a finished program left.
struct CommandResult {
    let status: Int32
    let output: String
    let errors: String

    /// The output, once the program is known to have succeeded without a word of warning.
    func quiet(_ location: SourceLocation = #_sourceLocation) -> String {
        #expect(status == 0, "\(errors)", sourceLocation: location)
        #expect(errors == "", sourceLocation: location)
        return output
    }
}

struct TimeoutError: Error, CustomStringConvertible {
    let description: String
}

/// Runs a program to its end, at most for `limit`.
func run(
    _ program: URL, _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
    limit: Duration = .seconds(60)
) async throws -> CommandResult {
    let directory = try Workspace()
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = try directory.file("output")
    let errors = try directory.file("errors")
    process.standardOutput = output.handle
    process.standardError = errors.handle
    process.standardInput = FileHandle.nullDevice
    var handles = [output.handle, errors.handle]
    if let input {
        try Data(input.utf8).write(to: directory.url.appending(path: "input"))
        let handle = try FileHandle(forReadingFrom: directory.url.appending(path: "input"))
        process.standardInput = handle
        handles.append(handle)
    }
    let ended = AsyncStream<Void>.makeStream()
    process.terminationHandler = { _ in ended.continuation.finish() }
    try process.run()
    // Foundation keeps processes, and what they were given, for good; and crashes where a process has more than a thousand files.
    for handle in handles { try handle.close() }
    let timer = Task {
        try await Task.sleep(for: limit)
        kill(process.processIdentifier, SIGKILL)
    }
    for await _ in ended.stream {}
    timer.cancel()
    return CommandResult(
        status: process.terminationStatus, output: try output.text(), errors: try errors.text())
}

/// Awaits a condition, asking every 50 ms; fails the test after `limit`.
func eventually(
    _ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while true {
        if try await condition() { return }
        guard ContinuousClock.now < deadline else { throw TimeoutError(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// A directory of its own, gone with the value.
final class Workspace: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "flotilla-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) throws -> OutputFile {
        let path = url.appending(path: name)
        _ = FileManager.default.createFile(atPath: path.path, contents: nil)
        return OutputFile(url: path, handle: try FileHandle(forWritingTo: path))
    }
}

struct OutputFile: @unchecked Sendable {  // the handle is only handed to a child process
    let url: URL
    let handle: FileHandle

    func text() throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }
}
