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
    /// How many different events are remembered so that repetitions count up.
    private static let memory = 4096

    public static let resource = GroupVersionResource(group: "", version: "v1", resource: "events")

    private let client: any ObjectClient
    private let logger: Logger
    private let entries: AsyncStream<Entry>
    private let add: AsyncStream<Entry>.Continuation

    public init(client: any ObjectClient, logger: Logger) {
        self.client = client
        self.logger = logger
        (entries, add) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1024))
    }

    /// - Parameter component: the controller, as `source.component` names it.
    public func record(
        _ kind: Kind, _ reason: String, _ message: String, about subject: ObjectReference, from component: String
    ) {
        add.yield(Entry(subject: subject, kind: kind, reason: reason, message: message, component: component))
    }

    public func record(_ kind: Kind, _ reason: String, _ message: String, about subject: Object, from component: String) {
        record(kind, reason, message, about: ObjectReference(subject), from: component)
    }

    /// Writes events until the task is cancelled.
    public func run() async {
        var recorded: [Entry: Recorded] = [:]
        var budget = Self.rate
        var refilled = ContinuousClock.now
        for await entry in entries {
            let now = ContinuousClock.now
            budget = min(Self.rate, budget + (now - refilled) / .seconds(1) * Self.rate)
            refilled = now
            guard budget >= (entry.kind == .normal ? 1 + Self.reserve : 1) else { continue }
            budget -= 1
            do {
                recorded[entry] = try await write(entry, after: recorded[entry])
            } catch {
                recorded[entry] = nil
                logger.debug("event \(entry.reason) about \(entry.subject.key) was not written: \(error)")
            }
            if recorded.count > Self.memory { recorded = [:] }
        }
    }

    private func write(_ entry: Entry, after last: Recorded?) async throws(APIError) -> Recorded {
        let now = Timestamp.now()
        if var last {
            last.count += 1
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
        event["count"] = 1
        _ = try await client.create(event, in: Self.resource)
        return Recorded(key: event.key, count: 1)
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
