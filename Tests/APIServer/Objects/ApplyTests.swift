import Client
import Kubernetes
import Testing

@testable import APIServer

/// Server-side apply, and who owns which fields after writes of all kinds.
@Suite struct ApplyTests {
    private static let key = ObjectKey(namespace: "default", name: "a")

    private static func configuration(_ data: JSON) -> JSON {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": data]
    }

    private func apply(
        _ server: TestServer, _ configuration: JSON, by manager: String, force: Bool = false, subresource: String? = nil,
        to resource: ServedResource? = nil, _ options: WriteOptions = WriteOptions()
    ) async throws -> WriteOutcome {
        try await server.objects.patch(
            resource ?? server.configMaps, Self.key, subresource: subresource,
            .apply(configuration, fieldManager: manager, force: force), options)
    }

    /// `fieldsV1` of each entry, by manager and operation.
    private func owners(_ object: Object) -> [String: JSON] {
        Dictionary(
            uniqueKeysWithValues: (object.metadata["managedFields"]?.array ?? []).map { entry in
                let name = "\(entry["manager"]?.string ?? "") \(entry["operation"]?.string ?? "")"
                return (name, entry["fieldsV1"] ?? .null)
            })
    }

    private static func client(_ name: String) -> WriteOptions { WriteOptions(fieldManager: .client(name)) }

    @Test func createsMergesConflictsAndForces() async throws {
        let server = try await TestServer()
        let created = try await apply(server, Self.configuration(["a": "1", "b": "1"]), by: "m1")
        #expect(created.isCreation)
        #expect(owners(created.object.decoded()) == ["m1 Apply": ["f:data": ["f:a": [:], "f:b": [:]]]])

        let again = try await apply(server, Self.configuration(["a": "1", "b": "1"]), by: "m1")
        #expect(!again.isCreation && again.object.revision == created.object.revision, "nothing changed")

        await #expect {
            _ = try await apply(server, Self.configuration(["a": "9", "c": "1"]), by: "m2")
        } throws: { error in
            (error as? APIError)?.code == 409
                && (error as? APIError)?.details?.causes == [
                    .init(reason: "FieldManagerConflict", message: #"conflict with "m1""#, field: ".data.a")
                ]
        }
        let forced = try await apply(server, Self.configuration(["a": "9", "c": "1"]), by: "m2", force: true)
        #expect(forced.object.decoded()["data"] == ["a": "9", "b": "1", "c": "1"])
        let dropped = try await apply(server, Self.configuration(["a": "9"]), by: "m1")
        #expect(dropped.object.decoded()["data"] == ["a": "9", "c": "1"])
    }

    @Test func workloadsKeepTheirDefaultsAndGenerations() async throws {
        let server = try await TestServer()
        let deployments = try server.deployments
        let first = try await apply(server, TestServer.deployment("a", replicas: 2).json, by: "kubectl", to: deployments)
        #expect(first.object.decoded().generation == 1)
        let extra: JSON = [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "spec": ["template": ["spec": ["containers": [["name": "extra", "image": "e:1"]]]]],
        ]
        let both = try await apply(server, extra, by: "other", to: deployments).object.decoded()
        let containers = both.spec["template", "spec", "containers"]?.array ?? []
        #expect(containers.map { $0["name"] } == ["c", "extra"])
        #expect(containers.allSatisfy { $0["imagePullPolicy"] == "IfNotPresent" })
        #expect(both.generation == 2)
        let same = try await apply(server, TestServer.deployment("a", replicas: 2).json, by: "kubectl", to: deployments)
        #expect(same.object.revision == Int64(both.resourceVersion))
    }

