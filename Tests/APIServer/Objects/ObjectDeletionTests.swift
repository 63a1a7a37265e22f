import Client
import Kubernetes
import Store
import Testing

@testable import APIServer

@Suite struct ObjectDeletionTests {
    @Test func finalizersHoldAnObject() async throws {
        let test = try await TestServer()
        let resource = try test.configMaps
        let key = try await test.create(resource, TestServer.configMap("a") { $0.finalizers = ["example.io/hold"] }).key
        guard case .pending(let dying) = try await test.objects.delete(resource, key, DeletionRequest()) else {
            Issue.record("the finalizer did not hold")
            return
        }
        #expect(dying.decoded().isBeingDeleted)
        // Another deletion changes nothing.
        #expect(try await test.objects.delete(resource, key, DeletionRequest()).object.revision == dying.revision)
        let refused = await #expect(throws: APIError.self) {
            try await test.patch(resource, key, ["metadata": ["finalizers": ["example.io/hold", "example.io/more"]]])
        }
        #expect(refused?.code == 422)
        try await test.patch(resource, key, ["metadata": ["finalizers": .null]])
        #expect(test.store.get(resource.collection, key) == nil)
    }

    @Test(arguments: [true, false])
    func protectedObjectsStayInAControlPlane(isControlPlane: Bool) async throws {
        var options = AdmissionOptions()
        options.protectsFromDeletion = isControlPlane
        let test = try await TestServer(catalog: .controlPlane.admitting(options))
        let resource = try test.configMaps
        let label = "resourcetemplate.karmada.io/deletion-protected"
        let key = try await test.create(resource, TestServer.configMap("a") { $0.labels[label] = "Always" }).key
        if isControlPlane {
            let refused = await #expect(throws: APIError.self) {
                try await test.objects.delete(resource, key, DeletionRequest())
            }
            #expect(refused?.code == 403)
            #expect(refused?.message.contains("please make sure to remove the label: \(label)") == true)
            #expect(test.store.get(resource.collection, key)?.decoded().isBeingDeleted == false)
            try await test.patch(resource, key, ["metadata": ["labels": .null]])
        }
        _ = try await test.objects.delete(resource, key, DeletionRequest())
        #expect(test.store.get(resource.collection, key) == nil)
    }

    @Test func preconditionsMustHold() async throws {
        let test = try await TestServer()
        let resource = try test.configMaps
        let object = try await test.create(resource, TestServer.configMap("a"))
        for request in [DeletionRequest(uid: "other"), DeletionRequest(resourceVersion: "1")] {
            let error = await #expect(throws: APIError.self) { try await test.objects.delete(resource, object.key, request) }
            #expect(error?.reason == .conflict)
        }
        let matching = DeletionRequest(uid: object.uid, resourceVersion: String(object.revision))
        _ = try await test.objects.delete(resource, object.key, matching)
        let gone = await #expect(throws: APIError.self) { try await test.objects.delete(resource, object.key, matching) }
        #expect(gone?.reason == .notFound)
    }

    @Test func dryRunDeletesNothing() async throws {
        let test = try await TestServer()
        let resource = try test.configMaps
        let key = try await test.create(resource, TestServer.configMap("a")).key
        _ = try await test.objects.delete(resource, key, DeletionRequest(isDryRun: true))
        #expect(test.store.get(resource.collection, key) != nil)
    }

    @Test func collectionsGoBySelector() async throws {
        let test = try await TestServer()
        let resource = try test.configMaps
        for index in 0..<100 {
            try await test.create(resource, TestServer.configMap("c\(index)") { $0.labels = ["odd": "\(index % 2)"] })
        }
        let deleted = try await test.objects.deleteCollection(
            resource, ListRequest(namespace: "default", labelSelector: "odd=1"), DeletionRequest())
        #expect(deleted.items.count == 50)
        let left = try await test.objects.list(resource, ListRequest(namespace: "default"))
        #expect(left.items.count == 50)
        #expect(left.items.allSatisfy { $0.labels["odd"] == "0" })
    }
}
