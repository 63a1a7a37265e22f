import Client
import Kubernetes

extension ObjectClient {
    /// As `create`; nil where there is an object of this name already.
    func createIfAbsent(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject? {
        do {
            return try await create(object, in: resource)
        } catch where error.reason == .alreadyExists {
            return nil
        }
    }

    /// As `modify`, where the object may be gone by now, which is as good as changed.
    func modifyIfPresent(
        _ resource: GroupVersionResource, _ key: ObjectKey, subresource: String? = nil, _ change: (inout Object) -> Bool
    ) async throws(APIError) {
        do {
            try await modify(resource, key, subresource: subresource, change)
        } catch where error.reason == .notFound {}
    }

    func removeFinalizer(
        _ finalizer: String, from key: ObjectKey, in resource: GroupVersionResource
    ) async throws(APIError) {
        try await modifyIfPresent(resource, key) { object in
            object.finalizers.removeAll { $0 == finalizer }
            return true
        }
    }

    /// As `delete`, where the object may be gone by now.
    func deleteIfPresent(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions = DeleteOptions()
    ) async throws(APIError) {
        do {
            try await delete(resource, key, options)
        } catch where error.reason == .notFound {}
    }
}
