import Kubernetes

/// What a write has to pass besides the rules of its kind: whether its writer may hand on what it hands on, and webhooks.
///
/// The server's own writes, which have no user, pass.
struct Admission: Sendable {
    let privileges: Privileges
    let webhooks: AdmissionWebhooks

    /// What the mutating webhooks are to be asked; nil where there are none.
    func mutation(
        of object: Object, old: Object?, _ resource: ServedResource, subresource: String?, _ options: WriteOptions
    ) -> AdmissionRequest? {
        guard let user = options.user, webhooks.mayMutate(resource) else { return nil }
        return AdmissionRequest(
            operation: old == nil ? .create : .update, resource: resource, subresource: subresource, key: object.key, user: user,
            object: object, old: old, isDryRun: options.isDryRun)
    }

    /// Lets the mutating webhooks change the object.
    /// - Parameter object: with its defaults.
    /// - Returns: warnings.
    func mutate(_ object: inout Object, _ request: AdmissionRequest) async throws(APIError) -> [String] {
        var request = request
        request.object = object
        let resource = request.resource
        let namespace = resource.definition.isNamespaced ? object.namespace : nil
        let (changed, warnings) = try await webhooks.mutate(request) { (patched) throws(APIError) in
            var (read, _) = try resource.read(patched, in: namespace, .ignore)
            resource.fillDefaults(&read, old: request.old)
            return read
        }
        if let changed { object = changed }
        return warnings
    }

    /// Asks the validating webhooks about what is about to be stored.
    /// - Returns: warnings.
    func validate(
        _ object: Object, old: Object?, _ resource: ServedResource, subresource: String?, _ options: WriteOptions
    ) async throws(APIError) -> [String] {
        guard let user = options.user, webhooks.mayRefuse(resource) else { return [] }
        var request = AdmissionRequest(
            operation: old == nil ? .create : .update, resource: resource, subresource: subresource, key: object.key, user: user,
            object: object, old: old, isDryRun: options.isDryRun)
        if subresource == "scale" {
            request.object = try resource.scale(of: object)
            request.old = try old.map { (old) throws(APIError) in try resource.scale(of: old) }
        }
        return try await webhooks.validate(request)
    }

    /// Asks both kinds of webhooks about a deletion, of which nothing can be changed.
    func validate(
        deletionOf old: Object, _ resource: ServedResource, _ deletion: DeletionRequest
    ) async throws(APIError) {
        guard let user = deletion.user, webhooks.mayMutate(resource) || webhooks.mayRefuse(resource) else { return }
        let request = AdmissionRequest(
            operation: .delete, resource: resource, key: old.key, user: user, old: old, isDryRun: deletion.isDryRun)
        _ = try await webhooks.mutate(request) { object in object }
        _ = try await webhooks.validate(request)
    }
}
