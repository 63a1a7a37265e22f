import Client
import Foundation
import Logging

/// A `flotillad` process with a directory of its own.
public final class Daemon {
    public let directory: URL
    private let process = Process()
    private let output = Pipe()

    public var kubeconfig: String { directory.appending(path: "admin.kubeconfig").path }
    public var pid: Int32 { process.processIdentifier }

    /// Starts `flotillad ARGUMENTS… --data-dir DIRECTORY --listen 127.0.0.1:0` and waits until it is ready.
    /// - Parameter directory: one with an earlier run's data; nil makes a new one.
    public init(_ executable: String, _ arguments: [String], in directory: URL? = nil) throws {
        self.directory = directory ?? .temporaryDirectory.appending(path: "flotilla-benchmark-\(UUID().uuidString.prefix(8))")
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments + ["--data-dir", self.directory.path, "--listen", "127.0.0.1:0"]
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = try output.fileHandleForReading.read(upToCount: 1) ?? Data()
            guard !byte.isEmpty else { throw BenchmarkError("\(executable) ended before it was ready") }
            line += byte
        }
    }

    /// Has a member join this control plane, by `flotilla join`.
    public func join(_ member: Daemon, as name: String, by flotilla: String) throws {
        let join = try Process.run(
            URL(filePath: flotilla),
            arguments: ["join", name, "--kubeconfig", kubeconfig, "--cluster-kubeconfig", member.kubeconfig])
        join.waitUntilExit()
        guard join.terminationStatus == 0 else { throw BenchmarkError("cannot join \(name)") }
    }

    public func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// Stops it and removes its data.
    public func remove() {
        stop()
        try? FileManager.default.removeItem(at: directory)
    }

    public func configuration() throws -> ClientConfiguration { try Kubeconfig.load(kubeconfig).configuration() }

    public func client() throws -> HTTPObjectClient {
        try HTTPObjectClient(try configuration(), logger: Logger(label: "benchmark"))
    }

    /// CPU time that it has used in all, in seconds (proc(5): utime and stime, in hundredths of a second).
    public var cpuSeconds: Double {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")")
        else { return 0 }
        let fields = stat[end...].split(separator: " ")
        return (Double(fields[12]) ?? 0) / 100 + (Double(fields[13]) ?? 0) / 100
    }

    /// Memory that is resident now, in megabytes.
    public var residentMegabytes: Double {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return 0 }
        return (Double(line.split(separator: " ")[1]) ?? 0) / 1024
    }
}

public struct BenchmarkError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
