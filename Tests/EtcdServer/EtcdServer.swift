import Foundation

/// Debian's `etcd` beside a test, on free ports of the loopback interface.
package final class EtcdServer: @unchecked Sendable {  // the process is started and ended by one test
    private let directory: URL
    private let clientPort: Int
    private let peerPort: Int
    private let security: [String]
    private var process = Process()

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
    /// - Parameter tls: PEM files of an authority, and of a certificate and key for `127.0.0.1`: clients must show a certificate.
    package init(tls: (ca: String, certificate: String, key: String)? = nil) async throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "flotilla-etcd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        clientPort = try Self.freePort()
        peerPort = try Self.freePort()
        endpoint = "\(tls == nil ? "http" : "https")://127.0.0.1:\(clientPort)"
        security =
            tls.map {
                ["--client-cert-auth", "--trusted-ca-file", $0.ca, "--cert-file", $0.certificate, "--key-file", $0.key]
            } ?? []
        try await start()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: directory)
    }

    /// Starts it, again after `stop`, with the same address and data.
    package func start() async throws {
        let program = Self.program ?? URL(filePath: "/usr/bin/etcd")
        let peer = "http://127.0.0.1:\(peerPort)"
        process = Process()
        process.executableURL = program
        process.arguments =
            [
                "--name", "default", "--data-dir", directory.path, "--listen-client-urls", endpoint, "--advertise-client-urls", endpoint,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
                "--logger", "zap", "--log-level", "error",
            ] + security
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<1200 {
            if Self.accepts(clientPort) { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CocoaError(.executableLoad)
    }

    /// Ends it at once, as a crash does; its data stays.
    package func stop() async throws {
        kill(process.processIdentifier, SIGKILL)
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Stops it in its tracks, connections included, or lets it go on.
    package func pause(_ paused: Bool) { kill(process.processIdentifier, paused ? SIGSTOP : SIGCONT) }

    /// Runs `etcdctl` to its end.
    /// - Returns: its output.
    @discardableResult
    package func control(_ arguments: String...) throws -> String { try control(arguments) }

    @discardableResult
    package func control(_ arguments: [String]) throws -> String {
        let control = Process()
        control.executableURL = Self.control ?? URL(filePath: "/usr/bin/etcdctl")
        control.arguments = ["--endpoints", endpoint] + arguments
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
