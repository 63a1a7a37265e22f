import Kubernetes
import Testing

@testable import APIServer

/// What Karmada's webhooks refuse, beyond what the conformance probes ask.
@Suite struct KarmadaRulesTests {
    /// What the webhook says; nil where it admits the object.
    private func refusal(
        _ group: String, _ resource: String, _ json: JSON, old: JSON? = nil, _ options: AdmissionOptions = AdmissionOptions()
    ) throws -> String? {
        let catalog = ResourceCatalog.controlPlane.admitting(options)
        let definition = try #require(
            catalog.definition(of: GroupResource(group: "\(group).karmada.io", resource: resource)))
        do throws(APIError) {
            try definition.validateCompleted(json, old: old)
            return nil
        } catch {
            let prefix = "denied the request: "
            return error.message.firstRange(of: prefix).map { String(error.message[$0.upperBound...]) } ?? error.message
        }
    }

    @Test(arguments: [
        "*/5 * * * *", "0 0 * * 7", "30 8 * * MON-FRI", "0 0 1 JAN *", "@daily", "@5minutes", "0 */2 * * * *",
        "0 0 1 1 * 2030", "0 0 0 1 1 * 2030", "0 0 L * *", "0 0 15W * *", "0 0 * * 5L", "0 0 * * 1#2", "1,2,3 * * * *",
        "1-10/2 * * * *", "? * * * *",
    ]) func schedules(_ text: String) { #expect(CronExpression.isValid(text)) }

    @Test(arguments: [
        "", "* * * *", "* * * * * * * *", "61 * * * *", "* 24 * * *", "* * 32 * *", "* * * 13 *", "*/0 * * * *", "5-1 * * * *",
        "a * * * *", "@sometimes", "* * * * 8", "1-x * * * *", "* * * * 1#",
    ]) func noSchedules(_ text: String) { #expect(!CronExpression.isValid(text)) }

    @Test func cronAutoscalers() throws {
        func rule(_ more: JSON, target: String = "d") throws -> String? {
            let target: JSON = ["apiVersion": "apps/v1", "kind": "Deployment", "name": .string(target)]
            var rule: JSON = ["name": "r", "schedule": "0 8 * * *", "targetReplicas": 1]
            for (key, value) in more.object ?? [:] { rule[key] = value }
            return try refusal("autoscaling", "cronfederatedhpas", ["spec": ["scaleTargetRef": target, "rules": [rule]]])
        }
        #expect(try rule([:]) == nil)
        #expect(try rule(["timeZone": "Europe/Berlin"]) == nil)
        #expect(
            try rule(["schedule": "x"])
                == "spec.rules[0].schedule: Invalid value: \"x\": invalid cron format")
        #expect(
            try rule(["timeZone": "../etc/passwd"])
                == "spec.rules[0].timeZone: Invalid value: \"../etc/passwd\": unknown time zone ../etc/passwd")
        #expect(
            try rule([:], target: "a/b")
                == "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'")
    }

    @Test func autoscalers() throws {
        func spec(_ more: JSON) throws -> String? {
            var spec: JSON = [
                "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "d"], "maxReplicas": 5,
            ]
            for (key, value) in more.object ?? [:] { spec[key] = value }
            return try refusal("autoscaling", "federatedhpas", ["spec": spec])
        }
        let target: JSON = ["type": "Utilization", "averageUtilization": 50]
        let cpu: JSON = ["type": "Resource", "resource": ["name": "cpu", "target": target]]
        #expect(try spec(["metrics": [cpu]]) == nil)
        #expect(try spec(["behavior": ["scaleDown": ["stabilizationWindowSeconds": 60]]]) == nil)
        let external: JSON = ["metric": ["name": "m"], "target": ["type": "Value", "value": "1"]]
        #expect(
            try spec(["metrics": [["type": "External", "external": external]]])
                == "spec.metrics[0].type: Unsupported value: \"External\": supported values: \"ContainerResource\", \"Object\", "
                + "\"Pods\", \"Resource\"")
        #expect(
            try spec(["metrics": [["type": "Pods", "resource": cpu["resource"] ?? [:]]]])
                == "[spec.metrics[0].pods: Required value: must populate information for the given metric source, "
                + "spec.metrics[0].resource: Forbidden: must populate the given metric source only]")
        #expect(
            try spec(["behavior": ["scaleUp": ["stabilizationWindowSeconds": 4000]]])
                == "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 4000: must be less than or equal to 3600")
        let policy: JSON = ["type": "Pods", "value": 0, "periodSeconds": 2000]
        #expect(
            try spec(["behavior": ["scaleUp": ["policies": [policy]]]])
                == "[spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero, "
                + "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 2000: must be less than or equal to 1800]")
    }

    @Test func quotas() throws {
        func overall(_ amounts: JSON) throws -> String? {
            try refusal("policy", "federatedresourcequotas", ["spec": ["overall": amounts]])
        }
        #expect(
            try overall(["cpu": "1", "requests.memory": "1Gi", "pods": "3", "example.com/gpu": "2", "hugepages-2Mi": "1"]) == nil)
        #expect(
            try overall(["pods": "1500m"]) == "spec.overall[pods]: Invalid value: \"1500m\": must be an integer")
        #expect(
            try overall(["example.com/gpu": "500m"])
                == "spec.overall[example.com/gpu]: Invalid value: \"500m\": must be an integer")
        #expect(
            try overall(["storage": "1Gi"])
                == "spec.overall[storage]: Invalid value: \"storage\": must be a standard resource for quota")
        #expect(
            try overall(["beer": "1"])
                == "[spec.overall[beer]: Invalid value: \"beer\": must be a standard resource type or fully qualified, "
                + "spec.overall[beer]: Invalid value: \"beer\": must be a standard resource for quota]")
    }

    @Test func services() throws {
        let service: JSON = ["spec": ["types": ["CrossCluster"]]]
        #expect(try refusal("networking", "multiclusterservices", service) == nil)
        #expect(
            try refusal("networking", "multiclusterservices", ["spec": ["types": ["LoadBalancer"]]], old: service)
                == "spec.types: Invalid value: [\"CrossCluster\"]: MultiClusterService types are immutable")
        var digit = service
        digit["metadata"] = ["name": "1x"]
        #expect(
            try refusal("networking", "multiclusterservices", digit)?
                .hasPrefix("metadata.name: Invalid value: \"1x\": a DNS-1035 label must consist of") == true)
    }

    @Test func bindings() throws {
        func binding(
            _ annotation: String, _ components: JSON = [], _ options: AdmissionOptions = AdmissionOptions()
        ) throws -> String? {
            let reference: JSON = ["apiVersion": "v1", "kind": "ConfigMap", "name": "c", "namespace": "n"]
            return try refusal(
                "work", "resourcebindings",
                [
                    "metadata": ["annotations": ["resourcebinding.karmada.io/dependencies": .string(annotation)]],
                    "spec": ["resource": reference, "components": components],
                ], options)
        }
        #expect(try binding("[]") == nil && binding("null") == nil)
        #expect(try binding("[")?.hasSuffix("annotation value must be a valid JSON") == true)
        var options = AdmissionOptions()
        options.validatesComponents = true
        let twice: JSON = [["name": "a", "replicas": 1], ["name": "a", "replicas": 1]]
        #expect(try binding("[]", twice) == nil)
        #expect(
            try binding("[]", twice, options)
                == "spec.components[1].name: Invalid value: \"a\": component names must be unique")
    }
}

