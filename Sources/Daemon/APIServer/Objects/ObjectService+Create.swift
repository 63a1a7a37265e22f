import Kubernetes
import Store

extension ObjectService {
    /// How often a generated name may be taken already.
    private static let generatedNameAttempts = 8

    /// - Parameters:
    ///   - namespace: the one in the request's path; nil for cluster-scoped resources.
    ///   - duplicates: keys that came twice in the body.
    ///   - owners: whose the object's fields are; nil for the writer's, as `options` name it.
    func create(
        _ resource: ServedResource, _ object: Object, namespace: String?, _ options: WriteOptions, duplicates: [String] = [],
        owners: ManagedFields? = nil
    ) async throws(APIError) -> WriteOutcome {
        var (object, warnings) = try resource.read(object, in: namespace, options.fieldValidation, duplicates: duplicates)
        guard object.resourceVersion.isEmpty || object.resourceVersion == "0" else {
            throw .badRequest("resourceVersion should not be set on objects to be created")
        }
        try requireLiveNamespace(object.namespace, for: resource, name: object.name)

        if let request = admission.mutation(of: object, old: nil, resource, subresource: nil, options) {
            resource.fillDefaults(&object)
            warnings += try await admission.mutate(&object, request)
        }
        let generates = object.name.isEmpty && !object.generateName.isEmpty
        if generates { object.name = Naming.generate(prefix: object.generateName) }
        object.beginLife()
        if resource.definition.hasGeneration { object.generation = 1 }
        if resource.definition.hasStatus { object["status"] = resource.definition.style == .native ? [:] : JSON?.none }
        resource.fillDefaults(&object)
        if let owners { object.metadata["managedFields"] = owners.json } else { recordCreation(of: &object, resource, options) }
        try await behaviors.prepareForCreate(&object, in: resource.collection, by: options.user)
        try resource.validate(object, old: nil)
        try admission.privileges.check(object, old: nil, resource, subresource: nil, by: options.user)
        warnings += try await admission.validate(object, old: nil, resource, subresource: nil, options)
        let reservations = try await reserveQuota(for: object, old: nil, resource, options)
        let stored = try await quotas.keep(reservations) { () async throws(APIError) in
            try await store(new: object, resource, generates: generates, options)
        }
        return WriteOutcome(object: resource.serve(stored), warnings: warnings, isCreation: true)
    }

    /// Counts a binding into the quotas of its namespace, where they are enforced.
    func reserveQuota(
        for object: Object, old: Object?, _ resource: ServedResource, _ options: WriteOptions
    ) async throws(APIError) -> [FederatedQuotas.Reservation] {
        guard resource.definition.admission.enforcesFederatedQuotas, resource.collection == FederatedQuotas.bindings else {
            return []
        }
        return try await quotas.reserve(object, old: old, isDryRun: options.isDryRun)
    }

    private func store(
        new object: Object, _ resource: ServedResource, generates: Bool, _ options: WriteOptions
    ) async throws(APIError) -> EncodedObject {
        var object = resource.storageForm(of: object)
        var attempts = 1
        while true {
            do throws(StoreError) {
                if options.isDryRun {
                    guard store.get(resource.collection, object.key) == nil else { throw StoreError.exists }
                    return EncodedObject(object)
                }
                return try await store.write(Write(.create(object), resource.collection, object.key))
            } catch .exists where generates && attempts < Self.generatedNameAttempts {
                attempts += 1
                object.name = Naming.generate(prefix: object.generateName)
            } catch .exists {
                throw .alreadyExists(resource.name, name: object.name)
            } catch {
                throw APIError(error)
            }
        }
    }

    /// Nothing is created in a namespace that does not exist or is about to go.
    private func requireLiveNamespace(_ namespace: String, for resource: ServedResource, name: String) throws(APIError) {
        guard resource.definition.isNamespaced else { return }
        guard let found = store.get(.namespaces, ObjectKey(name: namespace)) else {
            throw .notFound(GroupVersionResource(group: "", version: "v1", resource: "namespaces"), name: namespace)
        }
        guard found.mentions("deletionTimestamp"), found.decoded().isBeingDeleted else { return }
        throw APIError(
            code: 403, reason: .forbidden,
            message: """
                \(resource.collection) "\(name)" is forbidden: unable to create new content in namespace \(namespace) because \
                it is being terminated
                """,
            details: .init(
                name: name, group: resource.collection.group, kind: resource.collection.resource,
                causes: [
                    .init(
                        reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated",
                        field: "metadata.namespace")
                ]))
    }
}

extension GroupResource {
    static let namespaces = GroupResource(group: "", resource: "namespaces")
}

extension Object {
    /// Gives a new object what only the server may give.
    fileprivate mutating func beginLife() {
        var metadata = self.metadata
        for field in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"] {
            metadata[field] = nil
        }
        metadata["uid"] = .string(RandomUUID.make())
        metadata["creationTimestamp"] = .string(Timestamp.now().description)
        metadata["generation"] = nil
        self.metadata = metadata
    }
}
