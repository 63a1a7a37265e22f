import Kubernetes
import Testing

@testable import Interpreter

/// Customizations in Lua, and how they go together with each other and with the built-in rules.
@Suite struct CustomizationTests {
    private static let example = """
        {apiVersion: example.io/v1, kind: Workload, metadata: {name: w, namespace: ns, generation: 2},
         spec: {replicas: 3, paused: false, empty: {}, none: [], template: {spec: {serviceAccountName: sa}}}, status: {ready: 2}}
        """

    private func customization(_ name: String, kind: String = "Workload", _ scripts: [String: String]) throws -> Customization {
        var spec: JSON = ["target": ["apiVersion": kind == "Deployment" ? "apps/v1" : "example.io/v1", "kind": .string(kind)]]
        for (field, script) in scripts { spec["customizations", field, "luaScript"] = .string(script) }
        var object = Object(apiVersion: "config.karmada.io/v1alpha1", kind: "ResourceInterpreterCustomization", name: name)
        object.spec = spec
        return Customization(object)
    }

    private func interpreter(_ scripts: [String: String]) throws -> Interpreter {
        Interpreter(custom: [Customizations([try customization("custom", scripts)])])
    }

    // MARK: Operations

    @Test func replicas() async throws {
        let interpreter = try interpreter([
            "replicaResource": """
            function GetReplicas(obj)
              return obj.spec.replicas, {nodeClaim = {nodeSelector = {disk = 'ssd'}}, resourceRequest = {cpu = '0.5', memory = 1024}}
            end
            """
        ])
        let demand = try await interpreter.replicas(object(Self.example))
        #expect(demand?.replicas == 3)
        #expect(
            try demand?.requirements
                == value("{nodeClaim: {nodeSelector: {disk: ssd}}, resourceRequest: {cpu: 500m, memory: \"1024\"}}"))
    }

    @Test func components() async throws {
        let interpreter = try interpreter([
            "componentResource": """
            function GetComponents(obj)
              return {{name = 'a', replicas = 1}, {name = 'b', replicas = 2.0, replicaRequirements = {resourceRequest = {cpu = 1}}}}
            end
            """
        ])
        #expect(
            try await interpreter.components(object(Self.example)).map(JSON.array)
                == value("[{name: a, replicas: 1}, {name: b, replicas: 2, replicaRequirements: {resourceRequest: {cpu: \"1\"}}}]")
        )
        #expect(try await self.interpreter([:]).components(object(Self.example)) == nil)
    }

    @Test func revisionAndRetentionKeepWhatIsEmpty() async throws {
        let interpreter = try interpreter([
            "replicaRevision": "function ReviseReplica(obj, n) obj.spec.replicas = n return obj end",
            "retention": "function Retain(desired, observed) desired.spec.paused = observed.spec.paused return desired end",
        ])
        let workload = try object(Self.example)
        var expected = workload
        expected["spec", "replicas"] = 7
        #expect(try await interpreter.revise(workload, replicas: 7) == expected)
        var observed = workload
        observed["spec", "paused"] = true
        #expect(try await interpreter.retain(desired: workload, observed: observed) == observed)
    }

    @Test func status() async throws {
        let interpreter = try interpreter([
            "statusReflection": "function ReflectStatus(obj) return {ready = obj.status.ready, note = {}} end",
            "statusAggregation": """
            function AggregateStatus(obj, items)
              local sum = 0
              for i = 1, #items do if items[i].status ~= nil then sum = sum + items[i].status.ready end end
              obj.status = {ready = sum}
              return obj
            end
            """,
        ])
        let workload = try object(Self.example)
        #expect(try await interpreter.reflectStatus(workload) == ["ready": 2])
        let items = [try item("a", "{ready: 2}"), try item("b", nil), try item("c", "{ready: 3}")]
        #expect(try await interpreter.aggregateStatus(workload, items: items)?.status == ["ready": 5])
    }

    @Test func healthAndDependencies() async throws {
        let interpreter = try interpreter([
            "healthInterpretation": "function InterpretHealth(obj) return obj.status.ready == obj.spec.replicas end",
            "dependencyInterpretation": """
            local kube = require('kube')
            function GetDependencies(obj) return kube.getPodDependencies(obj.spec.template, obj.metadata.namespace) end
            """,
        ])
        var workload = try object(Self.example)
        #expect(try await interpreter.health(workload) == .unhealthy)
        workload.status["ready"] = 3
        #expect(try await interpreter.health(workload) == .healthy)
        #expect(
            try await interpreter.dependencies(workload)
                == [DependentObjectReference(apiVersion: "v1", kind: "ServiceAccount", namespace: "ns", name: "sa")])
    }

    @Test func dependenciesBySelector() async throws {
        let interpreter = try interpreter([
            "dependencyInterpretation": """
            function GetDependencies(obj)
              return {{apiVersion = 'v1', kind = 'Secret', namespace = 'ns', labelSelector = {
                matchLabels = {app = 'a'}, matchExpressions = {{key = 'tier', operator = 'In', values = {'back', 'front'}}}}}}
            end
            """
        ])
        #expect(
            try await interpreter.dependencies(object(Self.example)).map(\.json)
                == [
                    value(
                        """
                        {apiVersion: v1, kind: Secret, namespace: ns, labelSelector: {matchLabels: {app: a},
                         matchExpressions: [{key: tier, operator: In, values: [back, front]}]}}
                        """)
                ])
    }

    // MARK: Who decides

    @Test func firstNameDecidesAndDependenciesAddUp() async throws {
        let dependency = { (name: String) in
            "function GetDependencies() return {{apiVersion = 'v1', kind = 'Secret', name = '\(name)'}} end"
        }
        let rules = Customizations([
            try customization(
                "c", ["dependencyInterpretation": dependency("one"), "replicaResource": "function GetReplicas() return 3 end"]),
            try customization("b", ["healthInterpretation": "function InterpretHealth() return true end"]),
            try customization(
                "a", ["dependencyInterpretation": dependency("two"), "replicaResource": "function GetReplicas() return 1 end"]),
            try customization("d", ["dependencyInterpretation": dependency("one")]),
        ])
        let interpreter = Interpreter(custom: [rules])
        let workload = try object(Self.example)
        #expect(try await interpreter.replicas(workload) == ReplicaDemand(replicas: 1, requirements: nil))
        #expect(try await interpreter.health(workload) == .healthy)
        #expect(try await interpreter.dependencies(workload).map(\.name) == ["one", "two"])
    }

    @Test func customizationsGoBeforeBuiltInRules() async throws {
        let rules = Customizations([
            try customization("deployments", kind: "Deployment", ["replicaResource": "function GetReplicas() return 42 end"])
        ])
        let interpreter = Interpreter(custom: [rules])
        let deployment = try workload("Deployment")
        #expect(try await interpreter.replicas(deployment)?.replicas == 42)
        #expect(try await interpreter.revise(deployment, replicas: 5).spec["replicas"] == 5, "what it does not say is as ever")
        #expect(interpreter.hasRule(for: deployment.groupVersionKind, .interpretHealth))
    }

    @Test func rulesThatThereAre() throws {
        let interpreter = try interpreter(["healthInterpretation": "function InterpretHealth() return true end", "retention": ""])
        let kind = GroupVersionKind(apiVersion: "example.io/v1", kind: "Workload")
        #expect(interpreter.hasRule(for: kind, .interpretHealth))
        for operation in InterpreterOperation.allCases where operation != .interpretHealth {
            #expect(!interpreter.hasRule(for: kind, operation))
        }
    }

    // MARK: Bad scripts

    private static let bad: [(field: String, script: String, operation: InterpreterOperation, message: String)] = [
        (
            "healthInterpretation", "function InterpretHealth() end", .interpretHealth,
            "InterpretHealth returned a nil, not a boolean"
        ),
        ("healthInterpretation", "while true do end", .interpretHealth, "took more than 10000000 instructions"),
        ("healthInterpretation", "function", .interpretHealth, "InterpretHealth:1: <name> expected near <eof>"),
        (
            "replicaResource", "function GetReplicas() return 'x' end", .interpretReplica,
            "GetReplicas returned a string for the replicas, not a number"
        ),
        (
            "replicaResource", "function GetReplicas() return 1e10 end", .interpretReplica,
            "GetReplicas returned 10000000000.0 replicas"
        ),
        (
            "replicaResource", "function GetReplicas() return 1, 2 end", .interpretReplica,
            "GetReplicas returned a number, not a table"
        ),
        (
            "replicaResource", "function GetReplicas() return 1, {resourceRequest = {cpu = 'much'}} end", .interpretReplica,
            "requirements.resourceRequest.cpu: "
        ),
        (
            "componentResource", "function GetComponents() return {a = 1} end", .interpretComponent,
            "GetComponents returned an object, not a list"
        ),
        (
            "componentResource", "function GetComponents() return {{name = 1}} end", .interpretComponent,
            "components[0].name: expected a string, got integer"
        ),
        (
            "replicaRevision", "function ReviseReplica() return {} end", .reviseReplica,
            "ReviseReplica returned an object without a kind"
        ),
        (
            "retention", "function Retain(desired) return desired.spec.replicas end", .retain,
            "Retain returned a number, not a table"
        ),
        (
            "statusAggregation", "function AggregateStatus() return nil end", .aggregateStatus,
            "AggregateStatus returned a nil, not a table"
        ),
        (
            "statusReflection", "function ReflectStatus() return {1, 2} end", .interpretStatus,
            "ReflectStatus returned a list, not an object"
        ),
        ("statusReflection", "function Other() end", .interpretStatus, "not found function ReflectStatus"),
        (
            "dependencyInterpretation", "function GetDependencies() return {{kind = 'Secret'}} end", .interpretDependency,
            "dependencies[0].apiVersion: missing required apiVersion"
        ),
        (
            "dependencyInterpretation", "function GetDependencies() return {{apiVersion = 'v1', kind = 'Secret'}} end",
            .interpretDependency,
            "dependencies[0]: dependency can not leave name and labelSelector all empty"
        ),
    ]

    @Test(arguments: bad.indices)
    func errorsNameTheCustomization(index: Int) async throws {
        let (field, script, operation, message) = Self.bad[index]
        let rules = Customizations([try customization("broken", [field: script])])
        let question = InterpreterQuestion(operation, try object(Self.example))
        let error = try await #require(throws: InterpreterError.self) { try await rules.answer(question) }
        #expect(error.field == "ResourceInterpreterCustomization broken: \(operation.rawValue)")
        #expect(error.message.hasPrefix(message), "\(error.message)")
    }

    @Test func problemsAtAdmission() throws {
        #expect(try customization("good", ["retention": "function Retain(d) return d end"]).problem() == nil)
        let bad = try customization("bad", ["healthInterpretation": "function InterpretHealth(obj) retrn true end"])
        #expect(
            bad.problem()
                == "InterpreterOperation(InterpretHealth) Lua script error: InterpretHealth:1: syntax error near 'true'")
    }
}