/// Bindings within the quotas of their namespace.
@Suite struct FederatedQuotaTests {
    private func server() async throws -> TestServer {
        var options = AdmissionOptions()
        options.enforcesFederatedQuotas = true
        let test = try await TestServer(catalog: ResourceCatalog.controlPlane.admitting(options))
        var quota = Object(
            apiVersion: "policy.karmada.io/v1alpha1", kind: "FederatedResourceQuota", namespace: "default", name: "q")
        quota.spec = ["overall": ["cpu": "4"]]
        try await test.create(try test.resource("policy.karmada.io", "federatedresourcequotas"), quota)
        return test
    }

    private func binding(_ name: String, replicas: Int) -> Object {
        var binding = Object(apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: name)
        binding.spec = [
            "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .string(name), "namespace": "default"],
            "replicas": JSON(replicas), "replicaRequirements": ["resourceRequest": ["cpu": "1", "memory": "1Gi"]],
        ]
        return binding
    }

    private func used(_ test: TestServer) throws -> JSON? {
        let quotas = try test.resource("policy.karmada.io", "federatedresourcequotas")
        return try test.objects.get(quotas, ObjectKey(namespace: "default", name: "q")).decoded().status["overallUsed"]
    }

    private func schedule(_ name: String, _ replicas: Int, _ test: TestServer) async throws {
        let key = ObjectKey(namespace: "default", name: name)
        try await test.patch(
            try test.resource("work.karmada.io", "resourcebindings"), key,
            ["spec": ["clusters": [["name": "m1", "replicas": JSON(replicas)]]]])
    }

    @Test func theyTakeAndGiveBack() async throws {
        let test = try await server()
        let bindings = try test.resource("work.karmada.io", "resourcebindings")
        for name in ["a", "b"] { try await test.create(bindings, binding(name, replicas: 3)) }
        try await schedule("a", 3, test)
        #expect(try used(test) == ["cpu": "3"])
        let error = await #expect(throws: APIError.self) { try await schedule("b", 2, test) }
        #expect(error?.code == 403 && error?.reason == .quotaExceeded)
        #expect(
            error?.message == "admission webhook \"resourcebinding.karmada.io\" denied the request: "
                + "FederatedResourceQuota(default/q) exceeded for resource cpu: requested sum 5, limit 4.")
        #expect(try used(test) == ["cpu": "3"])
        try await schedule("a", 1, test)
        try await schedule("b", 3, test)
        #expect(try used(test) == ["cpu": "4"])
    }

    @Test func aWriteThatFailsCostsNothing() async throws {
        let test = try await server()
        let bindings = try test.resource("work.karmada.io", "resourcebindings")
        var first = binding("a", replicas: 1)
        first.spec["clusters"] = [["name": "m1", "replicas": 1]]
        try await test.create(bindings, first)
        await #expect(throws: APIError.self) { try await test.create(bindings, first) }
        #expect(try used(test) == ["cpu": "1"])
    }

    /// Many at once get exactly what there is.
    @Test func nothingIsGivenTwice() async throws {
        let test = try await server()
        let bindings = try test.resource("work.karmada.io", "resourcebindings")
        let names = (0..<12).map { "b\($0)" }
        for name in names { try await test.create(bindings, binding(name, replicas: 1)) }
        let granted = await withTaskGroup(of: Bool.self) { group in
            for name in names { group.addTask { (try? await schedule(name, 1, test)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(granted == 4)
        #expect(try used(test) == ["cpu": "4"])
    }
}
