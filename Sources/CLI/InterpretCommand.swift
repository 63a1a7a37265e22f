import ArgumentParser
import Interpreter
import Kubernetes

/// `flotilla interpret`: what the resource interpreter makes of objects, without any control plane.
struct InterpretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interpret",
        abstract: "Check and try out interpreter customizations, or ask the interpreter and the override policies offline.",
        discussion: """
            Checks customizations:
              flotilla interpret -f customization.yaml --check

            Runs an operation, by the customizations of the files and by the built-in rules:
              flotilla interpret -f customization.yaml --operation InterpretReplica --observed-file object.yaml
              flotilla interpret -f customization.yaml --operation ReviseReplica --observed-file object.yaml --desired-replica 2
              flotilla interpret -f customization.yaml --operation Retain --desired-file object.yaml --observed-file members.yaml
              flotilla interpret -f customization.yaml --operation AggregateStatus --observed-file o.yaml --status-file items.yaml

            Answers requests, one JSON object a line: {"id", "op", "object", …}, with op an operation ("replicas" with \
            ReviseReplica, "observed" with Retain, "items" with AggregateStatus) or Override ("cluster", "overridePolicies", \
            "clusterOverridePolicies"); the file may be compressed by gzip. Writes one answer a request, in the same order: \
            {"id", …} with "replicas" and "requirements", or "components", "object", "healthy", "status", "dependencies", or \
            "error": true where an object cannot be interpreted:
              flotilla interpret --requests requests.jsonl --out answers.jsonl
            """)

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp("Customizations, in YAML or JSON; may be given several times.", valueName: "file"))
    var files: [String] = []

    @Flag(help: "Only say whether the customizations are well formed and their scripts compile.")
    var check = false

    @Option(
        help: ArgumentHelp(
            "The operation to run: \(InterpreterOperation.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "operation"))
    var operation: InterpreterOperation?

    @Option(help: ArgumentHelp("The object that is asked about; of Retain what the control plane wants.", valueName: "file"))
    var desiredFile: String?

    @Option(help: ArgumentHelp("The object that is asked about; of Retain what the member has.", valueName: "file"))
    var observedFile: String?

    @Option(help: ArgumentHelp("Of AggregateStatus: what members report, one item a document.", valueName: "file"))
    var statusFile: String?

    @Option(help: ArgumentHelp("Of ReviseReplica: the replicas.", valueName: "count"))
    var desiredReplica: Int32 = 0

    @Option(help: ArgumentHelp("The requests to answer.", valueName: "file"))
    var requests: String?

    @Option(help: ArgumentHelp("Where to write the answers.", valueName: "file"))
    var out: String?

    func validate() throws {
        let modes = [check, operation != nil, requests != nil].filter { $0 }.count
        guard modes == 1 else { throw ValidationError("Give one of --check, --operation and --requests.") }
        if (requests == nil) != (out == nil) { throw ValidationError("--requests and --out go together.") }
        if check, files.isEmpty { throw ValidationError("--check needs -f.") }
        if let operation { try validate(operation) }
    }

    private func validate(_ operation: InterpreterOperation) throws {
        let files = [desiredFile, observedFile].compactMap { $0 }.count
        if operation == .retain {
            if files != 2 { throw ValidationError("Retain needs --desired-file and --observed-file.") }
        } else if files != 1 {
            throw ValidationError("\(operation.rawValue) needs one of --desired-file and --observed-file.")
        }
    }

    func run() async throws {
        if check { return try CustomizationReport(files).print() }
        let customizations = try files.flatMap { try Manifest.read($0) }.map(customization)
        let interpreter = Interpreter(custom: [Customizations(customizations)])
        if let operation { return try await execute(operation, interpreter) }
        if let requests, let out { try await answer(requests, in: out, interpreter) }
    }

    private func customization(_ manifest: Manifest) throws -> Customization {
        guard manifest.isCustomization else { throw manifest.failure("kind", "not a ResourceInterpreterCustomization") }
        return Customization(manifest.object)
    }

    // MARK: One operation

    private func execute(_ operation: InterpreterOperation, _ interpreter: Interpreter) async throws {
        let results: [(name: String, value: JSON)]
        do {
            results = try await self.results(of: operation, interpreter)
        } catch let error as InterpreterError {
            throw CommandFailure("Execute \(operation.rawValue) error: \(error)")
        }
        for (index, result) in results.enumerated() {
            print("---\n# [\(index + 1)/\(results.count)] \(result.name):")
            print(YAML.encode(result.value), terminator: "")
        }
    }

    private func results(
        of operation: InterpreterOperation, _ interpreter: Interpreter
    ) async throws -> [(name: String, value: JSON)] {
        let object = try object(desiredFile ?? observedFile ?? "")
        switch operation {
        case .retain:
            let observed = try self.object(observedFile ?? "")
            return [("retained", try await interpreter.retain(desired: object, observed: observed).json)]
        case .interpretReplica:
            let demand = try known(try await interpreter.replicas(object), operation, object)
            return [("replica", JSON(demand.replicas)), ("requires", demand.requirements ?? .null)]
        case .interpretComponent:
            return [("components", .array(try known(try await interpreter.components(object), operation, object)))]
        case .reviseReplica:
            return [("revised", try await interpreter.revise(object, replicas: Int(desiredReplica)).json)]
        case .interpretStatus:
            return [("status", try await interpreter.reflectStatus(object) ?? .null)]
        case .aggregateStatus:
            let aggregated = try known(try await interpreter.aggregateStatus(object, items: items()), operation, object)
            return [("aggregatedStatus", aggregated.json)]
        case .interpretHealth:
            let health = try await interpreter.health(object)
            return [("healthy", .bool(try known(health == .unknown ? nil : health == .healthy, operation, object)))]
        case .interpretDependency:
            return [("dependencies", .array(try await interpreter.dependencies(object).map(\.json)))]
        }
    }

    private func known<Answer>(
        _ answer: Answer?, _ operation: InterpreterOperation, _ object: Object
    ) throws(InterpreterError) -> Answer {
        guard let answer else {
            throw InterpreterError(field: "kind", message: "\(object.groupVersionKind) has no rule for \(operation.rawValue)")
        }
        return answer
    }

    private func object(_ file: String) throws -> Object {
        let manifests = try Manifest.read(file)
        guard manifests.count == 1 else { throw CommandFailure("\(file): has \(manifests.count) objects, not one") }
        return manifests[0].object
    }

    private func items() throws -> [AggregatedStatusItem] {
        guard let statusFile else { return [] }
        let documents: [YAML.Document]
        do {
            documents = try YAML.parse(try LineReader(statusFile).rest(), file: statusFile)
        } catch let error as YAMLError {
            throw CommandFailure("\(error)")
        }
        return documents.flatMap { $0.json.array ?? [$0.json] }.filter { !$0.isNull }.map(AggregatedStatusItem.init)
    }

    // MARK: Many requests

    private func answer(_ requests: String, in out: String, _ interpreter: Interpreter) async throws {
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
            try writer.write(await request.answer(by: interpreter))
        }
        try writer.close()
    }
}

