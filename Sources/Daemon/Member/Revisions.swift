import Client
import Kubernetes

/// The history of a StatefulSet's or DaemonSet's pod template, kept as ControllerRevisions.
struct Revisions: Sendable {
    struct Revision: Sendable, Equatable {
        /// Of the ControllerRevision.
        var name: String
        /// What tells its pods from others' (`controller-revision-hash`).
        var hash: String
        var template: JSON
    }

    static let label = "controller-revision-hash"
    static let defaultHistoryLimit = 10

    let client: any ObjectClient
    let caches: Caches

    /// The revision of the owner's template as it is now, which is made or becomes the newest.
    func current(of owner: Object) async throws -> Revision {
        let history = caches.controllerRevisions(ownedBy: owner.uid)
        let template = owner.spec["template"] ?? .null
        let next = JSON((history.compactMap { $0["revision"]?.int }.max() ?? 0) + 1)
        if var existing = history.first(where: { Self.template($0) == template }) {
            // A template that comes back is the newest again.
            if let number = existing["revision"]?.int, number + 1 < next.int ?? 0 {
                existing["revision"] = next
                _ = try await client.update(existing, in: .controllerRevisions)
            }
            return Self.revision(existing)
        }
        var collisions = owner.status["collisionCount"]?.int ?? 0
        while true {
            let hash = Hashing.hash(template, collisions: collisions)
            var object = Object(
                apiVersion: "apps/v1", kind: "ControllerRevision", namespace: owner.namespace, name: "\(owner.name)-\(hash)")
            object.labels = (template["metadata", "labels"]?.stringMap ?? [:]).merging([Self.label: hash]) { $1 }
            object.ownerReferences = [OwnerReference(controller: owner)]
            object["data"] = Self.data(template)
            object["revision"] = next
            let (stored, isNew) = try await client.createOrGet(object, in: .controllerRevisions)
            let isOwn = stored.controller?.uid == owner.uid
            if isNew || isOwn && Self.template(stored) == template { return Self.revision(stored) }
            collisions += 1
        }
    }

    /// The revision of that name; nil where it is not in the history.
    func named(_ name: String, of owner: Object) -> Revision? {
        caches.controllerRevisions(ownedBy: owner.uid).first { $0.name == name }.map(Self.revision)
    }

    /// Deletes the oldest revisions beyond `spec.revisionHistoryLimit` that nothing uses.
    /// - Parameter used: names that must stay.
    func trim(_ owner: Object, used: Set<String>) async throws {
        let unused = caches.controllerRevisions(ownedBy: owner.uid).filter { !used.contains($0.name) }
        let surplus = unused.count - (owner.spec["revisionHistoryLimit"]?.int ?? Self.defaultHistoryLimit)
        guard surplus > 0 else { return }
        for revision in unused.sorted(by: { ($0["revision"]?.int ?? 0) < ($1["revision"]?.int ?? 0) }).prefix(surplus) {
            try await client.deleteIfPresent(.controllerRevisions, revision.key, uid: revision.uid)
        }
    }

    private static func revision(_ object: Object) -> Revision {
        Revision(name: object.name, hash: object.labels[label] ?? "", template: template(object))
    }

    /// A strategic merge patch that puts the template back: what `kubectl rollout undo` applies.
    private static func data(_ template: JSON) -> JSON {
        var patch = template
        patch["$patch"] = "replace"
        return ["spec": ["template": patch]]
    }

    private static func template(_ revision: Object) -> JSON {
        var template = revision["data", "spec", "template"] ?? .null
        template["$patch"] = nil
        return template
    }
}
