import Client
import Foundation
import Kubernetes
import Logging
import Synchronization

/// Calls a Service from within a member, many times a second: looks its endpoints up in the member's EndpointSlices, as the
/// member's own proxies do, and calls one after the other where they answer on the loopback network.
struct ServiceCaller {
    struct Report: CustomStringConvertible {
        var sent = 0
        var answered = 0
        /// Calls that no endpoint answered.
        var failed = 0
        /// How often each pod answered.
        var pods: [String: Int] = [:]

        var description: String { "sent \(sent), answered \(answered), failed \(failed), by \(pods.count) pods" }
    }

    private static let perSecond = 200
    /// They share the calls: at most so many are under way at a time. Threads, so that nothing else in the test holds them up.
    static let threads = 4
    /// Endpoints that a call tries, where a connection is refused.
    private static let attempts = 3

    let service: String
    let member: Daemon
    var namespace = "default"

    /// Calls for as long as `body` takes.
    func call(during body: @Sendable (_ report: @Sendable () -> Report) async throws -> Void) async throws -> Report {
        let logger = Logger(label: "caller") { _ in SwiftLogNoOpLogHandler() }
        let client = try HTTPObjectClient(try Kubeconfig.load(member.kubeconfig).configuration(), logger: logger)
        let state = State()
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            let slices = Informer(
                GroupVersionResource(group: "discovery.k8s.io", version: "v1", resource: "endpointslices"), client: client,
                options: ListOptions(namespace: namespace, labelSelector: "kubernetes.io/service-name=\(service)"),
                logger: logger)
            slices.onChange { _ in state.set(Self.endpoints(slices.list().map { $0.decoded() })) }
            group.addTask { await slices.run() }
            try await eventually("\(service) has endpoints", within: .seconds(60)) { state.hasEndpoints }
            Self.start(state)
            do {
                try await body { state.report }
            } catch {
                state.stop()
                throw error
            }
            state.stop()
            try await eventually("the last calls are over") { state.areThreadsDone }
        }
        await client.shutdown()
        return state.report
    }

    /// Those that are ready; where none is, those that still answer while they end.
    private static func endpoints(_ slices: [Object]) -> [SocketEndpoint] {
        func select(_ isMeant: (JSON) -> Bool) -> [SocketEndpoint] {
            slices.flatMap { slice in
                let ports = (slice["ports"]?.array ?? []).compactMap { $0["port"]?.int }
                return (slice["endpoints"]?.array ?? []).filter { isMeant($0["conditions"] ?? [:]) }
                    .flatMap { $0["addresses"]?.strings ?? [] }
                    .flatMap { address in
                        let host = "127." + address.split(separator: ".").dropFirst().joined(separator: ".")
                        return ports.map { SocketEndpoint(host: host, port: $0) }
                    }
            }
        }
        let ready = select { $0["ready"]?.bool ?? true }
        return ready.isEmpty ? select { $0["serving"]?.bool ?? false && $0["terminating"]?.bool ?? false } : ready
    }

    private static func start(_ state: State) {
        let begin = ContinuousClock.now
        for first in 0..<threads {
            Thread.detachNewThread {
                var turn = first
                while state.isRunning {
                    let wait = (begin + .seconds(Double(turn) / Double(perSecond)) - .now) / .seconds(1)
                    if wait > 0 { Thread.sleep(forTimeInterval: wait) }
                    call(turn, state)
                    turn += threads
                }
                state.noteEndOfThread()
            }
        }
    }

    private static func call(_ turn: Int, _ state: State) {
        state.note { $0.sent += 1 }
        for attempt in 0..<attempts {
            switch state.endpoint(turn + attempt)?.get() {
            case .answer(let pod)?:
                return state.note {
                    $0.answered += 1
                    $0.pods[pod, default: 0] += 1
                }
            case .refused?: continue
            case .cutOff?, nil: return state.note { $0.failed += 1 }
            }
        }
        state.note { $0.failed += 1 }
    }

    private final class State: Sendable {
        private let endpoints = Mutex<[SocketEndpoint]>([])
        private let counts = Mutex(Report())
        private let runs = Mutex((isRunning: true, ended: 0))

        func set(_ list: [SocketEndpoint]) { endpoints.withLock { $0 = list } }
        func endpoint(_ turn: Int) -> SocketEndpoint? { endpoints.withLock { $0.isEmpty ? nil : $0[turn % $0.count] } }
        var hasEndpoints: Bool { endpoints.withLock { !$0.isEmpty } }
        func note(_ change: (inout Report) -> Void) { counts.withLock { change(&$0) } }
        var report: Report { counts.withLock { $0 } }

        var isRunning: Bool { runs.withLock { $0.isRunning } }
        func stop() { runs.withLock { $0.isRunning = false } }
        func noteEndOfThread() { runs.withLock { $0.ended += 1 } }
        var areThreadsDone: Bool { runs.withLock { $0.ended == ServiceCaller.threads } }
    }
}

/// Where a pod answers.
struct SocketEndpoint: Sendable {
    enum Outcome {
        /// The body's first line.
        case answer(String)
        /// Nobody listens.
        case refused
        /// Somebody does, but does not answer.
        case cutOff
    }

    var host: String
    var port: Int

    /// One HTTP request over a connection of its own. Blocks, for a few seconds at most.
    func get() -> Outcome {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { return .refused }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return .refused }
        let request = Array("GET / HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return .cutOff }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 200"), let body = text.firstRange(of: "\r\n\r\n")?.upperBound,
            let line = text[body...].split(separator: "\n").first
        else { return .cutOff }
        return .answer(String(line))
    }
}
