import Client
import Kubernetes

/// Brings Works in line with their manifests, with a write only where something differs.
struct WorkWriter: Sendable {
    let plane: ControlPlane

    /// - Returns: whether anything had to be written.
    @discardableResult
    func write(_ manifest: WorkManifest) async throws -> Bool {
        if let cached = plane.works.get(manifest.key) {
            return try await update(cached, to: manifest)
        }
        if try await plane.client.createIfAbsent(manifest.work(current: nil), in: Work.resource) != nil { return true }
        // The cache is behind.
        return try await update(try await plane.client.get(Work.resource, manifest.key), to: manifest)
    }

    private func update(_ encoded: EncodedObject, to manifest: WorkManifest) async throws -> Bool {
        let current = encoded.decoded()
        if current.isBeingDeleted { throw NotYet("work \(manifest.key) is being deleted") }
        let work = manifest.work(current: current)
        guard work != current else { return false }
        _ = try await plane.client.update(work, in: Work.resource)
        return true
    }
}
