import Foundation
import Testing

extension EndToEnd {
    /// The official Python client, which `scripts/test.sh` installs.
    @Suite struct PythonClientTests {
        @Test func listsWatchesPatchesDefinesAndLeads() async throws {
            let daemon = try await Daemon.serve(["--store", "memory"])
            let script = Program.repository.appending(path: "Tests/EndToEnd/Python/client.py").path
            let python = try #require(try await Self.python(), "no Python 3 has the module kubernetes")
            let result = try await run(python, [script, daemon.kubeconfig], limit: .seconds(240))
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.hasSuffix("ok\n"))
            try await daemon.stop()
        }

        /// The first Python on the PATH that has the client, or the system's own.
        private static func python() async throws -> URL? {
            let folders =
                (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/bin"]
            for folder in folders {
                let candidate = URL(filePath: folder).appending(path: "python3")
                guard FileManager.default.isExecutableFile(atPath: candidate.path) else { continue }
                if try await run(candidate, ["-c", "import kubernetes"]).status == 0 { return candidate }
            }
            return nil
        }
    }
}