extension InterpreterOperation: ExpressibleByArgument {
    /// In any case, as karmadactl takes it.
    public init?(argument: String) {
        guard let operation = Self.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() }) else {
            return nil
        }
        self = operation
    }
}

/// What `flotilla interpret --check` says, in the form of karmadactl.
private struct CustomizationReport {
    private let manifests: [Manifest]

    init(_ files: [String]) throws { manifests = try files.flatMap { try Manifest.read($0) } }

    /// - Throws: `CommandFailure` where something is wrong.
    func print() throws {
        var faults = 0
        for manifest in manifests {
            Swift.print("-----------------------------------\nSOURCE: \(manifest.object.name)")
            faults += report(manifest)
        }
        if faults > 0 { throw CommandFailure("\(faults) of the customizations' rules \(faults == 1 ? "is" : "are") wrong") }
    }

    private func report(_ manifest: Manifest) -> Int {
        guard manifest.isCustomization else {
            Swift.print("not a ResourceInterpreterCustomization, got \(manifest.object.groupVersionKind)")
            return 1
        }
        let customization = Customization(manifest.object)
        for (field, value) in [("kind", customization.target.kind), ("apiVersion", customization.target.apiVersion)]
        where value.isEmpty {
            Swift.print("target.\(field) no set")
            return 1
        }
        Swift.print("TARGET: \(customization.target.apiVersion) \(customization.target.kind)\nRULERS:")
        var faults = 0
        for operation in InterpreterOperation.allCases {
            let verdict: String
            if let problem = customization.problem(with: operation) {
                faults += 1
                verdict = "ERROR: \(problem)"
            } else {
                verdict = customization.hasScript(for: operation) ? "PASS" : "UNSET"
            }
            Swift.print("    \((operation.rawValue + ":").padded(to: 24))\(verdict)")
        }
        return faults
    }
}

extension Manifest {
    fileprivate var isCustomization: Bool {
        object.groupVersionKind
            == GroupVersionKind(apiVersion: "config.karmada.io/v1alpha1", kind: "ResourceInterpreterCustomization")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
