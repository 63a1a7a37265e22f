import Interpreter
import Kubernetes
import Store

/// What the server itself does for single kinds when their objects are written: the strategies of kube-apiserver that are more
/// than defaults and validation.
struct KindBehaviors: Sendable {
    let services: ServiceAllocator
    let tokens: ServiceAccountTokens
    let store: any ObjectStore
    /// In PEM, for service account secrets.
    let certificateAuthority: String

    /// - Parameter user: who creates the object; nil for the server itself.
    func prepareForCreate(
        _ object: inout Object, in collection: GroupResource, by user: UserInfo?
    ) async throws(APIError) {
        switch (collection.group, collection.resource) {
        case ("", "namespaces"):
            object.spec["finalizers"] = ["kubernetes"]
            object.status = ["phase": "Active"]
            object.labels[Self.namespaceLabel] = object.name
        case ("", "pods"):
            try PodAdmission(store: store).prepare(&object)
        case ("", "services"):
            try services.allocate(for: &object, old: nil)
        case ("", "secrets"):
            object.encodeStringData()
            try await fillServiceAccountToken(&object)
        case (SigningRequest.collection.group, SigningRequest.collection.resource):
            SigningRequest.prepareForCreate(&object, by: user)
        case (Customization.resource.group, Customization.resource.resource):
            try checkConflicts(of: object)
        case (CustomResourceDefinition.collection.group, CustomResourceDefinition.collection.resource):
            CustomResourceDefinition.noteStorageVersion(in: &object)
        default: break
        }
    }

    func prepareForUpdate(_ object: inout Object, old: Object, in collection: GroupResource) throws(APIError) {
        switch (collection.group, collection.resource) {
        case ("", "namespaces"):
            object.spec["finalizers"] = old.spec["finalizers"]
            object.labels[Self.namespaceLabel] = object.name
        case ("", "services"):
            try services.allocate(for: &object, old: old)
        case ("", "secrets"):
            object.encodeStringData()
        case (SigningRequest.collection.group, SigningRequest.collection.resource):
            SigningRequest.prepareForUpdate(&object, old: old, subresource: nil)
        case (Customization.resource.group, Customization.resource.resource):
            try checkConflicts(of: object)
        case (CustomResourceDefinition.collection.group, CustomResourceDefinition.collection.resource):
            CustomResourceDefinition.noteStorageVersion(in: &object)
        default: break
        }
    }

    /// What an update of a subresource that shows the whole object may change, where that is not just its status.
    /// - Returns: whether the kind has rules of its own.
    func prepareForUpdate(
        ofSubresource subresource: String?, _ object: inout Object, old: Object, in collection: GroupResource
    ) -> Bool {
        guard collection == SigningRequest.collection else { return false }
        SigningRequest.prepareForUpdate(&object, old: old, subresource: subresource)
        return true
    }

    func prepareForDeletion(_ object: inout Object, in collection: GroupResource) {
        if collection == .namespaces {
            object.status["phase"] = "Terminating"
            object.metadata["deletionGracePeriodSeconds"] = nil
        }
        if collection == CustomResourceDefinition.collection,
            !object.finalizers.contains(CustomResourceDefinition.cleanupFinalizer)
        {
            object.finalizers.append(CustomResourceDefinition.cleanupFinalizer)
        }
    }

    private static let immortalNamespaces: Set = ["default", "kube-public", "kube-system"]

    /// - Throws: `Forbidden` for what every cluster has to have.
    func checkDeletion(of key: ObjectKey, in collection: GroupResource) throws(APIError) {
        guard collection == .namespaces, Self.immortalNamespaces.contains(key.name) else { return }
        throw APIError(
            code: 403, reason: .forbidden, message: "namespaces \"\(key.name)\" is forbidden: this namespace may not be deleted",
            details: .init(name: key.name, kind: "namespaces"))
    }

    /// Whether a deleted object without finalizers in its metadata may leave the store: a namespace only when it is empty, a
    /// custom resource's definition only after it was marked, so that the custom resources go first.
    func mayGo(_ object: Object, in collection: GroupResource) -> Bool {
        switch collection {
        case .namespaces: (object.spec["finalizers"]?.array ?? []).isEmpty
        case CustomResourceDefinition.collection: object.isBeingDeleted
        default: true
        }
    }

    private func checkConflicts(of customization: Object) throws(APIError) {
        let others = (try? store.list(Customization.resource.groupResource, ListQuery()))?.items ?? []
        try CustomizationAdmission.checkConflicts(customization, with: others.lazy.map { $0.decoded() })
    }

    private static let namespaceLabel = "kubernetes.io/metadata.name"
    private static let accountAnnotation = "kubernetes.io/service-account.name"

    /// Joining tools create such a Secret and wait until it holds a token.
    private func fillServiceAccountToken(_ secret: inout Object) async throws(APIError) {
        guard secret["type"]?.string == "kubernetes.io/service-account-token",
            let accountName = secret.annotations[Self.accountAnnotation],
            let account = store.get(
                GroupResource(group: "", resource: "serviceaccounts"), ObjectKey(namespace: secret.namespace, name: accountName))
        else { return }
        do {
            let token = try await tokens.issue(for: account, secretName: secret.name)
            secret.annotations["kubernetes.io/service-account.uid"] = account.uid
            secret.json["data", default: [:]]["token"] = .string(Base64.encode(token.utf8))
            secret.json["data", default: [:]]["ca.crt"] = .string(Base64.encode(certificateAuthority.utf8))
            secret.json["data", default: [:]]["namespace"] = .string(Base64.encode(secret.namespace.utf8))
        } catch {
            throw .internalError("cannot sign a service account token: \(error)")
        }
    }
}

extension Object {
    /// `stringData` is a convenience for writers: it goes into `data` and is never shown.
    fileprivate mutating func encodeStringData() {
        guard case .object(let texts)? = json["stringData"] else { return }
        json["stringData"] = nil
        for (key, value) in texts {
            if let text = value.string { json["data", default: [:]][key] = .string(Base64.encode(text.utf8)) }
        }
    }
}
