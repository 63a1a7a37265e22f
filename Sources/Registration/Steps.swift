import Client
import Kubernetes

/// Why a cluster could not be registered or removed: the step that failed, and what with.
public struct RegistrationError: Error, CustomStringConvertible {
    public let description: String
    /// Whether it will not do, however often it is tried.
    public let isFinal: Bool

    public init(_ description: String, isFinal: Bool = true) {
        self.description = description
        self.isFinal = isFinal
    }
}

/// Does `body`; its failure says what it was that failed.
func inStep<Result>(_ step: String, _ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch is CancellationError {
        throw CancellationError()
    } catch {
        let isFinal = (error as? RegistrationError)?.isFinal ?? false
        throw RegistrationError("failed to \(step): \(error)", isFinal: isFinal)
    }
}

extension ObjectClient {
    /// Creates the object where there is none of its name.
    /// - Parameter fields: what an object that is there gets of this one.
    func ensure(_ object: Object, in resource: GroupVersionResource, replacing fields: [String] = []) async throws(APIError) {
        do {
            _ = try await create(object, in: resource)
        } catch where error.reason == .alreadyExists {
            guard !fields.isEmpty else { return }
            try await modify(resource, object.key) { stored in
                for field in fields { stored[field] = object[field] }
                return true
            }
        }
    }

    public func deleteIfPresent(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) {
        do {
            try await delete(resource, key)
        } catch where error.reason == .notFound {
        }
    }
}
