import Kubernetes
import Testing

@testable import Interpreter

/// What is said to interpreter webhooks, and what of their answers counts.
@Suite struct InterpreterWebhookTests {
    private static let configuration = """
        metadata: {name: conf}
        webhooks:
        - name: first
          rules:
          - {operations: [InterpretReplica, Retain], apiGroups: [apps], apiVersions: ["*"], kinds: [Deployment]}
          - {operations: ["*"], apiGroups: [""], apiVersions: [v1], kinds: ["*"]}
          clientConfig: {url: "https://example.com/a", caBundle: QUJD}
          interpreterContextVersions: [v2, v1alpha1]
        - name: second
          clientConfig: {service: {namespace: ns, name: svc, path: /p}}
          timeoutSeconds: 99
          interpreterContextVersions: [v2]
        """

    private func webhooks() throws -> [InterpreterWebhook] { InterpreterWebhook.webhooks(of: try object(Self.configuration)) }

    @Test func readsConfigurations() throws {
        let webhooks = try webhooks()
        #expect(webhooks.map(\.id) == ["conf/first", "conf/second"])
        #expect(webhooks[0].endpoint == .url("https://example.com/a"))
        #expect(webhooks[0].certificateAuthority == Array("ABC".utf8))
        #expect(webhooks[0].timeoutSeconds == 10)
        #expect(webhooks[1].endpoint == .service(ObjectKey(namespace: "ns", name: "svc"), path: "/p", port: 443))
        #expect(webhooks[1].timeoutSeconds == 30)
        #expect(webhooks[1].certificateAuthority == [])
    }

    @Test(arguments: [
        ("apps/v1", "Deployment", InterpreterOperation.retain, true), ("apps/v1beta1", "Deployment", .interpretReplica, true),
        ("apps/v1", "Deployment", .interpretHealth, false), ("apps/v1", "StatefulSet", .retain, false),
        ("v1", "Pod", .interpretHealth, true), ("v2", "Pod", .interpretHealth, false), ("batch/v1", "Job", .retain, false),
    ])
    func matchesRules(apiVersion: String, kind: String, operation: InterpreterOperation, isHandled: Bool) throws {
        #expect(try webhooks()[0].handles(GroupVersionKind(apiVersion: apiVersion, kind: kind), operation) == isHandled)
        #expect(try !webhooks()[1].handles(GroupVersionKind(apiVersion: apiVersion, kind: kind), operation))
    }

    private func question(_ operation: InterpreterOperation) throws -> InterpreterQuestion {
        var question = InterpreterQuestion(
            operation,
            try object("{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: ns}, spec: {replicas: 1}}"))
        question.replicas = 2
        return question
    }

    @Test func asks() throws {
        var question = try question(.retain)
        question.observed = question.object
        question.items = [try item("member1", "{a: 1}")]
        let request = try webhooks()[0].request(question, uid: "u")
        #expect(
            try request
                == value(
                    """
                    apiVersion: config.karmada.io/v1alpha1
                    kind: ResourceInterpreterContext
                    request:
                      uid: u
                      kind: {group: apps, version: v1, kind: Deployment}
                      name: d
                      namespace: ns
                      operation: Retain
                      replicas: 2
                      object: \(question.object.json)
                      observedObject: \(question.object.json)
                      aggregatedStatus: [{clusterName: member1, status: {a: 1}, applied: true}]
                    """))
        #expect(throws: WebhookFault("webhook does not accept known ResourceInterpreterContext versions (v1alpha1)")) {
            try webhooks()[1].request(question, uid: "u")
        }
    }

    private func answer(_ operation: InterpreterOperation, _ response: String) throws -> InterpreterAnswer {
        try webhooks()[0].answer(value("{response: \(response)}"), to: question(operation), uid: "u")
    }

    @Test func understandsAnswers() throws {
        let head = "uid: u, successful: true"
        guard
            case .replicas(let demand) = try answer(
                .interpretReplica, "{\(head), replicas: 3, replicaRequirements: {resourceRequest: {cpu: 0.5}, extra: 1}}")
        else { throw LuaError("no replicas") }
        #expect(try demand == ReplicaDemand(replicas: 3, requirements: value("{resourceRequest: {cpu: 500m}}")))
        guard
            case .components(let components) = try answer(.interpretComponent, "{\(head), components: [{name: a, replicas: 1}]}")
        else {
            throw LuaError("no components")
        }
        #expect(try JSON.array(components) == value("[{name: a, replicas: 1}]"))
        guard case .status(let status) = try answer(.interpretStatus, "{\(head), rawStatus: {a: {}}}") else {
            throw LuaError("no status")
        }
        #expect(try status == value("{a: {}}"))
        guard case .health(let isHealthy) = try answer(.interpretHealth, "{\(head), healthy: false}") else {
            throw LuaError("no health")
        }
        #expect(!isHealthy)
        guard
            case .dependencies(let dependencies) = try answer(
                .interpretDependency, "{\(head), dependencies: [{apiVersion: v1, kind: Secret, name: s}]}")
        else { throw LuaError("no dependencies") }
        #expect(dependencies == [DependentObjectReference(apiVersion: "v1", kind: "Secret", namespace: "", name: "s")])

        let patch = Base64.encode(Array(#"[{"op":"replace","path":"/spec/replicas","value":2}]"#.utf8))
        guard case .object(let patched) = try answer(.reviseReplica, "{\(head), patchType: JSONPatch, patch: \(patch)}") else {
            throw LuaError("no object")
        }
        #expect(patched["spec", "replicas"] == 2)
        guard case .object(let unchanged) = try answer(.retain, "{\(head)}") else { throw LuaError("no object") }
        #expect(try unchanged == question(.retain).object)
    }

    @Test(arguments: [
        (InterpreterOperation.interpretHealth, "null", "webhook response was absent"),
        (.interpretHealth, "{uid: v}", "expected response.uid \"u\", got \"v\""),
        (.interpretHealth, "{uid: u}", "webhook require response.status when response.successful is false"),
        (
            .interpretHealth, "{uid: u, successful: false, status: {code: 403, message: denied}}",
            "webhook call failed, get status code: 403, msg: denied"
        ),
        (.interpretHealth, "{uid: u, successful: true}", "webhook returned nil response.healthy"),
        (.interpretReplica, "{uid: u, successful: true}", "webhook returned nil response.replicas"),
        (
            .interpretReplica, "{uid: u, successful: true, replicas: x}",
            "received invalid webhook response: response.replicas: expected an integer, got string"
        ),
        (.interpretStatus, "{uid: u, successful: true}", "webhook returned nil response.rawStatus"),
        (.retain, "{uid: u, successful: true, patch: W10=}", "webhook returned nil response.patchType"),
        (.retain, "{uid: u, successful: true, patchType: JSONPatch}", "webhook returned empty response.patch"),
        (
            .retain, "{uid: u, successful: true, patchType: Merge, patch: W10=}",
            "webhook returned invalid response.patchType of \"Merge\""
        ),
        (.retain, "{uid: u, successful: true, patchType: JSONPatch, patch: '?'}", "response.patch is no Base64"),
        (
            .interpretDependency, "{uid: u, successful: true, dependencies: [{kind: Secret}]}",
            "received invalid webhook response: dependencies[0].apiVersion: missing required apiVersion"
        ),
    ])
    func refusesAnswers(operation: InterpreterOperation, response: String, fault: String) throws {
        #expect(throws: WebhookFault(fault)) { try answer(operation, response) }
    }
}
