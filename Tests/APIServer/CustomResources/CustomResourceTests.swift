import Client
import Kubernetes
import Testing

@testable import APIServer

/// Definitions and their custom resources, through the objects layer and the controller.
@Suite struct CustomResourceTests {
    /// A server whose controller runs as long as `body` does.
    private func serving(_ body: (TestServer) async throws -> Void) async throws {
        let test = try await TestServer()
        let controller = CustomResourceController(objects: test.objects, logger: .init(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await controller.run() }
            defer { group.cancelAll() }
            try await body(test)
        }
    }

    static func widgets(_ change: (inout JSON) -> Void = { _ in }) -> Object {
        var object = Object(
            apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: "widgets.example.io")
        object.spec = [
            "group": "example.io", "scope": "Namespaced",
            "names": ["plural": "widgets", "kind": "Widget", "shortNames": ["wd"]],
            "versions": [
                [
                    "name": "v1", "served": true, "storage": true,
                    "subresources": [
                        "status": [:], "scale": ["specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"],
                    ],
                    "additionalPrinterColumns": [["name": "Size", "type": "integer", "jsonPath": ".spec.size"]],
                    "schema": [
                        "openAPIV3Schema": [
                            "type": "object",
                            "properties": [
                                "spec": [
                                    "type": "object", "required": ["size"],
                                    "properties": [
                                        "size": ["type": "integer", "minimum": 1, "maximum": 10, "description": "how big"],
                                        "mode": ["type": "string", "enum": ["fast", "slow"], "default": "slow"],
                                    ],
                                ],
                                "status": ["type": "object", "properties": ["size": ["type": "integer"]]],
                            ],
                        ]
                    ],
                ]
            ],
        ]
        change(&object.spec)
        return object
    }

    private func widget(_ name: String, _ spec: JSON) -> Object {
        var object = Object(apiVersion: "example.io/v1", kind: "Widget", namespace: "default", name: name)
        object.spec = spec
        return object
    }

    private let widgets = GroupVersionResource(group: "example.io", version: "v1", resource: "widgets")

