import Foundation
import Kubernetes
import Testing

@testable import Interpreter

/// Compares answers with those of a peer, where the sets of requests are beside the repository.
@Suite struct ConformanceTests {
    static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/conformance/interpreter")

    static let sets: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix("-requests.jsonl.gz") }.map { $0.replacing("-requests.jsonl.gz", with: "") }.sorted()
    }()

    @Test(.enabled(if: !sets.isEmpty, "no conformance sets beside the repository"), arguments: sets)
    func answersAsThePeerDoes(set: String) async throws {
        let interpreter = Interpreter()
        var requests: [String: JSON] = [:]
        for request in try Self.lines("\(set)-requests.jsonl.gz") { requests[request["id"]?.string ?? ""] = request }
        var agreed = 0
        var disagreements: [String] = []
        for expected in try Self.lines("\(set)-expected.jsonl.gz") {
            let request = try #require(requests[expected["id"]?.string ?? ""])
            let answer = try await InterpretationRequest(request).answer(by: interpreter)
            if Self.sorted(answer) == Self.sorted(expected) {
                agreed += 1
            } else {
                let question = "\(request["op"] ?? .null) \(request["object", "kind"] ?? .null)"
                disagreements.append("\(question): \(answer), not \(expected)")
            }
        }
        #expect(agreed > 0)
        #expect(disagreements == [], "\(disagreements.count) of \(agreed + disagreements.count) disagree")
    }

    /// The peer lists dependencies in random order.
    private static func sorted(_ answer: JSON) -> JSON {
        guard let dependencies = answer["dependencies"]?.array else { return answer }
        var answer = answer
        answer["dependencies"] = .array(dependencies.sorted { $0.description < $1.description })
        return answer
    }

    private static func lines(_ file: String) throws -> [JSON] {
        let gzip = Process()
        let output = Pipe()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-dc", folder.appending(path: file).path]
        gzip.standardOutput = output
        try gzip.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        gzip.waitUntilExit()
        try #require(gzip.terminationStatus == 0)
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: Array($0)) }
    }
}
