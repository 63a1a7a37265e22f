import Collections
import Kubernetes
import Logging
import Synchronization

/// Tells users what controllers and the scheduler did, as `Event` objects (`core/v1`).
///
/// Recording never waits and never fails. An event that was there before counts up in the object it has already; what comes
/// faster than events are worth writing is dropped, good news first.
public final class EventRecorder: Sendable {
    public enum Kind: String, Sendable { case normal = "Normal", warning = "Warning" }

    private struct Entry: Hashable, Sendable {
        var subject: ObjectReference
        var kind: Kind
        var reason: String
        var message: String
        var component: String
    }

    private struct Recorded {
        var key: ObjectKey
        var count: Int
    }

    /// Events written a second, and what of a second's worth is kept for warnings.
    private static let rate = 100.0
    private static let reserve = 50.0
    /// Events come in swarms. Those of so long are written side by side, and share the store's commits.
    private static let gatheringTime = Duration.milliseconds(100)
    private static let waitingLimit = 1024
    /// How many different events are remembered so that repetitions count up.
    private static let memory = 4096

    public static let resource = GroupVersionResource(group: "", version: "v1", resource: "events")

    private let client: any ObjectClient
    private let logger: Logger
    /// How often each was recorded since the last were written, as they came.
    private let waiting = Mutex<OrderedDictionary<Entry, Int>>([:])
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    public init(client: any ObjectClient, logger: Logger) {
        self.client = client
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// - Parameter component: the controller, as `source.component` names it.
    public func record(
        _ kind: Kind, _ reason: String, _ message: String, about subject: ObjectReference, from component: String
    ) {
        let entry = Entry(subject: subject, kind: kind, reason: reason, message: message, component: component)
        let isFirst = waiting.withLock { waiting in
            guard waiting.count < Self.waitingLimit || waiting[entry] != nil else { return false }
            waiting[entry, default: 0] += 1
            return waiting.count == 1
        }
        if isFirst { wake.yield() }
    }

    public func record(_ kind: Kind, _ reason: String, _ message: String, about subject: Object, from component: String) {
        record(kind, reason, message, about: ObjectReference(subject), from: component)
    }

    /// Writes events until the task is cancelled.
    public func run() async {
        var recorded: [Entry: Recorded] = [:]
        var budget = Self.rate
        var refilled = ContinuousClock.now
        for await _ in wakes {
            guard (try? await Task.sleep(for: Self.gatheringTime)) != nil else { return }
            let now = ContinuousClock.now
            budget = min(Self.rate, budget + (now - refilled) / .seconds(1) * Self.rate)
            refilled = now
            let batch = waiting.withLock { waiting in
                defer { waiting = [:] }
                return waiting
            }
            var affordable: [(entry: Entry, count: Int)] = []
            for (entry, count) in batch where budget >= (entry.kind == .normal ? 1 + Self.reserve : 1) {
                budget -= 1
                affordable.append((entry, count))
            }
            await write(affordable, after: &recorded)
            if recorded.count > Self.memory { recorded = [:] }
        }
    }

    private func write(_ entries: [(entry: Entry, count: Int)], after recorded: inout [Entry: Recorded]) async {
        await withTaskGroup(of: (Entry, Recorded?).self) { group in
            for (entry, count) in entries {
                let last = recorded[entry]
                group.addTask {
                    do {
                        return (entry, try await self.write(entry, times: count, after: last))
                    } catch {
                        self.logger.debug("event \(entry.reason) about \(entry.subject.key) was not written: \(error)")
                        return (entry, nil)
                    }
                }
            }
            for await (entry, written) in group { recorded[entry] = written }
        }
    }

    private func write(_ entry: Entry, times count: Int, after last: Recorded?) async throws(APIError) -> Recorded {
        let now = Timestamp.now()
        if var last {
            last.count += count
            let patch: JSON = ["count": JSON(last.count), "lastTimestamp": .string(now.description)]
            do {
                _ = try await client.patch(Self.resource, last.key, .merge(patch), subresource: nil)
                return last
            } catch {
                // Where it expired, this is a new one.
                guard error.reason == .notFound else { throw error }
            }
        }
        let subject = entry.subject
        let namespace = subject.key.namespace.isEmpty ? "default" : subject.key.namespace
        let name = "\(subject.key.name).\(String(UInt64(bitPattern: now.nanoseconds), radix: 16))"
        var event = Object(apiVersion: "v1", kind: "Event", namespace: namespace, name: name)
        event["involvedObject"] = subject.json
        event["type"] = .string(entry.kind.rawValue)
        event["reason"] = .string(entry.reason)
        event["message"] = .string(String(entry.message.prefix(1024)))
        event["source"] = ["component": .string(entry.component)]
        event["reportingComponent"] = .string(entry.component)
        event["reportingInstance"] = ""
        event["firstTimestamp"] = .string(now.description)
        event["lastTimestamp"] = .string(now.description)
        event["count"] = JSON(count)
        _ = try await client.create(event, in: Self.resource)
        return Recorded(key: event.key, count: count)
    }
}

/// An object that an event is about (`core/v1.ObjectReference`).
public struct ObjectReference: Hashable, Sendable {
    public var kind: GroupVersionKind
    public var key: ObjectKey
    public var uid: String

    public init(kind: GroupVersionKind, key: ObjectKey, uid: String) {
        self.kind = kind
        self.key = key
        self.uid = uid
    }

    public init(_ object: Object) {
        kind = object.groupVersionKind
        key = object.key
        uid = object.uid
    }

    public init(_ resource: ResourceBinding.ObjectReference) {
        self.init(kind: resource.groupVersionKind, key: resource.key, uid: resource.uid)
    }

    public init(_ cluster: Cluster) {
        self.init(kind: Cluster.kind, key: ObjectKey(name: cluster.name), uid: cluster.uid)
    }

    public init(_ binding: ResourceBinding) {
        let kind = binding.key.namespace.isEmpty ? "ClusterResourceBinding" : "ResourceBinding"
        self.init(
            kind: GroupVersionKind(group: "work.karmada.io", version: "v1alpha2", kind: kind), key: binding.key, uid: binding.uid)
    }

    var json: JSON {
        var json: JSON = [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "name": .string(key.name), "uid": .string(uid),
        ]
        if !key.namespace.isEmpty { json["namespace"] = .string(key.namespace) }
        return json
    }
}