    @Test func refusesWhatCannotBeApplied() async throws {
        let server = try await TestServer()
        func refusal(_ configuration: JSON, by manager: String = "m") async -> APIError? {
            do {
                _ = try await apply(server, configuration, by: manager)
                return nil
            } catch {
                return error as? APIError
            }
        }
        let missing = await refusal(Self.configuration([:]), by: "")
        #expect(
            missing?.message
                == #"PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch"#)
        var configuration = Self.configuration([:])
        configuration["metadata", "managedFields"] = []
        #expect(await refusal(configuration)?.message == "metadata.managedFields must be nil")
        configuration = Self.configuration([:])
        configuration["dat"] = [:]
        #expect(
            await refusal(configuration)?.message
                == "failed to create typed patch object (default/a; v1, Kind=ConfigMap): .dat: field not declared in schema")
        configuration = Self.configuration([:])
        configuration["metadata", "name"] = "b"
        #expect(await refusal(configuration)?.code == 400)
        #expect(await refusal(Self.configuration(["not valid": "1"]))?.code == 422)
        #expect(throws: APIError.self) { try server.objects.get(server.configMaps, Self.key) }
    }

    @Test func dryRunsStoreNothing() async throws {
        let server = try await TestServer()
        let shown = try await apply(server, Self.configuration(["a": "1"]), by: "m", WriteOptions(isDryRun: true))
        #expect(shown.isCreation && shown.object.decoded()["data"] == ["a": "1"])
        #expect(throws: APIError.self) { try server.objects.get(server.configMaps, Self.key) }
        let created = try await apply(server, Self.configuration(["a": "1"]), by: "m")
        let changed = try await apply(server, Self.configuration(["a": "2"]), by: "m", WriteOptions(isDryRun: true))
        #expect(changed.object.decoded()["data"] == ["a": "2"])
        #expect(try server.objects.get(server.configMaps, Self.key).revision == created.object.revision)
    }

    @Test func creationNeedsItsOwnPermission() async throws {
        let server = try await TestServer()
        var options = WriteOptions()
        options.authorizeCreation = { () throws(APIError) in
            throw APIError(code: 403, reason: .forbidden, message: "no")
        }
        await #expect(throws: APIError.self) {
            _ = try await apply(server, Self.configuration([:]), by: "m", options)
        }
        try await server.create(server.configMaps, TestServer.configMap("a"))
        _ = try await apply(server, Self.configuration([:]), by: "m", options)
    }

    @Test func statusHasOwnersOfItsOwn() async throws {
        let server = try await TestServer()
        let deployments = try server.deployments
        _ = try await apply(server, TestServer.deployment("a").json, by: "m", to: deployments)
        var status = TestServer.deployment("a").json
        status["status"] = ["replicas": 1]
        let object = try await apply(server, status, by: "controller", subresource: "status", to: deployments).object.decoded()
        #expect(object.status["replicas"] == 1)
        #expect(owners(object)["controller Apply"] == ["f:status": ["f:replicas": [:]]])
        #expect(owners(object)["m Apply"]?["f:spec"] != nil)
    }

    // MARK: Other writes

    @Test func requestsAreRecorded() async throws {
        let server = try await TestServer()
        let configMaps = try server.configMaps
        try await server.create(configMaps, TestServer.configMap("a") { $0["data"] = ["k": "1"] }, Self.client("creator"))
        let patched = try await server.objects.patch(
            configMaps, Self.key, subresource: nil, .merge(["data": ["l": "1"]]), Self.client("patcher")
        ).object.decoded()
        #expect(
            owners(patched) == [
                "creator Update": ["f:data": [".": [:], "f:k": [:]]], "patcher Update": ["f:data": ["f:l": [:]]],
            ])
        let entry = patched.metadata["managedFields"]?[0]
        #expect(entry?["apiVersion"] == "v1" && entry?["fieldsType"] == "FieldsV1" && entry?["time"]?.string != nil)

        var replacement = patched
        replacement.metadata["managedFields"] = nil
        replacement["data"] = ["k": "2"]
        let replaced = try await server.objects.replace(
            configMaps, Self.key, subresource: nil, with: replacement, Self.client("editor")
        ).object.decoded()
        #expect(
            owners(replaced) == ["creator Update": ["f:data": [:]], "editor Update": ["f:data": ["f:k": [:]]]])
        await #expect {
            _ = try await apply(server, Self.configuration(["k": "3"]), by: "m")
        } throws: { error in
            "\(error)" == #"Apply failed with 1 conflict: conflict with "editor" using v1: .data.k"#
        }
    }

    @Test func clientsMayClearOwners() async throws {
        let server = try await TestServer()
        let configMaps = try server.configMaps
        func patch(_ managedFields: JSON) async throws -> Object {
            try await server.objects.patch(
                configMaps, Self.key, subresource: nil, .merge(["metadata": ["managedFields": managedFields]]),
                Self.client("kubectl")
            ).object.decoded()
        }
        let created = try await apply(server, Self.configuration(["a": "1"]), by: "m").object.decoded()
        #expect(owners(try await patch([])) == owners(created), "an empty list says nothing")
        #expect(try await patch([[:]]).metadata["managedFields"] == nil)
        #expect(try await patch([["manager": "x"]]).metadata["managedFields"] == nil, "what cannot be read does not count")
    }

    @Test func whatWasThereBeforeTheFirstApplyHasAnOwner() async throws {
        let server = try await TestServer()
        try await server.create(server.configMaps, TestServer.configMap("a") { $0["data"] = ["k": "1"] })
        #expect(try server.objects.get(server.configMaps, Self.key).decoded().metadata["managedFields"] == nil)
        let applied = try await apply(server, Self.configuration(["l": "1"]), by: "m").object.decoded()
        #expect(owners(applied)["before-first-apply Update"] == ["f:data": [".": [:], "f:k": [:]]])
    }

    @Test func componentsLeaveUnownedObjectsAlone() async throws {
        let server = try await TestServer()
        let client = server.server.client(as: .internalComponent("controller"))
        let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
        var object = try await client.create(TestServer.deployment("a"), in: deployments).decoded()
        object.spec["replicas"] = 5
        object = try await client.update(object, in: deployments).decoded()
        #expect(object.metadata["managedFields"] == nil)

        let applied = try await client.patch(
            deployments, Self.key,
            .apply(["apiVersion": "apps/v1", "kind": "Deployment", "spec": ["paused": true]], fieldManager: "m", force: false),
            subresource: nil)
        object = applied.decoded()
        #expect(object.spec["paused"] == true && owners(object)["m Apply"] == ["f:spec": ["f:paused": [:]]])
        object.status["replicas"] = 3
        object = try await client.updateStatus(object, in: deployments).decoded()
        #expect(owners(object)["controller Update"] == nil, "a status is not recorded")
        object.spec["paused"] = nil
        object.spec["minReadySeconds"] = 3
        object = try await client.update(object, in: deployments).decoded()
        #expect(owners(object)["m Apply"] == nil)
        #expect(owners(object)["controller Update"] == ["f:spec": ["f:minReadySeconds": [:]]])
    }
}
