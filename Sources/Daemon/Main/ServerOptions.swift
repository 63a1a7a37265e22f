import APIServer
import ArgumentParser
import Foundation
import Logging

/// What `serve` and `member` have in common.
struct ServerOptions: ParsableArguments {
    @Option(name: .customLong("data-dir"), help: "Directory for certificates, kubeconfig and database; made when missing.")
    var dataDirectory: String

    @Option(help: "HOST:PORT to listen on; port 0 picks a free one.")
    var listen = ListenAddress(host: "127.0.0.1", port: 6443)

    @Option(help: "How many requests that only read are worked on at a time; more wait, and then are told to come back (429).")
    var maxRequestsInflight = 400

    @Option(help: "How many requests that change something are worked on at a time.")
    var maxMutatingRequestsInflight = 200

    @Option(help: "File for the audit log, one audit.k8s.io/v1 Event a line, at level Metadata; - for standard output.")
    var auditLogPath: String?

    @Option(help: "Megabytes after which a new audit log is begun; 0 for never.")
    var auditLogMaxsize = 100

    @Option(help: "How many old audit logs are kept; 0 for all.")
    var auditLogMaxbackup = 0

    @OptionGroup var logging: LoggingOptions

    func logger(_ label: String) -> Logger { logging.logger(label) }

    func validate() throws {
        for (name, value, least) in [
            ("max-requests-inflight", maxRequestsInflight, 1), ("max-mutating-requests-inflight", maxMutatingRequestsInflight, 1),
            ("audit-log-maxsize", auditLogMaxsize, 0), ("audit-log-maxbackup", auditLogMaxbackup, 0),
        ] {
            guard (least...1_000_000).contains(value) else {
                throw ValidationError("--\(name): must be between \(least) and 1000000, not \(value)")
            }
        }
    }

    var serverConfiguration: APIServer.Configuration {
        var configuration = APIServer.Configuration(host: listen.host, port: listen.port, dataDirectory: dataDirectory)
        configuration.maximumRequests = maxRequestsInflight
        configuration.maximumMutatingRequests = maxMutatingRequestsInflight
        configuration.audit = auditLogPath.map {
            AuditLog.Configuration(path: $0, maximumSize: auditLogMaxsize << 20, maximumBackups: auditLogMaxbackup)
        }
        return configuration
    }
}

/// What all daemons have in common.
struct LoggingOptions: ParsableArguments {
    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .notice

    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        return logger
    }
}

/// Why the daemon does not start, where no part of it says so: one line, exit status 1.
struct StartupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// An address to listen on: `127.0.0.1:6443`, `[::1]:0`, `localhost:6443`.
struct ListenAddress: ExpressibleByArgument, CustomStringConvertible {
    var host: String
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...]) else { return nil }
        var host = String(argument[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.init(host: host, port: Int(port))
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var defaultValueDescription: String { description }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
