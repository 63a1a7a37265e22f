import Client
import Kubernetes

/// Brings Works in line with their manifests, with a write only where something differs.
struct WorkWriter: Sendable {
    let plane: ControlPlane

    func write(_ manifest: WorkManifest) async throws {
        if let cached = plane.works.get(manifest.key) {
            return try await update(cached, to: manifest)
        }
        if try await plane.client.createIfAbsent(manifest.work(current: nil), in: Work.resource) == nil {
            // The cache is behind.
            try await update(try await plane.client.get(Work.resource, manifest.key), to: manifest)
        }
    }

    private func update(_ encoded: EncodedObject, to manifest: WorkManifest) async throws {
        let current = encoded.decoded()
        if current.isBeingDeleted { throw NotYet("work \(manifest.key) is being deleted") }
        let work = manifest.work(current: current)
        guard work != current else { return }
        _ = try await plane.client.update(work, in: Work.resource)
    }
}
