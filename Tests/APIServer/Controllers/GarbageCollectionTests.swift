import Client
import Kubernetes
import Logging
import Store
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(1))) struct GarbageCollectionTests {
    /// Runs `body` beside the collector and the namespace controller.
    private func withControllers(_ body: (TestServer) async throws -> Void) async throws {
        let test = try await TestServer()
        let logger = Logger(label: "test")
        let running = Task { [objects = test.objects] in
            await withDiscardingTaskGroup { group in
                group.addTask { await GarbageCollector(objects: objects, logger: logger).run() }
                group.addTask { await NamespaceController(objects: objects, logger: logger).run() }
            }
        }
        defer { running.cancel() }
        try await body(test)
    }

    private func child(_ name: String, of owner: EncodedObject) -> Object {
        TestServer.configMap(name) { $0.ownerReferences = [OwnerReference(controller: owner.decoded())] }
    }

    @Test func dependentsGoWithTheirOwner() async throws {
        try await withControllers { test in
            let resource = try test.configMaps
            let owner = try await test.create(resource, TestServer.configMap("owner"))
            let child = try await test.create(resource, child("child", of: owner))
            let grandchild = try await test.create(resource, self.child("grandchild", of: child))
            try await test.create(resource, TestServer.configMap("other"))
            _ = try await test.objects.delete(resource, owner.key, DeletionRequest(propagation: .background))
            #expect(await eventually { test.store.get(resource.collection, grandchild.key) == nil })
            #expect(test.store.get(resource.collection, ObjectKey(namespace: "default", name: "other")) != nil)
        }
    }

    @Test func dependentsOfAMissingOwnerGo() async throws {
        try await withControllers { test in
            let resource = try test.configMaps
            let owner = try await test.create(resource, TestServer.configMap("owner"))
            _ = try await test.objects.delete(resource, owner.key, DeletionRequest())
            let late = try await test.create(resource, child("late", of: owner))
            #expect(await eventually { test.store.get(resource.collection, late.key) == nil })
        }
    }

    @Test func oneLivingOwnerKeepsAnObject() async throws {
        try await withControllers { test in
            let resource = try test.configMaps
            let first = try await test.create(resource, TestServer.configMap("first"))
            let second = try await test.create(resource, TestServer.configMap("second"))
            let key = try await test.create(
                resource,
                TestServer.configMap("child") { object in
                    object.ownerReferences = [first, second].map { owner in
                        OwnerReference(["apiVersion": "v1", "kind": "ConfigMap", "name": .string(owner.key.name), "uid": .string(owner.uid)])
                    }
                }
            ).key
            _ = try await test.objects.delete(resource, first.key, DeletionRequest(propagation: .background))
            #expect(
                await eventually {
                    test.store.get(resource.collection, key)?.decoded().ownerReferences.map(\.name) == ["second"]
                })
        }
    }

    @Test func foregroundDeletionWaitsForDependents() async throws {
        try await withControllers { test in
            let resource = try test.configMaps
            let owner = try await test.create(resource, TestServer.configMap("owner"))
            var held = child("child", of: owner)
            held.finalizers = ["example.io/hold"]
            let key = try await test.create(resource, held).key
            _ = try await test.objects.delete(resource, owner.key, DeletionRequest(propagation: .foreground))
            #expect(await eventually { test.store.get(resource.collection, key)?.decoded().isBeingDeleted == true })
            #expect(test.store.get(resource.collection, owner.key) != nil)
            try await test.patch(resource, key, ["metadata": ["finalizers": .null]])
            #expect(await eventually { test.store.get(resource.collection, owner.key) == nil })
        }
    }

    @Test func orphansStay() async throws {
        try await withControllers { test in
            let resource = try test.configMaps
            let owner = try await test.create(resource, TestServer.configMap("owner"))
            let key = try await test.create(resource, child("child", of: owner)).key
            _ = try await test.objects.delete(resource, owner.key, DeletionRequest(propagation: .orphan))
            #expect(await eventually { test.store.get(resource.collection, owner.key) == nil })
            #expect(test.store.get(resource.collection, key)?.decoded().ownerReferences.isEmpty == true)
        }
    }

    @Test func namespacesAreEmptiedAndGo() async throws {
        try await withControllers { test in
            let namespaces = try test.resource("", "namespaces")
            let key = ObjectKey(name: "work")
            try await test.create(namespaces, Object(apiVersion: "v1", kind: "Namespace", name: "work"))
            let account = ObjectKey(namespace: "work", name: "default")
            let accounts = GroupResource(group: "", resource: "serviceaccounts")
            #expect(await eventually { test.store.get(accounts, account) != nil })
            for index in 0..<20 {
                try await test.create(test.configMaps, TestServer.configMap("c\(index)", namespace: "work"))
            }
            _ = try await test.objects.delete(namespaces, key, DeletionRequest())
            #expect(test.store.get(.namespaces, key)?.decoded().status["phase"] == "Terminating")
            #expect(await eventually { test.store.get(.namespaces, key) == nil })
            #expect(try await test.objects.list(test.configMaps, ListRequest(namespace: "work")).items.isEmpty)
        }
    }
}
