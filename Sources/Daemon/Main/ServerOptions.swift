import ArgumentParser
import Foundation
import Logging

/// What `serve` and `member` have in common.
struct ServerOptions: ParsableArguments {
    @Option(name: .customLong("data-dir"), help: "Directory for certificates, kubeconfig and database; made when missing.")
    var dataDirectory: String

    @Option(help: "HOST:PORT to listen on; port 0 picks a free one.")
    var listen = ListenAddress(host: "127.0.0.1", port: 6443)

    @OptionGroup var logging: LoggingOptions

    func logger(_ label: String) -> Logger { logging.logger(label) }
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
