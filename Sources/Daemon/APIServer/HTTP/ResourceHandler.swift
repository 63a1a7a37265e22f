import Kubernetes

/// Answers requests for resources.
struct ResourceHandler: Sendable {
    let objects: ObjectService
    let accountTokens: ServiceAccountTokens
    let reviews: Reviews

    private static let collectionVerbs: Set<String> = ["list", "watch", "create", "deletecollection"]

    func reply(to request: APIRequest, _ path: RequestInfo.ResourcePath) async throws(APIError) -> Reply {
        guard let resource = objects.catalog.served(path.resource) else { throw .noSuchResource }
        guard path.subpath == nil, path.subresource == nil || resource.definition.subresource(path.subresource ?? "") != nil else {
            throw .noSuchResource
        }
        let verbs = path.subresource.flatMap { resource.definition.subresource($0)?.verbs } ?? resource.definition.verbs
        guard verbs.contains(request.info.verb), path.name != nil || Self.collectionVerbs.contains(request.info.verb) else {
            throw .methodNotAllowed
        }
        guard resource.definition.isNamespaced || path.namespace == nil else { throw .noSuchResource }
        if resource.definition.isCreateOnly { return try await reviews.reply(to: request, resource, path) }

        switch request.info.verb {
        case "get": return try get(request, resource, path)
        case "list": return try await list(request, resource, path)
        case "watch": return try await watch(request, resource, path)
        case "create": return try await create(request, resource, path)
        case "update": return try await update(request, resource, path)
        case "patch": return try await patch(request, resource, path)
        case "delete": return try await delete(request, resource, path)
        case "deletecollection": return try await deleteCollection(request, resource, path)
        default: throw .methodNotAllowed
        }
    }

    // MARK: Reading

    private func get(
        _ request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) throws(APIError) -> Reply {
        let representation = try Representation(accept: request.accept)
        let object = try objects.get(resource, path.key)
        if path.subresource == "scale" { return Reply(.ok, try resource.scale(of: object.decoded()).json, representation) }
        return ObjectRendering(resource, representation, request.info.query).reply(object)
    }

    private func list(
        _ request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) async throws(APIError) -> Reply {
        let rendering = try ObjectRendering(resource, Representation(accept: request.accept), request.info.query)
        return rendering.reply(try await objects.list(resource, request.info.query.listRequest(namespace: path.namespace)))
    }

    private func watch(
        _ request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) async throws(APIError) -> Reply {
        let query = request.info.query
        var representation = try Representation(accept: request.accept)
        // Watches are streams of JSON; a client that asks for YAML gets what it can read as such.
        representation.encoding = .json
        let rendering = ObjectRendering(resource, representation, query)
        let timeout = try query.timeout() ?? .seconds(Int.random(in: 1800...3600))
        do throws(APIError) {
            let watch = try await objects.watch(resource, query.watchRequest(namespace: path.namespace))
            return Reply(
                watch: WatchReply(
                    source: .events(watch), rendering: rendering, sendsBookmarks: query.flag("allowWatchBookmarks"),
                    timeout: timeout))
        } catch where error.reason == .expired {
            // As kube-apiserver: the watch begins, and its only event is the error.
            return Reply(watch: WatchReply(source: .failure(error), rendering: rendering))
        }
    }

    // MARK: Writing

    private func create(
        _ request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) async throws(APIError) -> Reply {
        let representation = try Representation(accept: request.accept)
        let body = try BodyDecoding.json(request)
        let options = try writeOptions(request, "CreateOptions")
        switch path.subresource {
        case nil: break
        case "token": return Reply(.created, try await requestToken(body.json, path), representation)
        case "eviction": return Reply(.created, try await evict(body.json, path, options), representation)
        case "binding": return Reply(.created, try await bind(body.json, path, resource, options), representation)
        default: throw .methodNotAllowed
        }
        guard path.name == nil else { throw .methodNotAllowed }
        guard !resource.definition.isNamespaced || path.namespace != nil else {
            throw .badRequest("an empty namespace may not be set during creation")
        }
        let outcome = try await objects.create(
            resource, Object(body.json), namespace: path.namespace, options, duplicates: body.duplicates)
        return ObjectRendering(resource, representation, request.info.query).reply(outcome)
    }

    private func update(
        _ request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) async throws(APIError) -> Reply {
        let rendering = try ObjectRendering(resource, Representation(accept: request.accept), request.info.query)
        let body = try BodyDecoding.json(request)
        let options = try writeOptions(request, "UpdateOptions")
        let outcome = try await objects.replace(
            resource, path.key, subresource: path.subresource, with: Object(body.json), options, duplicates: body.duplicates)
        return rendering.reply(outcome)
    }

    private func patch(
        _ request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) async throws(APIError) -> Reply {
        let rendering = try ObjectRendering(resource, Representation(accept: request.accept), request.info.query)
        let patch = try BodyDecoding.patch(request, for: resource)
        let options = try writeOptions(request, "PatchOptions")
        if request.info.query["force"] != nil {
            guard case .apply = patch else {
                throw .invalidOptions(
                    "PatchOptions", "force", reason: "FieldValueForbidden",
                    "Forbidden: may not be specified for non-apply patch")
            }
        }
        return rendering.reply(
            try await objects.patch(resource, path.key, subresource: path.subresource, patch, options))
    }

    private func writeOptions(_ request: APIRequest, _ kind: String) throws(APIError) -> WriteOptions {
        var options = try request.info.query.writeOptions(for: kind, userAgent: request.userAgent)
        var creation = AuthorizationAttributes(user: request.user, request: request.info)
        creation.verb = "create"
        options.user = request.user
        options.authorizeCreation = { [reviews, creation] () throws(APIError) in try reviews.authorizer.authorize(creation) }
        return options
    }

    // MARK: Deleting

    private func delete(
        _ request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) async throws(APIError) -> Reply {
        let rendering = try ObjectRendering(resource, Representation(accept: request.accept), request.info.query)
        switch try await objects.delete(resource, path.key, try deletionRequest(request)) {
        case .pending(let object): return rendering.reply(object)
        case .removed(let object) where Self.showsRemoved(resource.collection): return rendering.reply(object)
        case .removed(let object):
            var details: JSON = ["name": .string(object.key.name), "kind": .string(resource.definition.plural)]
            if !resource.definition.group.isEmpty { details["group"] = .string(resource.definition.group) }
            details["uid"] = .string(object.uid)
            return Reply(
                .ok, ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details],
                rendering.representation)
        }
    }

    /// The kinds of which a deletion answers with the object that is gone; of others it is a Status.
    private static func showsRemoved(_ collection: GroupResource) -> Bool {
        switch collection.group {
        case "":
            [
                "persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "resourcequotas", "serviceaccounts",
                "services",
            ].contains(collection.resource)
        case "storage.k8s.io":
            ["csidrivers", "csinodes", "storageclasses", "volumeattachments"].contains(collection.resource)
        default: false
        }
    }

    private func deleteCollection(
        _ request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) async throws(APIError) -> Reply {
        let rendering = try ObjectRendering(resource, Representation(accept: request.accept), request.info.query)
        let list = try request.info.query.listRequest(namespace: path.namespace)
        return rendering.reply(try await objects.deleteCollection(resource, list, try deletionRequest(request)))
    }

    private func deletionRequest(_ request: APIRequest) throws(APIError) -> DeletionRequest {
        let body = request.body.isEmpty ? nil : try BodyDecoding.json(request).json
        var deletion = try request.info.query.deletionRequest(body: body)
        deletion.user = request.user
        return deletion
    }
}
