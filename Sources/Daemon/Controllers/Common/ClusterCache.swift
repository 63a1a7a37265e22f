import Client
import Kubernetes
import Synchronization

/// The clusters, parsed once a change: they are asked for with every Work, and are large.
final class ClusterCache: Sendable {
    private struct Parsed {
        var revision: Int64
        var uid: String
        var cluster: Cluster
    }

    let informer: Informer
    private let parsed = Mutex<[String: Parsed]>([:])

    init(_ informer: Informer) { self.informer = informer }

    func get(_ name: String) -> Cluster? {
        guard let object = informer.get(ObjectKey(name: name)) else {
            parsed.withLock { $0[name] = nil }
            return nil
        }
        return parse(object)
    }

    /// All clusters, in the order of their names.
    func list() -> [Cluster] {
        informer.list().map(parse).sorted { $0.name < $1.name }
    }

    private func parse(_ object: EncodedObject) -> Cluster {
        let name = object.key.name
        let known = parsed.withLock { $0[name] }
        if let known, known.revision == object.revision, known.uid == object.uid { return known.cluster }
        let cluster = Cluster(object.decoded())
        parsed.withLock { $0[name] = Parsed(revision: object.revision, uid: object.uid, cluster: cluster) }
        return cluster
    }
}
