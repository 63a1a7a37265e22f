import Client
import Kubernetes
import Synchronization

/// Which resource serves a kind, by the control plane's discovery.
final class ResourceMapper: Sendable {
    private struct State {
        var resources: [GroupVersionKind: APIResource] = [:]
        var fetched: ContinuousClock.Instant?
    }

    private let client: any ObjectClient
    private let state = Mutex(State())
    /// Unknown kinds ask the server again, but not more often than this.
    private static let minimumAge = Duration.seconds(1)

    init(client: any ObjectClient) { self.client = client }

    /// - Throws: `NotFound` where no resource serves the kind.
    func resource(for kind: GroupVersionKind) async throws(APIError) -> APIResource {
        if let known = state.withLock({ $0.resources[kind] }) { return known }
        let isFresh = state.withLock { state in state.fetched.map { .now - $0 < Self.minimumAge } ?? false }
        if !isFresh {
            try await refresh()
            if let known = state.withLock({ $0.resources[kind] }) { return known }
        }
        throw APIError(
            code: 404, reason: .notFound, message: "no matches for kind \"\(kind.kind)\" in version \"\(kind.apiVersion)\"")
    }

    /// Asks the server what it serves now.
    @discardableResult
    func refresh() async throws(APIError) -> [APIResource] {
        let found = try await client.discover()
        return state.withLock { state in
            // What is only missing for now is still there.
            let all = found.resources + state.resources.values.filter { found.missing.contains($0.resource.groupVersion) }
            var resources: [GroupVersionKind: APIResource] = [:]
            for resource in all where resource.subresource == nil { resources[resource.kind] = resource }
            state = State(resources: resources, fetched: .now)
            return all
        }
    }
}
