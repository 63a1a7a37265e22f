import Foundation
import Synchronization

/// Debian's `etcd` beside a test, on free ports of the loopback interface.
package final class EtcdServer: Sendable {
    /// PEM files.
    package struct TLS: Sendable {
        package struct Credential: Sendable {
            var certificate, key: String

            package init(certificate: String, key: String) {
                self.certificate = certificate
                self.key = key
            }
        }

        var ca: String
        /// For `127.0.0.1`.
        var server: Credential
        /// What `control` shows.
        var client: Credential

        package init(ca: String, server: Credential, client: Credential) {
            self.ca = ca
            self.server = server
            self.client = client
        }
    }

    private let directory: URL
    private let name: String
    /// All members, as `--initial-cluster` wants them.
    private let cluster: String
    private let clientPort: Int
    private let peerPort: Int
    private let tls: TLS?
    private let current = Mutex((process: Process(), port: 0))

    /// `http://127.0.0.1:PORT`
    package let endpoint: String

    package static let program: URL? = find("etcd")
    package static let control: URL? = find("etcdctl")

    private static func find(_ name: String) -> URL? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map { URL(filePath: String($0)).appending(path: name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// Starts etcd and waits until it answers.
    /// - Parameter tls: nil for none; else clients must show a certificate of the authority.
    package convenience init(tls: TLS? = nil) async throws {
        let peerPort = try Self.freePort()
        try self.init("default", peerPort: peerPort, cluster: "default=http://127.0.0.1:\(peerPort)", tls: tls)
        try await start()
    }

    /// Starts the members of one cluster.
    package static func cluster(of count: Int) async throws -> [EtcdServer] {
        let ports = try (0..<count).map { _ in try freePort() }
        let all = ports.enumerated().map { "member\($0)=http://127.0.0.1:\($1)" }.joined(separator: ",")
        let members = try ports.enumerated().map { try EtcdServer("member\($0)", peerPort: $1, cluster: all, tls: nil) }
        // None of them answers before most are there.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for member in members { group.addTask { try await member.start() } }
            try await group.waitForAll()
        }
        return members
    }

    private init(_ name: String, peerPort: Int, cluster: String, tls: TLS?) throws {
        self.name = name
        self.cluster = cluster
        self.peerPort = peerPort
        self.tls = tls
        directory = FileManager.default.temporaryDirectory.appending(path: "flotilla-etcd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        clientPort = try Self.freePort()
        endpoint = Self.endpoint(clientPort, tls)
    }

    private static func endpoint(_ port: Int, _ tls: TLS?) -> String { "\(tls == nil ? "http" : "https")://127.0.0.1:\(port)" }

    deinit {
        let process = current.withLock { $0.process }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: directory)
    }

    /// Starts it, again after `stop`, with the same data and, unless it is to be where nobody but `control` finds it, the same
    /// address.
    package func start(hidden: Bool = false) async throws {
        let port = hidden ? try Self.freePort() : clientPort
        let address = Self.endpoint(port, tls)
        let peer = "http://127.0.0.1:\(peerPort)"
        let process = Process()
        process.executableURL = Self.program ?? URL(filePath: "/usr/bin/etcd")
        process.arguments =
            [
                "--name", name, "--data-dir", directory.path, "--listen-client-urls", address, "--advertise-client-urls", address,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster,
                "--logger", "zap", "--log-level", "error",
            ]
            + (tls.map { tls in
                [
                    "--client-cert-auth", "--trusted-ca-file", tls.ca, "--cert-file", tls.server.certificate, "--key-file",
                    tls.server.key,
                ]
            } ?? [])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        current.withLock { $0 = (process, port) }
        for _ in 0..<1200 {
            if Self.accepts(port) { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CocoaError(.executableLoad)
    }

    /// Ends it at once, as a crash does; its data stays.
    package func stop() async throws {
        let process = current.withLock { $0.process }
        kill(process.processIdentifier, SIGKILL)
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Stops it in its tracks, connections included, or lets it go on.
    package func pause(_ paused: Bool) {
        kill(current.withLock { $0.process }.processIdentifier, paused ? SIGSTOP : SIGCONT)
    }

    /// Runs `etcdctl` to its end.
    /// - Returns: its output.
    @discardableResult
    package func control(_ arguments: String...) throws -> String { try control(arguments) }

    @discardableResult
    package func control(_ arguments: [String]) throws -> String {
        let control = Process()
        control.executableURL = Self.control ?? URL(filePath: "/usr/bin/etcdctl")
        let address = Self.endpoint(current.withLock { $0.port }, tls)
        control.arguments =
            ["--endpoints", address, "--command-timeout", "30s"]
            + (tls.map { ["--cacert", $0.ca, "--cert", $0.client.certificate, "--key", $0.client.key] } ?? []) + arguments
        control.environment = ["ETCDCTL_API": "3", "PATH": "/usr/bin:/bin"]
        let output = Pipe()
        control.standardOutput = output
        control.standardError = FileHandle.nullDevice
        try control.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        control.waitUntilExit()
        guard control.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return String(decoding: data, as: UTF8.self)
    }

    private static func freePort() throws -> Int {
        try withSocket { descriptor, address in
            var address = address
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
                }
            }
            guard isBound else { throw POSIXError(.EADDRINUSE) }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    private static func accepts(_ port: Int) -> Bool {
        let connected = try? withSocket { descriptor, address in
            var address = address
            address.sin_port = UInt16(port).bigEndian
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
        return connected ?? false
    }

    private static func withSocket<Value>(_ body: (Int32, sockaddr_in) throws -> Value) throws -> Value {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return try body(descriptor, address)
    }
}
