import Foundation
import Kubernetes
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Telemetry

/// Who asked what of the server, when, and with what result: one `audit.k8s.io/v1` Event a line, at level Metadata, so that no
/// content of an object and no secret ever comes into it.
public final class AuditLog: Sendable {
    public struct Configuration: Sendable {
        /// `-` for standard output.
        public var path: String
        /// Bytes after which a new file is begun; 0 for never.
        public var maximumSize: Int
        /// How many old files are kept; 0 for all.
        public var maximumBackups: Int

        public init(path: String, maximumSize: Int = 0, maximumBackups: Int = 0) {
            self.path = path
            self.maximumSize = maximumSize
            self.maximumBackups = maximumBackups
        }
    }

    private let configuration: Configuration
    private let logger: Logger
    private let file: AuditFile
    /// Encoded events that are not in the file yet, each with its line feed.
    private let waiting = Mutex<[UInt8]>([])
    private let recorded: Counter
    private let lost: Counter
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// Bytes that may wait for a slow disk; what comes beyond that is counted and lost rather than kept without bound.
    private static let maximumWaiting = 16 << 20

    /// - Throws: `APIServerError` where the file cannot be opened.
    init(_ configuration: Configuration, _ metrics: MetricsRegistry, logger: Logger) throws(APIServerError) {
        self.configuration = configuration
        self.logger = logger
        file = try AuditFile(configuration)
        recorded = metrics.counter("apiserver_audit_event_total", "Audit events that were taken to be written.")[]
        lost = metrics.counter(
            "apiserver_audit_error_total", "Audit events that were lost, by what was to write them.", labels: ["plugin"])["log"]
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func record(_ event: AuditEvent) {
        let line = event.json.encoded()
        let isTaken = waiting.withLock { waiting in
            guard waiting.count + line.count < Self.maximumWaiting else { return false }
            waiting += line
            waiting.append(UInt8(ascii: "\n"))
            return true
        }
        (isTaken ? recorded : lost).increment()
        wake.yield()
    }

    /// Writes what was recorded until the task is cancelled, and then what is left.
    func run() async {
        for await _ in wakes { await flush() }
        await flush()
        file.close()
    }

    /// In a task of its own: what was taken to be written is written, whoever is cancelled meanwhile.
    private func flush() async {
        await Task { await writeRecorded() }.value
    }

    private func writeRecorded() async {
        let lines = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        guard !lines.isEmpty else { return }
        do {
            try await NIOThreadPool.singleton.runIfActive { [file] in try file.append(lines) }
        } catch {
            logger.error("cannot write the audit log \(configuration.path): \(error)")
        }
    }
}

/// The file of an audit log. Used by one task at a time, which the lock makes plain.
private final class AuditFile: Sendable {
    private struct State {
        var handle: FileHandle
        var size: Int
    }

    private let configuration: AuditLog.Configuration
    private let state: Mutex<State>

    init(_ configuration: AuditLog.Configuration) throws(APIServerError) {
        self.configuration = configuration
        state = Mutex(try Self.open(configuration.path))
    }

    private static func open(_ path: String) throws(APIServerError) -> State {
        if path == "-" { return State(handle: .standardOutput, size: 0) }
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw .cannotWrite(path)
            }
        }
        guard let handle = FileHandle(forWritingAtPath: path), let size = try? handle.seekToEnd() else {
            throw .cannotWrite(path)
        }
        return State(handle: handle, size: Int(size))
    }

    func append(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            if configuration.maximumSize > 0, state.size > 0, state.size + bytes.count > configuration.maximumSize {
                try rotate(&state)
            }
            try state.handle.write(contentsOf: Data(bytes))
            state.size += bytes.count
        }
    }

    private func rotate(_ state: inout State) throws {
        guard configuration.path != "-" else { return }
        try state.handle.close()
        let stamp = Timestamp.now().microTime.replacing(":", with: "-")
        try FileManager.default.moveItem(atPath: configuration.path, toPath: "\(configuration.path).\(stamp)")
        state = try Self.open(configuration.path)
        guard configuration.maximumBackups > 0 else { return }
        let url = URL(filePath: configuration.path)
        let folder = url.deletingLastPathComponent()
        let prefix = url.lastPathComponent + "."
        let backups = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix(prefix) }.sorted()
        for name in backups.dropLast(configuration.maximumBackups) {
            try FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }

    func close() {
        guard configuration.path != "-" else { return }
        state.withLock { try? $0.handle.close() }
    }
}

/// One request, as the audit log has it.
struct AuditEvent: Sendable {
    enum Stage: String, Sendable {
        case responseStarted = "ResponseStarted"
        case responseComplete = "ResponseComplete"
    }

    var id: String
    var stage: Stage
    var info: RequestInfo
    /// As it came, with its query.
    var target: String
    var user: UserInfo?
    /// As whom the user acted, where that is not themselves.
    var impersonated: UserInfo?
    var sourceAddress: String?
    var userAgent: String?
    var code: Int
    var failure: APIError?
    var received: Timestamp

    var json: JSON {
        var json: JSON = [
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": .string(id),
            "stage": .string(stage.rawValue), "requestURI": .string(target), "verb": .string(info.verb),
            "user": user?.json ?? [:], "sourceIPs": JSON([sourceAddress].compactMap { $0 }),
            "responseStatus": responseStatus, "requestReceivedTimestamp": .string(received.microTime),
            "stageTimestamp": .string(Timestamp.now().microTime),
            "annotations": ["authorization.k8s.io/decision": failure?.code == 403 ? "forbid" : "allow"],
        ]
        if let impersonated { json["impersonatedUser"] = impersonated.json }
        if let userAgent { json["userAgent"] = .string(userAgent) }
        if let path = info.resource {
            var reference: JSON = ["resource": .string(path.resource.resource), "apiVersion": .string(path.resource.version)]
            for (field, value) in [
                ("apiGroup", path.resource.group), ("namespace", path.namespace ?? ""), ("name", path.name ?? ""),
                ("subresource", path.subresource ?? ""),
            ] where !value.isEmpty { reference[field] = .string(value) }
            json["objectRef"] = reference
        }
        return json
    }

    /// Without the message of an error, which may quote what was sent.
    private var responseStatus: JSON {
        var status: JSON = ["metadata": [:], "code": JSON(code)]
        if let failure {
            status["status"] = "Failure"
            if !failure.reason.rawValue.isEmpty { status["reason"] = .string(failure.reason.rawValue) }
        }
        return status
    }
}
