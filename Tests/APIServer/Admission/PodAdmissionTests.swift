import Kubernetes
import Testing

@testable import APIServer

@Suite struct PodAdmissionTests {
    private static func pod(_ name: String, _ change: (inout JSON) -> Void = { _ in }) -> Object {
        var pod = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: name)
        pod.spec = ["containers": [["name": "c", "image": "i:1"]]]
        change(&pod.spec)
        return pod
    }

    @Test func podsHavePrioritiesAndTolerateLostNodesForAWhile() async throws {
        let server = try await TestServer()
        let pods = try server.resource("", "pods")
        let plain = try await server.create(pods, Self.pod("plain")).decoded()
        #expect(plain.spec["priority"] == 0)
        #expect(plain.spec["preemptionPolicy"] == "PreemptLowerPriority")
        #expect(
            plain.spec["tolerations"] == [
                ["key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300],
                ["key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300],
            ])
        let tolerant = Self.pod("tolerant") { $0["tolerations"] = [["operator": "Exists"]] }
        #expect(try await server.create(pods, tolerant).decoded().spec["tolerations"] == [["operator": "Exists"]])
        let critical = Self.pod("critical") { $0["priorityClassName"] = "system-node-critical" }
        #expect(try await server.create(pods, critical).decoded().spec["priority"] == 2_000_001_000)
        var usual = Object(apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", name: "usual")
        usual["value"] = 7
        usual["globalDefault"] = true
        usual["preemptionPolicy"] = "Never"
        try await server.create(try server.resource("scheduling.k8s.io", "priorityclasses"), usual)
        let second = try await server.create(pods, Self.pod("second")).decoded()
        #expect(second.spec["priorityClassName"] == "usual")
        #expect(second.spec["priority"] == 7)
        #expect(second.spec["preemptionPolicy"] == "Never")
    }

    @Test func wrongPrioritiesAreRefused() async throws {
        let server = try await TestServer()
        let pods = try server.resource("", "pods")
        let missing = await #expect(throws: APIError.self) {
            try await server.create(pods, Self.pod("p") { $0["priorityClassName"] = "none" })
        }
        #expect(missing?.message == "pods \"p\" is forbidden: no PriorityClass with name none was found")
        let given = await #expect(throws: APIError.self) { try await server.create(pods, Self.pod("p") { $0["priority"] = 5 }) }
        #expect(given?.code == 403)
    }

    @Test func someNamespacesStay() async throws {
        let server = try await TestServer()
        let namespaces = try server.resource("", "namespaces")
        let refusal = await #expect(throws: APIError.self) {
            try await server.objects.delete(namespaces, ObjectKey(name: "kube-system"), DeletionRequest())
        }
        #expect(refusal?.message == "namespaces \"kube-system\" is forbidden: this namespace may not be deleted")
    }

    @Test(.timeLimit(.minutes(1))) func expiredBootstrapTokensGo() async throws {
        let server = try await TestServer()
        let secrets = try server.resource("", "secrets")
        func token(_ name: String, _ end: Timestamp) -> Object {
            var secret = Object(apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: "bootstrap-token-\(name)")
            secret["type"] = "bootstrap.kubernetes.io/token"
            secret["stringData"] = ["token-id": .string(name), "expiration": .string(end.description)]
            return secret
        }
        try await server.create(secrets, token("aaaaaa", .now() + .seconds(-1)))
        try await server.create(secrets, token("bbbbbb", .now() + .seconds(3600)))
        let running = Task { await BootstrapTokenCleaner(objects: server.objects, logger: .init(label: "test")).run() }
        defer { running.cancel() }
        func exists(_ name: String) -> Bool {
            server.store.get(secrets.collection, ObjectKey(namespace: "kube-system", name: "bootstrap-token-\(name)")) != nil
        }
        #expect(await eventually { !exists("aaaaaa") })
        #expect(exists("bbbbbb"))
    }
}
