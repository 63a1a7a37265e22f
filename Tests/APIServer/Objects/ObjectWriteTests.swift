import Kubernetes
import Store
import Testing

@testable import APIServer
@testable import Client

@Suite struct ObjectWriteTests {
    @Test func workOfAFormerLeaderComesToNothing() async throws {
        let test = try await TestServer()
        let leadership = Leadership(until: .now + .seconds(3600))
        let objects = test.objects.fenced(by: leadership)
        let resource = try test.configMaps
        func create(_ name: String) async throws(APIError) {
            _ = try await objects.create(resource, TestServer.configMap(name), namespace: "default", WriteOptions())
        }
        try await create("a")
        leadership.end()
        let refusal = await #expect(throws: APIError.self) { try await create("b") }
        #expect(refusal?.code == 503)
        #expect(try objects.get(resource, ObjectKey(namespace: "default", name: "a")).key.name == "a")
    }

    @Test func creationFillsInWhatOnlyTheServerMaySay() async throws {
        let test = try await TestServer()
        var object = TestServer.deployment("web")
        object.uid = "mine"
        object.metadata["deletionTimestamp"] = "2020-01-01T00:00:00Z"
        object.status = ["replicas": 9]
        let stored = try await test.create(test.deployments, object).decoded()
        #expect(stored.uid.count == 36 && stored.uid != "mine")
        #expect(stored.generation == 1)
        #expect(!stored.isBeingDeleted)
        #expect(Timestamp(stored.creationTimestamp) != nil)
        #expect(stored.status == [:])
        #expect(Int64(stored.resourceVersion) == test.store.revision)
    }

    @Test func generatedNamesDiffer() async throws {
        let test = try await TestServer()
        var names: Set<String> = []
        for _ in 0..<20 {
            let object = TestServer.configMap("") { $0.metadata["generateName"] = "gen-" }
            names.insert(try await test.create(test.configMaps, object).key.name)
        }
        #expect(names.count == 20)
        #expect(names.allSatisfy { $0.hasPrefix("gen-") && $0.count == 9 })
    }

