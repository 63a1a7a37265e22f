import Client
import Kubernetes
import Logging
import Synchronization

/// An object in a member.
struct MemberObjectKey: Hashable, Sendable, CustomStringConvertible {
    var resource: GroupVersionResource
    var key: ObjectKey

    var description: String { "\(resource.groupResource) \(key)" }
}

/// One member cluster: its client, the work to be done there, and a cache of what the control plane manages in it.
///
/// Each member has queues of its own, so that one which is slow or gone holds up no other.
final class Member: Sendable {
    /// What was last written, or found to be right, in the member.
    struct Applied: Sendable {
        var work: ObjectKey
        var version: String
        var marks: ObjectMarks
    }

    /// How long an object is left alone that has changed or was applied: what it comes to meanwhile is told in one write.
    private static let settlingTime = Duration.milliseconds(250)

    let name: String
    let client: any ObjectClient
    /// Works to bring into the member.
    let works = WorkQueue<ObjectKey>()
    /// Works that are in force in the member, which they have yet to say.
    let reports = WorkQueue<ObjectKey>()
    /// Services whose EndpointSlices may have to be collected.
    let services = WorkQueue<ObjectKey>()
    /// Objects of the member that changed.
    let observations = WorkQueue<MemberObjectKey>()

    private struct State {
        var informers: [GroupVersionResource: Informer] = [:]
        var applied: [MemberObjectKey: Applied] = [:]
        var generations: [ObjectKey: Int64] = [:]
        /// Works whose report is due or under way, and the objects of theirs that changed since it began to look at them.
        var dueReports: [ObjectKey: Set<MemberObjectKey>] = [:]
    }

    private let logger: Logger
    private let informerTasks = KeyedTasks<GroupVersionResource>()
    private let state = Mutex(State())

    init(name: String, client: any ObjectClient, logger: Logger) {
        self.name = name
        self.client = client
        self.logger = logger
    }

    /// Keeps the caches current until the task is cancelled.
    func run() async { await informerTasks.run() }

    // MARK: The cache

    /// Watches the managed objects of a resource from now on.
    func watch(_ resource: GroupVersionResource) {
        let informer = state.withLock { state -> Informer? in
            guard state.informers[resource] == nil else { return nil }
            let informer = Informer(
                resource, client: client, options: ListOptions(labelSelector: "\(Label.managed)=true"), logger: logger)
            state.informers[resource] = informer
            return informer
        }
        guard let informer else { return }
        informer.onChange { [observations] change in
            let object = MemberObjectKey(resource: resource, key: change.key)
            if case .deleted = change { observations.add(object) } else { observations.add(object, after: Self.settlingTime) }
        }
        informerTasks.start(resource) { await informer.run() }
    }

    /// A managed object as the cache has it. Nil also where the cache is not there yet.
    func cached(_ object: MemberObjectKey) -> EncodedObject? {
        state.withLock { $0.informers[object.resource] }?.get(object.key)
    }

    // MARK: What was applied

    /// The generation of a Work that is in force in the member; nil while something of it is not.
    func appliedGeneration(of work: ObjectKey) -> Int64? { state.withLock { $0.generations[work] } }

    /// Notes that a Work is in force. It is told a little later, with what has become of its objects by then.
    func noteApplied(_ generation: Int64, of work: ObjectKey) {
        state.withLock { state in
            state.generations[work] = generation
            state.dueReports[work] = state.dueReports[work] ?? []
        }
        reports.add(work, after: Self.settlingTime)
    }

    /// Whether a report of the Work is due, and tells of the object's change too; where it is under way already, the change is
    /// looked at again when it has ended.
    func leavesToReport(_ object: MemberObjectKey, of work: ObjectKey) -> Bool {
        state.withLock { $0.dueReports[work]?.insert(object) != nil }
    }

    /// What changed until now is told by the report that begins.
    func beginReport(of work: ObjectKey) { state.withLock { $0.dueReports[work] = [] } }

    func endReport(of work: ObjectKey) {
        let missed = state.withLock { $0.dueReports.removeValue(forKey: work) }
        missed?.forEach { observations.add($0) }
    }

    func applied(_ object: MemberObjectKey) -> Applied? { state.withLock { $0.applied[object] } }

    func note(_ applied: Applied, for object: MemberObjectKey) { state.withLock { $0.applied[object] = applied } }

    func forget(_ object: MemberObjectKey) { state.withLock { $0.applied[object] = nil } }

    func forget(work: ObjectKey) { state.withLock { $0.generations[work] = nil } }

    /// Brings a Work into the member again, whether or not it changed.
    func applyAgain(_ work: ObjectKey) {
        forget(work: work)
        works.add(work)
    }
}

/// What tells a change of what an object is to be from a change of its status, without a comparison of the whole. Labels and
/// annotations that never came from the control plane are the member's own, and do not count.
struct ObjectMarks: Hashable, Sendable {
    /// 0 for kinds that count no generations: every change of theirs may matter.
    private var generation: Int64
    private var labels: [String: String]
    private var annotations: [String: String]
    private var isBeingDeleted: Bool

    /// The parts of an object that have to be known for it, and its version.
    static let mask: JSONMask = [
        "metadata": [
            "resourceVersion": .all, "generation": .all, "deletionTimestamp": .all, "labels": .all, "annotations": .all,
        ]
    ]

    init(_ object: Object) {
        generation = object.generation
        func managed(_ field: String, _ list: String) -> [String: String] {
            let keys = (object[annotation: list] ?? "").split(separator: ",")
            return (object.metadata[field]?.stringMap ?? [:]).filter { entry in keys.contains { $0 == entry.key } }
        }
        labels = managed("labels", Annotation.managedLabels)
        annotations = managed("annotations", Annotation.managedAnnotations)
        isBeingDeleted = object.isBeingDeleted
    }

    /// Whether an object of these marks may differ in more than status from one of `other`.
    func mayDiffer(from other: ObjectMarks) -> Bool { generation == 0 || self != other }
}
