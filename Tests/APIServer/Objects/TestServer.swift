import Client
import Foundation
import Kubernetes
import Logging
import Store
import Testing

@testable import APIServer

/// The objects layer over a store in memory, with keys and certificates in a folder that goes with it.
final class TestServer: Sendable {
    let store: LocalStore
    let server: APIServer
    let objects: ObjectService
    var authorizer: Authorizer { server.authorizer }
    private let directory: String

    init(catalog: ResourceCatalog = .controlPlane, history: HistoryLimits = HistoryLimits()) async throws {
        directory = NSTemporaryDirectory() + "flotilla-test-\(UUID().uuidString)"
        store = LocalStore(history: history)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        server = try await APIServer(
            store: store, catalog: catalog, configuration: .init(port: 0, dataDirectory: directory), logger: logger)
        objects = server.objects
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func resource(_ group: String, _ resource: String) throws -> ServedResource {
        try #require(objects.catalog.stored(GroupResource(group: group, resource: resource)))
    }

    var configMaps: ServedResource { get throws { try resource("", "configmaps") } }
    var deployments: ServedResource { get throws { try resource("apps", "deployments") } }

    @discardableResult
    func create(
        _ resource: ServedResource, _ object: Object, _ options: WriteOptions = WriteOptions()
    ) async throws -> EncodedObject {
        try await objects.create(resource, object, namespace: object.namespace.isEmpty ? nil : object.namespace, options).object
    }

    @discardableResult
    func patch(
        _ resource: ServedResource, _ key: ObjectKey, subresource: String? = nil, _ change: JSON
    ) async throws -> Object {
        try await objects.patch(resource, key, subresource: subresource, .merge(change), WriteOptions()).object.decoded()
    }

    static func configMap(_ name: String, namespace: String = "default", _ extra: (inout Object) -> Void = { _ in }) -> Object {
        var object = Object(apiVersion: "v1", kind: "ConfigMap", namespace: namespace, name: name)
        extra(&object)
        return object
    }

    static func deployment(_ name: String, replicas: Int64 = 1) -> Object {
        var object = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: name)
        object.spec = [
            "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
            "template": [
                "metadata": ["labels": ["app": .string(name)]], "spec": ["containers": [["name": "c", "image": "i:1"]]],
            ],
        ]
        return object
    }
}

/// Waits until `condition` holds, for ten seconds at most.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return false
}