    @Test func aReplacementHasTheNameOfItsURL() async throws {
        let test = try await TestServer()
        let refusal = await #expect(throws: APIError.self) {
            let key = ObjectKey(namespace: "default", name: "b")
            _ = try await test.objects.replace(
                try test.configMaps, key, subresource: nil, with: TestServer.configMap("a"), WriteOptions())
        }
        // Whether there is such an object or not.
        #expect(refusal?.message == "the name of the object (a) does not match the name on the URL (b)")
    }

    @Test func creationNeedsALiveNamespace() async throws {
        let test = try await TestServer()
        let missing = await #expect(throws: APIError.self) {
            try await test.create(test.configMaps, TestServer.configMap("a", namespace: "nowhere"))
        }
        #expect(missing?.message == "namespaces \"nowhere\" not found")

        let namespaces = try test.resource("", "namespaces")
        try await test.create(namespaces, Object(apiVersion: "v1", kind: "Namespace", name: "dying"))
        _ = try await test.objects.delete(namespaces, ObjectKey(name: "dying"), DeletionRequest())
        let refused = await #expect(throws: APIError.self) {
            try await test.create(test.configMaps, TestServer.configMap("a", namespace: "dying"))
        }
        #expect(refused?.code == 403)
        #expect(refused?.details?.causes.first?.reason == "NamespaceTerminating")
    }

    @Test func bodiesMustBeOfTheKindAndPlace() async throws {
        let test = try await TestServer()
        let secret = Object(apiVersion: "v1", kind: "Secret", namespace: "default", name: "a")
        let wrongKind = await #expect(throws: APIError.self) { try await test.create(test.configMaps, secret) }
        #expect(
            wrongKind?.message
                == "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): "
                + "unknown conversion")
        let elsewhere = await #expect(throws: APIError.self) {
            try await test.objects.create(
                test.configMaps, TestServer.configMap("a", namespace: "other"), namespace: "default", WriteOptions())
        }
        #expect(elsewhere?.code == 400)
    }

    @Test func dryRunLeavesNothing() async throws {
        let test = try await TestServer()
        let revision = test.store.revision
        let shown = try await test.create(test.configMaps, TestServer.configMap("a"), WriteOptions(isDryRun: true))
        #expect(shown.key.name == "a")
        #expect(test.store.revision == revision)
        try await test.create(test.configMaps, TestServer.configMap("a"))
        let taken = await #expect(throws: APIError.self) {
            try await test.create(test.configMaps, TestServer.configMap("a"), WriteOptions(isDryRun: true))
        }
        #expect(taken?.reason == .alreadyExists)
    }

    @Test func anUpdateThatChangesNothingIsNotWritten() async throws {
        let test = try await TestServer()
        let created = try await test.create(test.deployments, TestServer.deployment("web"))
        let same = try await test.objects.replace(
            test.deployments, created.key, subresource: nil, with: created.decoded(), WriteOptions())
        #expect(same.object.revision == created.revision)
        #expect(test.store.revision == created.revision)
    }

    @Test func onlySpecChangesMakeANewGeneration() async throws {
        let test = try await TestServer()
        let key = try await test.create(test.deployments, TestServer.deployment("web")).key
        #expect(try await test.patch(test.deployments, key, ["metadata": ["labels": ["a": "b"]]]).generation == 1)
        #expect(try await test.patch(test.deployments, key, ["spec": ["replicas": 3]]).generation == 2)
        let status = try await test.patch(test.deployments, key, subresource: "status", ["status": ["replicas": 3], "spec": ["replicas": 7]])
        #expect(status.generation == 2)
        #expect(status.spec["replicas"] == 3)
        #expect(status.status["replicas"] == 3)
        let ignored = try await test.patch(test.deployments, key, ["status": ["replicas": 9]])
        #expect(ignored.status["replicas"] == 3)
    }

    @Test func updatesInsistOnTheirResourceVersion() async throws {
        let test = try await TestServer()
        let first = try await test.create(test.configMaps, TestServer.configMap("a"))
        try await test.patch(test.configMaps, first.key, ["data": ["k": "1"]])
        var stale = first.decoded()
        stale["data"] = ["k": "2"]
        let conflict = await #expect(throws: APIError.self) {
            try await test.objects.replace(test.configMaps, first.key, subresource: nil, with: stale, WriteOptions())
        }
        #expect(conflict?.reason == .conflict)
        stale.resourceVersion = ""
        let forced = try await test.objects.replace(test.configMaps, first.key, subresource: nil, with: stale, WriteOptions())
        #expect(forced.object.decoded()["data", "k"] == "2")
    }

    @Test func systemMetadataCannotBeChanged() async throws {
        let test = try await TestServer()
        let created = try await test.create(test.configMaps, TestServer.configMap("a")).decoded()
        let patched = try await test.patch(
            test.configMaps, created.key, ["metadata": ["creationTimestamp": "2001-01-01T00:00:00Z", "generation": 9], "data": ["k": "v"]])
        #expect(patched.creationTimestamp == created.creationTimestamp)
        #expect(patched.generation == 0)
        let otherUID = await #expect(throws: APIError.self) {
            try await test.patch(test.configMaps, created.key, ["metadata": ["uid": "other"]])
        }
        #expect(otherUID?.code == 409)
        let renamed = await #expect(throws: APIError.self) {
            try await test.patch(test.configMaps, created.key, ["metadata": ["name": "b"]])
        }
        #expect(renamed?.message == "the name of the object (b) does not match the name on the URL (a)")
    }

    @Test func concurrentPatchesAllCount() async throws {
        let test = try await TestServer()
        let resource = try test.configMaps
        let key = try await test.create(resource, TestServer.configMap("a")).key
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<6 {
                group.addTask { _ = try await test.patch(resource, key, ["data": [.init("k\(index)"): "v"] as JSON]) }
            }
            try await group.waitForAll()
        }
        #expect(try test.objects.get(resource, key).decoded()["data"]?.object?.count == 6)
    }

    @Test func scaleReadsAndWritesReplicas() async throws {
        let test = try await TestServer()
        let resource = try test.deployments
        let key = try await test.create(resource, TestServer.deployment("web", replicas: 2)).key
        let scale = try resource.scale(of: test.objects.get(resource, key).decoded())
        #expect(scale.spec["replicas"] == 2)
        #expect(scale.status["selector"] == "app=web")
        let changed = try await test.patch(resource, key, subresource: "scale", ["spec": ["replicas": 5]])
        #expect(changed.kind == "Scale")
        #expect(changed.spec["replicas"] == 5)
        let deployment = try test.objects.get(resource, key).decoded()
        #expect(deployment.spec["replicas"] == 5)
        #expect(deployment.generation == 2)
        let negative = await #expect(throws: APIError.self) {
            try await test.patch(resource, key, subresource: "scale", ["spec": ["replicas": -1]])
        }
        #expect(negative?.code == 422)
    }

    @Test func servicesGetAddressesAndPortsOnceEach() async throws {
        let test = try await TestServer()
        let services = try test.resource("", "services")
        func service(_ name: String, _ spec: JSON) -> Object {
            var object = Object(apiVersion: "v1", kind: "Service", namespace: "default", name: name)
            object.spec = spec
            return object
        }
        let first = try await test.create(services, service("a", ["ports": [["port": 80]], "type": "NodePort"])).decoded()
        let address = try #require(first.spec["clusterIP"]?.string)
        #expect(address.hasPrefix("10."))
        #expect(first.spec["clusterIPs"] == [.string(address)])
        let port = try #require(first.spec["ports"]?[0]?["nodePort"]?.integer)
        #expect((30_000...32_767).contains(port))
        let taken = await #expect(throws: APIError.self) {
            try await test.create(services, service("b", ["ports": [["port": 80]], "clusterIP": .string(address)]))
        }
        #expect(taken?.message.hasSuffix("provided IP is already allocated") == true)
        // A replacement that names neither keeps both.
        let kept = try await test.objects.replace(
            services, first.key, subresource: nil, with: service("a", ["ports": [["port": 80, "protocol": "TCP"]], "type": "NodePort"]),
            WriteOptions()
        ).object.decoded()
        #expect(kept.spec["clusterIP"]?.string == address)
        #expect(kept.spec["ports"]?[0]?["nodePort"]?.integer == port)
        let headless = try await test.create(services, service("c", ["ports": [["port": 80]], "clusterIP": "None"])).decoded()
        #expect(headless.spec["clusterIPs"] == ["None"])
    }
}
