import Client
import Foundation
import Kubernetes
import Logging
import Synchronization
import Testing

/// Writers and a watcher that work through crashes of the daemon, and what each of them knows.
///
/// Every writer creates objects and updates them twice, one write after the other, without a pause: what the daemon acknowledged
/// must be there ever after, and the watcher must see all steps of every object, each exactly once.
final class Crowd: Sendable {
    static let configMaps = GroupVersionResource(group: "", version: "v1", resource: "configmaps")
    private static let steps = 3

    private struct State {
        /// The last step that was acknowledged, by name.
        var acknowledged: [String: Int] = [:]
        /// The last step that the watcher saw, by name.
        var seen: [String: Int] = [:]
        var resourceVersion = ""
        var faults: [String] = []
        var failedWrites = 0
        var longestWrite = Duration.zero
    }

    private let state = Mutex(State())

    var acknowledged: Int { state.withLock { $0.acknowledged.values.reduce(0) { $0 + $1 + 1 } } }
    var failedWrites: Int { state.withLock { $0.failedWrites } }
    /// How long a write took at most until it was answered.
    var longestWrite: Duration { state.withLock { $0.longestWrite } }
    var faults: [String] { state.withLock { $0.faults } }

    private static func client(of server: Daemon) throws -> HTTPObjectClient {
        try HTTPObjectClient(
            try Kubeconfig.load(server.kubeconfig).configuration(context: nil),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Writes and watches until `interruption` is over, and until the writers have noticed that the daemon is gone.
    /// - Parameters:
    ///   - round: tells the names of this call's objects from others'.
    ///   - endures: go on after a failed write, with another object, instead of ending; the failure must say that the store is
    ///     not available.
    func work(
        on server: Daemon, round: Int, writers: Int = 8, endures: Bool = false, until interruption: () async throws -> Void
    ) async throws {
        let client = try Self.client(of: server)
        if state.withLock({ $0.resourceVersion.isEmpty }) {
            let list = try await client.list(Self.configMaps, ListOptions(namespace: "default"))
            state.withLock { $0.resourceVersion = list.resourceVersion }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch(client) }
            for writer in 0..<writers {
                group.addTask { await self.write(client, prefix: "r\(round)-w\(writer)", endures: endures) }
            }
            try await interruption()
            group.cancelAll()
            try await group.waitForAll()
        }
        await client.shutdown()
    }

    private func write(_ client: HTTPObjectClient, prefix: String, endures: Bool) async {
        var number = 0
        while !Task.isCancelled {
            let name = "\(prefix)-\(number)"
            number += 1
            var begin = ContinuousClock.now
            do throws(APIError) {
                var object = Self.configMap(name, step: 0)
                for step in 0..<Self.steps {
                    object["data"] = Self.configMap(name, step: step)["data"]
                    let stored =
                        step == 0
                        ? try await client.create(object, in: Self.configMaps) : try await client.update(object, in: Self.configMaps)
                    state.withLock { state in
                        state.acknowledged[name] = step
                        state.longestWrite = max(state.longestWrite, .now - begin)
                    }
                    begin = .now
                    object = stored.decoded()
                }
            } catch {
                guard !Task.isCancelled else { return }
                let isClear = error.code == 503 && error.message.contains("the store is not available: etcd")
                state.withLock { state in
                    state.failedWrites += 1
                    state.longestWrite = max(state.longestWrite, .now - begin)
                    if endures, !isClear { state.faults.append("\(name): \(error)") }
                }
                guard endures else { return }
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// Two fields that belong together, far apart: half of an object would show.
    private static func configMap(_ name: String, step: Int) -> Object {
        var object = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: name)
        object["data"] = [
            "first": JSON.string("\(name)/\(step)"), "payload": .string(String(repeating: "x", count: 300)),
            "last": .string("\(name)/\(step)"),
        ]
        return object
    }

    /// The step that an object is at; nil where it is not whole.
    private static func step(of object: EncodedObject) -> Int? {
        let data = object.decoded()["data"]
        guard let first = data?["first"]?.string, first == data?["last"]?.string, data?["payload"]?.string?.utf8.count == 300,
            first.hasPrefix(object.key.name + "/")
        else { return nil }
        return Int(first.dropFirst(object.key.name.utf8.count + 1))
    }

    /// Takes in events from where it was, until the connection breaks.
    private func watch(_ client: HTTPObjectClient) async {
        do {
            let options = WatchOptions(namespace: "default", resourceVersion: state.withLock { $0.resourceVersion })
            for try await event in try await client.watch(Self.configMaps, options) { note(event) }
        } catch let error as APIError where error.reason == .expired || error.reason == .gone {
            state.withLock { $0.faults.append("the watch could not go on: \(error)") }
        } catch {
            // The daemon is gone.
        }
    }

    private func note(_ event: WatchEvent) {
        state.withLock { state in
            guard let object = event.object else {
                if case .bookmark(let version) = event { state.resourceVersion = version }
                return
            }
            let name = object.key.name
            if let before = Int64(state.resourceVersion), object.revision <= before {
                state.faults.append("\(name)@\(object.revision) came after \(before)")
            }
            state.resourceVersion = String(object.revision)
            guard name.hasPrefix("r") else { return }  // what the control plane itself writes
            let expected = (state.seen[name] ?? -1) + 1
            if Self.step(of: object) != expected {
                state.faults.append("\(name): step \(expected) was not seen, but \(String(decoding: object.bytes, as: UTF8.self))")
            }
            state.seen[name] = expected
        }
    }

    /// Compares what there is with what was acknowledged, and lets the watcher catch up with it.
    func check(_ server: Daemon) async throws {
        let client = try Self.client(of: server)
        let watching = Task { await watch(client) }
        let found = Box([String: Int]())
        do {
            // Looked at again and again: the last write of a writer that was ended may still be under way.
            try await eventually("the watcher has seen what there is") {
                found.value = try await steps(client)
                return state.withLock { $0.seen } == found.value
            }
        } catch is TimeoutError {
            let seen = state.withLock { $0.seen }
            let differing = Set(seen.keys).union(found.value.keys).filter { seen[$0] != found.value[$0] }
            state.withLock { $0.faults.append("the watcher saw another history than there is, of \(differing.sorted())") }
        }
        watching.cancel()
        await watching.value
        state.withLock { state in
            for (name, step) in state.acknowledged {
                // The write after the last acknowledged one may have happened, too.
                guard let present = found.value[name], (step...step + 1).contains(present) else {
                    let present = found.value[name].map(String.init) ?? "nothing"
                    state.faults.append("\(name): step \(step) was acknowledged, but \(present) is there")
                    continue
                }
            }
        }
        await client.shutdown()
    }

    /// The steps that the objects are at.
    private func steps(_ client: HTTPObjectClient) async throws -> [String: Int] {
        let list = try await client.list(Self.configMaps, ListOptions(namespace: "default"))
        var found: [String: Int] = [:]
        for object in list.items where object.key.name.hasPrefix("r") {
            if let step = Self.step(of: object) {
                found[object.key.name] = step
            } else {
                state.withLock { $0.faults.append("\(object.key.name) is half-written") }
            }
        }
        return found
    }
}
