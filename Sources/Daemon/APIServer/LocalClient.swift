import Client
import Kubernetes
import Store

/// The API server's client for parts of its own process: the semantics and rights of HTTP, without its encoding.
struct LocalClient: ObjectClient {
    let objects: ObjectService
    let authorizer: Authorizer
    let user: UserInfo

    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        let served = try allowed("get", resource, key)
        return try objects.get(served, key)
    }

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        let served = try allowed("list", resource, ObjectKey(namespace: options.namespace ?? "", name: ""))
        let page = try await objects.list(
            served,
            ListRequest(
                namespace: options.namespace, labelSelector: options.labelSelector, fieldSelector: options.fieldSelector,
                limit: options.limit, continue: options.continue))
        return ObjectList(items: page.items, resourceVersion: String(page.revision), continue: page.continue)
    }

    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        let served = try allowed("watch", resource, ObjectKey(namespace: options.namespace ?? "", name: ""))
        let version = options.resourceVersion
        guard let revision = version.isEmpty ? 0 : Int64(version) else {
            throw .badRequest("invalid resource version \"\(version)\"")
        }
        let watch = try await objects.watch(
            served,
            WatchRequest(
                namespace: options.namespace, labelSelector: options.labelSelector, fieldSelector: options.fieldSelector,
                revision: revision))
        let cursor = WatchCursor(watch)
        return WatchStream { try await cursor.next() }
    }

    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        let served = try allowed("create", resource, ObjectKey(namespace: object.namespace, name: object.name))
        let namespace = served.definition.isNamespaced ? object.namespace : nil
        let options = options(creating: resource, object.key)
        return try await objects.create(served, object, namespace: namespace, options).object
    }

    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        let served = try allowed("update", resource, object.key, subresource)
        let options = options(creating: resource, object.key)
        return try await objects.replace(served, object.key, subresource: subresource, with: object, options).object
    }

    func updateWithStatus(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        let served = try allowed("update", resource, object.key)
        _ = try allowed("update", resource, object.key, "status")
        var options = options(creating: resource, object.key)
        options.writesStatus = true
        return try await objects.replace(served, object.key, subresource: nil, with: object, options).object
    }

    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        let served = try allowed("patch", resource, key, subresource)
        let options = options(creating: resource, key)
        return try await objects.patch(served, key, subresource: subresource, patch, options).object
    }

    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        let served = try allowed("delete", resource, key)
        _ = try await objects.delete(served, key, DeletionRequest(uid: options.uid, propagation: options.propagation, user: user))
    }

    func discover() async throws(APIError) -> DiscoveredResources { DiscoveredResources(objects.catalog.apiResources) }

    func serverVersion() async throws(APIError) -> String { ServerDocuments.gitVersion }

    private func options(creating resource: GroupVersionResource, _ key: ObjectKey) -> WriteOptions {
        var options = WriteOptions(fieldManager: .component(user.name), user: user)
        options.authorizeCreation = { () throws(APIError) in try authorizer.authorize(attributes("create", resource, key)) }
        return options
    }

    private func attributes(
        _ verb: String, _ resource: GroupVersionResource, _ key: ObjectKey, _ subresource: String? = nil
    ) -> AuthorizationAttributes {
        AuthorizationAttributes(
            user: user, verb: verb,
            target: .resource(
                group: resource.group, resource: resource.resource, subresource: subresource, namespace: key.namespace,
                name: key.name))
    }

    private func allowed(
        _ verb: String, _ resource: GroupVersionResource, _ key: ObjectKey, _ subresource: String? = nil
    ) throws(APIError) -> ServedResource {
        try authorizer.authorize(attributes(verb, resource, key, subresource))
        guard let served = objects.catalog.served(resource) else { throw .noSuchResource }
        var verbs = served.definition.verbs
        if let subresource {
            guard let found = served.definition.subresource(subresource) else { throw .noSuchResource }
            verbs = found.verbs
        }
        guard verbs.contains(verb) else { throw .methodNotAllowed }
        return served
    }
}

/// Hands out the events of a watch one by one.
private actor WatchCursor {
    private var iterator: ObjectWatch.Iterator

    init(_ watch: ObjectWatch) { iterator = watch.makeAsyncIterator() }

    /// One caller at a time: a stream has one consumer.
    func next() async throws(APIError) -> WatchEvent? {
        var advanced = iterator
        defer { iterator = advanced }
        return try await advanced.next(isolation: self)
    }
}

extension ResourceCatalog {
    /// What discovery lists, subresources included.
    fileprivate var apiResources: [APIResource] {
        definitions.flatMap { definition in
            definition.versions.flatMap { version in
                let own = APIResource(
                    resource: definition.resource(version.name), kind: definition.kind(version.name),
                    isNamespaced: definition.isNamespaced, verbs: definition.verbs, shortNames: definition.shortNames)
                return [own]
                    + definition.subresources.map { subresource in
                        APIResource(
                            resource: definition.resource(version.name), kind: subresource.kind ?? definition.kind(version.name),
                            isNamespaced: definition.isNamespaced, verbs: subresource.verbs, subresource: subresource.name)
                    }
            }
        }
    }
}
