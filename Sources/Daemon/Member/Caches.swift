import Client
import Kubernetes
import Logging

/// The informers that the simulation's parts share.
struct Caches: Sendable {
    let pods: PodCache
    let nodes: Informer
    let deployments: Informer
    /// Found by the uid of what manages them.
    let replicaSets: Informer
    let statefulSets: Informer
    let daemonSets: Informer
    /// Found by the uid of what manages them.
    let controllerRevisions: Informer
    let jobs: Informer
    /// Found by namespace.
    let services: Informer

    private static let owner = "owner"
    private static let namespace = "namespace"

    init(client: any ObjectClient, logger: Logger) {
        func informer(_ resource: GroupVersionResource, _ indexes: [String: Informer.IndexFunction] = [:]) -> Informer {
            Informer(resource, client: client, indexes: indexes, logger: logger)
        }
        let byOwner: [String: Informer.IndexFunction] = [Self.owner: { $0.decoded().controller.map { [$0.uid] } ?? [] }]
        pods = PodCache(client: client, logger: logger)
        nodes = informer(.nodes)
        deployments = informer(.deployments)
        replicaSets = informer(.replicaSets, byOwner)
        statefulSets = informer(.statefulSets)
        daemonSets = informer(.daemonSets)
        controllerRevisions = informer(.controllerRevisions, byOwner)
        jobs = informer(.jobs)
        services = informer(.services, [Self.namespace: { [$0.key.namespace] }])
    }

    func replicaSets(ownedBy uid: String) -> [Object] {
        replicaSets.objects(index: Self.owner, value: uid).map { $0.decoded() }
    }

    func controllerRevisions(ownedBy uid: String) -> [Object] {
        controllerRevisions.objects(index: Self.owner, value: uid).map { $0.decoded() }
    }

    func services(in namespace: String) -> [EncodedObject] { services.objects(index: Self.namespace, value: namespace) }

    private var informers: [Informer] {
        [
            pods.informer, nodes, deployments, replicaSets, statefulSets, daemonSets, controllerRevisions, jobs, services,
        ]
    }

    /// Lists and watches until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for informer in informers { group.addTask { await informer.run() } }
        }
    }

    func waitUntilSynced() async {
        for informer in informers { await informer.waitUntilSynced() }
    }
}