    /// Creates a definition and waits until it is established.
    private func establish(_ definition: Object, on test: TestServer) async throws {
        let definitions = try test.resource("apiextensions.k8s.io", "customresourcedefinitions")
        try await test.create(definitions, definition)
        try #require(
            await eventually {
                CustomResourceDefinition(try test.objects.get(definitions, definition.key).decoded()).isEstablished
            })
    }

    @Test func definitionsAreServedAndWithdrawn() async throws {
        try await serving { test in
            try await establish(Self.widgets(), on: test)
            let resource = try #require(test.objects.catalog.served(widgets))
            var created = widget("one", ["size": 3, "unknown": true])
            created.status = ["size": 9]
            let stored = try await test.create(resource, created).decoded()
            #expect(stored.spec == ["size": 3, "mode": "slow"])
            #expect(stored["status"] == nil)
            #expect(stored.generation == 1)
            #expect(try resource.scale(of: stored).spec["replicas"] == 3)
            let updated = try await test.patch(resource, stored.key, subresource: "status", ["status": ["size": 2]])
            #expect(updated.status["size"] == 2)
            #expect(updated.generation == 1)

            let definitions = try test.resource("apiextensions.k8s.io", "customresourcedefinitions")
            let outcome = try await test.objects.delete(definitions, ObjectKey(name: "widgets.example.io"), DeletionRequest())
            #expect(outcome.object.decoded().finalizers == [CustomResourceDefinition.cleanupFinalizer])
            #expect(
                await eventually {
                    test.store.get(CustomResourceDefinition.collection, ObjectKey(name: "widgets.example.io")) == nil
                        && test.objects.catalog.served(widgets) == nil
                })
            #expect(test.store.get(widgets.groupResource, stored.key) == nil, "custom resources go before their definition")
        }
    }

    @Test func customResourcesAreValidated() async throws {
        try await serving { test in
            try await establish(Self.widgets(), on: test)
            let resource = try #require(test.objects.catalog.served(widgets))
            do {
                try await test.create(resource, widget("bad", ["size": 30, "mode": "warp"]))
                Issue.record("it was accepted")
            } catch let error as APIError {
                #expect(error.code == 422)
                let causes = Dictionary(uniqueKeysWithValues: (error.details?.causes ?? []).map { ($0.field, $0.message) })
                #expect(
                    causes["spec.size"] == "Invalid value: 30: spec.size in body should be less than or equal to 10")
                #expect(causes["spec.mode"] == "Unsupported value: \"warp\": supported values: \"fast\", \"slow\"")
            }
        }
    }

    @Test func anotherDefinitionCannotTakeNames() async throws {
        try await serving { test in
            try await establish(Self.widgets(), on: test)
            let definitions = try test.resource("apiextensions.k8s.io", "customresourcedefinitions")
            var other = Self.widgets { $0["names"] = ["plural": "wheels", "kind": "Wheel", "shortNames": ["wd"]] }
            other.name = "wheels.example.io"
            try await test.create(definitions, other)
            #expect(
                await eventually {
                    let status = try? test.objects.get(definitions, other.key).decoded().status
                    let condition = status?["conditions"]?.array?.first { $0["type"] == "NamesAccepted" }
                    return condition?["status"] == "False" && condition?["reason"] == "ShortNamesConflict"
                        && condition?["message"] == "\"wd\" is already in use"
                })
            #expect(test.objects.catalog.definition(of: GroupResource(group: "example.io", resource: "wheels")) == nil)

            // When the name is free, it is given.
            _ = try await test.objects.delete(definitions, ObjectKey(name: "widgets.example.io"), DeletionRequest())
            #expect(
                await eventually {
                    test.objects.catalog.definition(of: GroupResource(group: "example.io", resource: "wheels")) != nil
                })
        }
    }

    @Test func aRestartedServerServesDefinitionsAtOnce() async throws {
        try await serving { test in
            try await establish(Self.widgets(), on: test)
            let behaviors = test.objects.behaviors
            let restarted = ObjectService(
                store: test.store, liveCatalog: LiveCatalog(.controlPlane), behaviors: behaviors,
                admission: test.objects.admission)
            try CustomResourceController(objects: restarted, logger: .init(label: "test")).load()
            #expect(restarted.catalog.served(widgets) != nil)
        }
    }

    @Test func storedObjectsAreServedInTheNewStorageVersion() async throws {
        try await serving { test in
            try await establish(Self.widgets(), on: test)
            try await test.create(try #require(test.objects.catalog.served(widgets)), widget("old", ["size": 1]))
            let definitions = try test.resource("apiextensions.k8s.io", "customresourcedefinitions")
            var second = Self.widgets().spec["versions"]?[0] ?? [:]
            second["name"] = "v2"
            var first = second
            first["name"] = "v1"
            first["storage"] = false
            let changed = try await test.patch(
                definitions, ObjectKey(name: "widgets.example.io"), ["spec": ["versions": [first, second]]])
            #expect(changed.status["storedVersions"] == ["v1", "v2"])
            let newer = GroupVersionResource(group: "example.io", version: "v2", resource: "widgets")
            try #require(await eventually { test.objects.catalog.served(newer) != nil })
            let key = ObjectKey(namespace: "default", name: "old")
            for resource in [widgets, newer] {
                let served = try #require(test.objects.catalog.served(resource))
                #expect(try test.objects.get(served, key).decoded().apiVersion == "example.io/\(resource.version)")
                let items = try await test.objects.list(served, ListRequest()).items
                #expect(items.map { $0.decoded().apiVersion } == ["example.io/\(resource.version)"])
            }
            await #expect(throws: APIError.self, "v1 may still be stored") {
                try await test.patch(
                    definitions, ObjectKey(name: "widgets.example.io"), ["spec": ["versions": [second]]])
            }
        }
    }

    @Test func openAPIShowsTheAuthorsWords() async throws {
        try await serving { test in
            try await establish(Self.widgets(), on: test)
            let documents = OpenAPIDocuments(test.objects.catalog, serverVersion: "v1.32.0")
            let version3 = try JSON(parsing: try #require(documents.v3(path: "apis/example.io/v1")))
            let widget = version3["components", "schemas", "io.example.v1.Widget"]
            #expect(widget?["properties", "spec", "properties", "size", "description"] == "how big")
            #expect(widget?["properties", "metadata"] != nil)
            #expect(version3["components", "schemas", "io.example.v1.WidgetList", "properties", "items"] != nil)
            let version2 = try JSON(parsing: documents.v2)
            let mode = version2["definitions", "io.example.v1.Widget", "properties", "spec", "properties", "mode"]
            #expect(mode?["enum"] == ["fast", "slow"])
            #expect(mode?["default"] == nil)
        }
    }
}
