import Client
import Kubernetes
import Store
import Testing

@testable import APIServer

/// What an update leaves as it is stored is not looked at again; what it changes is.
@Suite struct ObjectRatchetingTests {
    private static let binding: Object = {
        var binding = Object(
            apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: "a-deployment")
        binding.spec = [
            "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": "a"], "replicas": 1,
        ]
        return binding
    }()

    @Test func specAndStatusAreWrittenTogether() async throws {
        let test = try await TestServer()
        let client = test.server.client(as: .internalComponent("karmada-scheduler"))
        var binding = try await client.create(Self.binding, in: ResourceBinding.resource).decoded()
        binding.spec["clusters"] = [["name": "m1", "replicas": 1]]
        binding.status = ["schedulerObservedGeneration": 2]
        let revision = test.store.revision
        let written = try await client.updateWithStatus(binding, in: ResourceBinding.resource).decoded()
        #expect(test.store.revision == revision + 1)
        #expect(written.generation == 2 && written.status["schedulerObservedGeneration"] == 2)
        #expect(written.spec["clusters"]?.array?.count == 1)
        await #expect(throws: APIError.self) {
            _ = try await client.updateWithStatus(binding, in: ResourceBinding.resource)  // an old version
        }
    }

    @Test func aStatusIsCheckedAndPrunedWhereItChanges() async throws {
        let test = try await TestServer()
        let client = test.server.client(as: .internalComponent("karmada-scheduler"))
        var binding = try await client.create(Self.binding, in: ResourceBinding.resource).decoded()
        binding.status = ["schedulerObservedGeneration": 1, "unknown": true]
        binding.spec["replicas"] = 9
        binding = try await client.updateStatus(binding, in: ResourceBinding.resource).decoded()
        #expect(binding.status == ["schedulerObservedGeneration": 1])
        #expect(binding.spec["replicas"] == 1 && binding.generation == 1)
        binding.status["schedulerObservedGeneration"] = "one"
        await #expect(throws: APIError.self) { _ = try await client.updateStatus(binding, in: ResourceBinding.resource) }
    }

    /// A schema that became stricter does not keep an object from changing where it is right.
    @Test func faultsThatWereStoredMayStay() throws {
        let schema = TypeSchema(
            .object(
                ObjectType([
                    SchemaField(
                        "spec",
                        TypeSchema(.object(ObjectType([SchemaField("a", Self.limited), SchemaField("b", Self.limited)])))),
                ])))
        func faults(_ object: JSON, old: JSON?) -> [String] {
            SchemaValidator.validate(object, old: old, schema).causes.map(\.field)
        }
        #expect(faults(["spec": ["a": 9, "b": 1]], old: nil) == ["spec.a"])
        #expect(faults(["spec": ["a": 9, "b": 2]], old: ["spec": ["a": 9, "b": 1]]) == [])
        #expect(faults(["spec": ["a": 9, "b": 7]], old: ["spec": ["a": 9, "b": 1]]) == ["spec.b"])
        #expect(faults(["spec": ["a": 8, "b": 1]], old: ["spec": ["a": 9, "b": 1]]) == ["spec.a"])
    }

    private static let limited: TypeSchema = {
        var constraints = Constraints()
        constraints.maximum = 5
        return TypeSchema(.integer(bits: 64), constraints: constraints)
    }()

    @Test func workloadsAreCheckedWhereTheirSpecChanges() async throws {
        let test = try await TestServer()
        let deployments = try test.deployments
        let key = ObjectKey(namespace: "default", name: "a")
        try await test.create(deployments, TestServer.deployment("a"))
        let labelled = try await test.patch(deployments, key, ["metadata": ["labels": ["x": "y"]]])
        #expect(labelled.labels == ["x": "y"] && labelled.generation == 1)
        #expect(labelled.spec["strategy", "type"] == "RollingUpdate")
        await #expect(throws: APIError.self) { try await test.patch(deployments, key, ["metadata": ["labels": ["x y": "z"]]]) }
        await #expect(throws: APIError.self) { try await test.patch(deployments, key, ["spec": ["replicas": -1]]) }
        let refilled = try await test.patch(deployments, key, ["spec": ["strategy": .null, "replicas": 2]])
        #expect(refilled.spec["strategy", "type"] == "RollingUpdate" && refilled.generation == 2)
    }
}
