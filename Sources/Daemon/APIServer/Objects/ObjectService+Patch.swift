import Client
import Kubernetes

extension ObjectService {
    /// Puts `object` in the place of the one at `key`; creates it there for the few kinds whose PUT does.
    func replace(
        _ resource: ServedResource, _ key: ObjectKey, subresource: String?, with object: Object, _ options: WriteOptions,
        duplicates: [String] = []
    ) async throws(APIError) -> WriteOutcome {
        guard object.name.isEmpty || object.name == key.name else { throw .nameMismatch(object.name, key.name) }
        if subresource == nil, resource.definition.createsOnUpdate, store.get(resource.collection, key) == nil {
            var object = object
            if object.name.isEmpty { object.name = key.name }
            guard object.resourceVersion.isEmpty || object.resourceVersion == "0" else {
                throw .notFound(resource.name, name: key.name)
            }
            try options.authorizeCreation()
            let namespace = resource.definition.isNamespaced ? key.namespace : nil
            return try await create(resource, object, namespace: namespace, options, duplicates: duplicates)
        }
        return try await update(resource, key, subresource: subresource, options, duplicates: duplicates) { _ in object }
    }

    func patch(
        _ resource: ServedResource, _ key: ObjectKey, subresource: String?, _ patch: Patch, _ options: WriteOptions
    ) async throws(APIError) -> WriteOutcome {
        if case .apply(let configuration, let manager, let force) = patch {
            return try await apply(
                resource, key, subresource: subresource, Object(configuration), manager: manager, force: force, options)
        }
        return try await update(resource, key, subresource: subresource, options) { (current) throws(APIError) in
            var patched = current
            do {
                switch patch {
                case .json(let operations): try patched.json.apply(jsonPatch: operations)
                case .merge(let change): patched.json = patched.json.merging(change)
                case .strategicMerge(let change):
                    let kind = subresource.flatMap { resource.definition.subresource($0)?.kind } ?? resource.kind
                    patched.json = try patched.json.strategicMerging(change, schema: catalog.schema(for: kind))
                case .apply: break  // went its own way above
                }
            } catch let error as PatchError {
                throw APIError(error, resource.kind, name: key.name)
            } catch {
                throw .internalError("\(error)")
            }
            return patched
        }
    }
}

extension APIError {
    static func nameMismatch(_ name: String, _ expected: String) -> APIError {
        .badRequest("the name of the object (\(name)) does not match the name on the URL (\(expected))")
    }

    /// A patch that cannot be applied.
    fileprivate init(_ error: PatchError, _ kind: GroupVersionKind, name: String) {
        switch error.kind {
        case .malformed: self = .badRequest("\(error)")
        case .tooLarge:
            self.init(code: 413, reason: .requestEntityTooLarge, message: "\(error)")
        case .inapplicable:
            self.init(
                code: 422, reason: .invalid, message: "the server rejected our request due to an error in our request: \(error)",
                details: .init(name: name, group: kind.group, kind: kind.kind))
        }
    }
}
