import ArgumentParser
import Interpreter
import Kubernetes

/// `flotilla interpret`: answers a file of questions about objects, without any control plane.
struct InterpretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interpret",
        abstract: "Ask the resource interpreter and the override policies offline.",
        discussion: """
            Reads requests, one JSON object a line: {"id", "op", "object", …}, with op one of InterpretReplica, ReviseReplica \
            ("replicas"), Retain ("observed"), AggregateStatus ("items"), InterpretHealth, InterpretStatus, InterpretDependency, \
            Override ("cluster", "overridePolicies", "clusterOverridePolicies"); the file may be compressed by gzip. Writes one \
            answer a request, in the same order: {"id", …} with "replicas" and "requirements", or "object", or "healthy", or \
            "status", or "dependencies", or "error": true where an object cannot be interpreted.
            """)

    @Option(help: ArgumentHelp("The requests to answer.", valueName: "file"))
    var requests: String

    @Option(help: ArgumentHelp("Where to write the answers.", valueName: "file"))
    var out: String

    func run() throws {
        let interpreter = Interpreter()
        let reader = try LineReader(requests)
        let writer = try LineWriter(out)
        while let line = try reader.next() {
            guard !line.isEmpty else { continue }
            let request: InterpretationRequest
            do {
                request = try InterpretationRequest(try JSON(parsing: line))
            } catch {
                throw CommandFailure("\(requests):\(reader.lineNumber): \(error)")
            }
            try writer.write(request.answer(by: interpreter))
        }
        try writer.close()
    }
}
