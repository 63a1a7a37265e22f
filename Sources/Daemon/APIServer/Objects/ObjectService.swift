import Client
import Kubernetes
import Store

/// Reads and writes API objects with the semantics of kube-apiserver; knows no HTTP. Who may read and write what is decided
/// before; who writes matters here only for what a write hands on to others.
///
/// Reads hand out what the store holds; a write decodes and encodes the object once.
final class ObjectService: Sendable {
    let store: any ObjectStore
    let liveCatalog: LiveCatalog
    let behaviors: KindBehaviors
    let admission: Admission
    let quotas: FederatedQuotas

    init(store: any ObjectStore, liveCatalog: LiveCatalog, behaviors: KindBehaviors, admission: Admission) {
        self.store = store
        self.admission = admission
        self.liveCatalog = liveCatalog
        self.behaviors = behaviors
        quotas = FederatedQuotas(store: store)
    }

    /// The same service for work that one of several replicas does: it writes only as long as this one leads.
    func fenced(by leadership: Leadership) -> ObjectService {
        ObjectService(
            store: FencedStore(store: store, leadership: leadership), liveCatalog: liveCatalog, behaviors: behaviors,
            admission: admission)
    }

    /// What is served now.
    var catalog: ResourceCatalog { liveCatalog.current.catalog }

    /// How long a read waits for a revision that the store does not have yet.
    static let freshnessTimeout = Duration.seconds(3)

    func get(_ resource: ServedResource, _ key: ObjectKey) throws(APIError) -> EncodedObject {
        guard let object = store.get(resource.collection, key) else { throw .notFound(resource.name, name: key.name) }
        return resource.serve(object)
    }

    // MARK: Lists

    func list(_ resource: ServedResource, _ request: ListRequest) async throws(APIError) -> ObjectPage {
        let selection = try Selection(
            resource, namespace: request.namespace, labelSelector: request.labelSelector,
            fieldSelector: request.fieldSelector)
        var query = ListQuery(namespace: selection.namespace)
        if !request.continue.isEmpty {
            guard request.version.revision ?? 0 == 0 else {
                throw .badRequest("specifying resource version is not allowed when using continue")
            }
            let token = try ContinueToken(parsing: request.continue)
            query.after = token.after
            query.revision = token.revision
        } else if let revision = request.version.revision, revision > 0 {
            try await waitForRevision(revision)
            let isExact = request.version.match == .exact || (request.version.match == nil && request.limit > 0)
            if isExact { query.revision = revision }
        }
        let page = try page(resource, selection, query, limit: request.limit)
        return ObjectPage(
            items: resource.serve(page.items), revision: page.revision, continue: page.continue, remaining: page.remaining)
    }

    private func page(
        _ resource: ServedResource, _ selection: Selection, _ query: ListQuery, limit: Int
    ) throws(APIError) -> ObjectPage {
        if let key = selection.key, query.revision == nil {
            // A revision read before the object: the list may show something newer, never something older.
            let revision = store.revision
            let items = [store.get(resource.collection, key)].compactMap { $0 }.filter(selection.matches)
            return ObjectPage(items: items, revision: revision, continue: "", remaining: nil)
        }
        var query = query
        guard limit > 0 else {
            var result = try read(resource, query)
            if !selection.isEverything { result.items.removeAll { !selection.matches($0) } }
            return ObjectPage(items: result.items, revision: result.revision, continue: "", remaining: nil)
        }
        // Selectors may leave out most of what is read, so pages are read until enough was found. One more than asked for tells
        // whether there is more.
        var items: [EncodedObject] = []
        query.limit = selection.isEverything ? limit + 1 : max(limit + 1, 500)
        while true {
            let result = try read(resource, query)
            query.revision = result.revision
            for object in result.items where selection.matches(object) {
                if items.count == limit {
                    let token = ContinueToken(revision: result.revision, after: items[limit - 1].key)
                    return ObjectPage(items: items, revision: result.revision, continue: token.text, remaining: nil)
                }
                items.append(object)
            }
            guard result.hasMore, let last = result.items.last else {
                return ObjectPage(items: items, revision: result.revision, continue: "", remaining: nil)
            }
            query.after = last.key
        }
    }

    private func read(_ resource: ServedResource, _ query: ListQuery) throws(APIError) -> ListResult {
        do {
            return try store.list(resource.collection, query)
        } catch .compacted where query.after != nil {
            throw .expired(
                "The provided continue parameter is too old to display a consistent list result. You must start a new list "
                    + "without the continue parameter.")
        } catch .compacted(let oldest) {
            throw .expired("The resourceVersion for the provided list is too old: \(query.revision ?? 0) (\(oldest))")
        } catch {
            throw APIError(error)
        }
    }

    /// Waits until the store has reached `revision`, for a few seconds at most.
    private func waitForRevision(_ revision: Int64) async throws(APIError) {
        let deadline = ContinuousClock.now + Self.freshnessTimeout
        while store.revision < revision {
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(50))) != nil else {
                throw .tooLargeResourceVersion(revision, current: store.revision)
            }
        }
    }

    // MARK: Watches

    func watch(_ resource: ServedResource, _ request: WatchRequest) async throws(APIError) -> ObjectWatch {
        let selection = try Selection(
            resource, namespace: request.namespace, labelSelector: request.labelSelector,
            fieldSelector: request.fieldSelector)
        let seen = request.revision ?? 0
        if seen > 0 { try await waitForRevision(seen) }
        let showsInitial = request.sendInitialEvents ?? (seen == 0)
        var initial: [EncodedObject] = []
        var revision = seen
        if showsInitial {
            let result = try read(resource, ListQuery(namespace: selection.namespace))
            initial = result.items.filter(selection.matches)
            revision = result.revision
        } else if seen == 0 {
            revision = store.revision
        }
        do {
            let changes = try store.watch(resource.collection, namespace: selection.namespace, after: revision)
            return ObjectWatch(
                resource: resource, selection: selection, initial: initial, revision: revision,
                marksEndOfInitial: request.sendInitialEvents == true, changes: changes)
        } catch .compacted(let oldest) {
            throw .expired("too old resource version: \(revision) (\(oldest))")
        } catch {
            throw APIError(error)
        }
    }
}

extension APIError {
    init(_ error: StoreError) {
        switch error {
        case .compacted(let oldest): self = .expired("too old resource version (\(oldest))")
        case .future(let current):
            self = APIError(code: 504, reason: .timeout, message: "Too large resource version, current: \(current)")
        case .unavailable, .inUse:
            let why = "\(error)"
            self = APIError(code: 503, reason: .serviceUnavailable, message: "the store is not available: \(why)")
        case .full(let why):
            self = APIError(code: 507, reason: .insufficientStorage, message: "the store is full: \(why)")
        case .tooLarge(let why): self = APIError(code: 413, reason: .requestEntityTooLarge, message: why)
        case .exists, .notFound, .conflict:
            self = .internalError("\(error)")
        }
    }

    static func tooLargeResourceVersion(_ revision: Int64, current: Int64) -> APIError {
        APIError(
            code: 504, reason: .timeout,
            message: "Timeout: Too large resource version: \(revision), current: \(current)",
            details: .init(
                causes: [.init(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")],
                retryAfterSeconds: 1))
    }
}
