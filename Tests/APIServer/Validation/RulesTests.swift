import Kubernetes
import Testing

@testable import APIServer

@Suite struct RulesTests {
    /// What is wrong with an object on creation, or with a change: `field: message` of each fault.
    private func faults(_ group: String, _ resource: String, _ json: JSON, old: JSON? = nil) throws -> [String] {
        let definition = try #require(
            ResourceCatalog.controlPlane.definition(of: GroupResource(group: group, resource: resource)))
        do throws(APIError) {
            try definition.validateCompleted(json, old: old)
            return []
        } catch {
            return error.details?.causes.map { "\($0.field): \($0.message)" } ?? [error.message]
        }
    }

    private func template(_ labels: JSON = ["a": "b"], _ container: JSON = ["name": "c", "image": "i"]) -> JSON {
        ["metadata": ["labels": labels], "spec": ["containers": [container]]]
    }

    private func deployment(_ spec: JSON) -> JSON {
        var full: JSON = ["selector": ["matchLabels": ["a": "b"]], "template": template()]
        for (key, value) in spec.object ?? [:] { full[key] = value }
        return ["spec": full]
    }

    @Test func metadata() throws {
        func names(_ name: String, _ resource: String = "configmaps") throws -> [String] {
            try faults("", resource, ["metadata": ["name": .string(name)]])
        }
        #expect(try names("a.b-c") == [])
        #expect(try names("A").first?.hasPrefix("metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain") == true)
        #expect(try names("a.b", "namespaces") == ["metadata.name: Invalid value: \"a.b\": must not contain dots"])
        #expect(
            try faults("", "configmaps", ["metadata": ["labels": ["a b": "c"]]]).first?.hasPrefix(
                "metadata.labels: Invalid value: \"a b\"") == true)
        #expect(
            try faults("", "configmaps", ["metadata": ["finalizers": ["hold"]]]).first?.hasPrefix("metadata.finalizers[0]")
                == true)
        let long = String(repeating: "x", count: 300_000)
        #expect(
            try faults("", "configmaps", ["metadata": ["annotations": ["a": .string(long)]]])
                == ["metadata.annotations: Too long: may not be more than 262144 bytes"])
        #expect(
            try faults("", "configmaps", ["metadata": ["ownerReferences": [["kind": "X", "name": "x", "uid": "u"]]]])
                == ["metadata.ownerReferences[0].apiVersion: Invalid value: \"\": version must not be empty"])
        #expect(
            try faults("", "configmaps", ["metadata": ["uid": "1"]], old: ["metadata": ["uid": "2"]])
                == ["metadata.uid: Invalid value: \"1\": field is immutable"])
    }

    @Test func deployments() throws {
        func check(_ spec: JSON, old: JSON? = nil) throws -> [String] {
            try faults("apps", "deployments", deployment(spec), old: old.map(deployment))
        }
        #expect(try check([:]) == [])
        #expect(try check(["replicas": -1]) == ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"])
        #expect(
            try check(["selector": [:]]).first == "spec.selector: Invalid value: {}: empty selector is invalid for deployment")
        #expect(
            try check(["template": template(["x": "y"])])
                == [#"spec.template.metadata.labels: Invalid value: {"x":"y"}: `selector` does not match template `labels`"#])
        #expect(
            try faults("apps", "deployments", ["spec": ["template": template()]]) == [
                "spec.selector: Required value",
                #"spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`"#,
            ])
        #expect(
            try check(
                ["selector": ["matchLabels": ["a": "b", "c": "d"]], "template": template(["a": "b", "c": "d"])], old: [:])
                == [#"spec.selector: Invalid value: {"matchLabels":{"a":"b","c":"d"}}: field is immutable"#])
        #expect(
            try check(["strategy": ["type": "Recreate", "rollingUpdate": [:]]])
                == ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"])
        #expect(
            try check(["strategy": ["rollingUpdate": ["maxSurge": 0, "maxUnavailable": 0]]])
                == ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"])
        #expect(
            try check(["strategy": ["type": "Blue"]])
                == [#"spec.strategy.type: Unsupported value: "Blue": supported values: "Recreate", "RollingUpdate""#])
    }

    @Test func containers() throws {
        func check(_ container: JSON) throws -> [String] {
            try faults("apps", "deployments", deployment(["template": template(["a": "b"], container)]))
                .map { $0.replacing("spec.template.spec.containers[0]", with: "@") }
        }
        #expect(try check(["name": "c", "image": "i"]) == [])
        #expect(try check([:]) == ["@.name: Required value", "@.image: Required value"])
        #expect(
            try check(["name": "c", "image": "i", "env": [["name": "a=b"]]]).first?.hasPrefix(
                "@.env[0].name: Invalid value: \"a=b\"") == true)
        #expect(
            try check(["name": "c", "image": "i", "ports": [["containerPort": 70000]]])
                == ["@.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"])
        #expect(
            try check(["name": "c", "image": "i", "volumeMounts": [["name": "v", "mountPath": "/v"]]])
                == ["@.volumeMounts[0].name: Not found: \"v\""])
        #expect(
            try check(["name": "c", "image": "i", "resources": ["limits": ["cpu": "1"], "requests": ["cpu": "2"]]])
                == ["@.resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"])
        #expect(
            try check(["name": "c", "image": "i", "imagePullPolicy": "Sometimes"])
                == [#"@.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never""#])
        #expect(
            try check(["name": "c", "image": "i", "livenessProbe": [:]])
                == ["@.livenessProbe: Required value: must specify a handler type"])
    }

    @Test func jobsAndCronJobs() throws {
        let never: JSON = ["spec": ["restartPolicy": "Never", "containers": [["name": "c", "image": "i"]]]]
        #expect(try faults("batch", "jobs", ["metadata": ["uid": "u"], "spec": ["template": never]]) == [])
        #expect(
            try faults("batch", "jobs", ["metadata": ["uid": "u"], "spec": ["template": template()]])
                == [#"spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never""#])
        func cron(_ schedule: String) throws -> [String] {
            try faults(
                "batch", "cronjobs", ["spec": ["schedule": .string(schedule), "jobTemplate": ["spec": ["template": never]]]])
        }
        for schedule in ["* * * * *", "*/5 1-3 1,15 jan-mar mon", "@daily", "@every 5m"] { #expect(try cron(schedule) == []) }
        #expect(try cron("* *") == [#"spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]"#])
        #expect(try cron("61 * * * *").count == 1)
        #expect(try cron("5-1 * * * *").count == 1)
        #expect(try cron("*/0 * * * *").count == 1)
    }

    @Test func servicesAndConfiguration() throws {
        #expect(try faults("", "services", ["spec": [:]]) == ["spec.ports: Required value"])
        #expect(try faults("", "services", ["spec": ["clusterIP": "None"]]) == [])
        #expect(
            try faults("", "services", ["spec": ["ports": [["port": 80], ["port": 81]]]])
                == ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"])
        #expect(try faults("", "services", ["metadata": ["name": "1a"], "spec": ["ports": [["port": 80]]]]).count == 1)
        #expect(
            try faults("", "secrets", ["type": "kubernetes.io/tls", "data": ["tls.crt": ""]]) == ["data[tls.key]: Required value"]
        )
        #expect(
            try faults("", "configmaps", ["data": ["a": "2"]], old: ["data": ["a": "1"], "immutable": true]) == [
                "immutable: Forbidden: field is immutable when `immutable` is set",
                "data: Forbidden: field is immutable when `immutable` is set",
            ])
        #expect(try faults("", "configmaps", ["data": ["a/b": ""]]).first?.hasPrefix("data[a/b]: Invalid value: \"a/b\"") == true)
    }

    @Test func accessRules() throws {
        #expect(
            try faults("rbac.authorization.k8s.io", "roles", ["rules": [["resources": ["pods"], "apiGroups": [""]]]])
                == ["rules[0].verbs: Required value: verbs must contain at least one value"])
        let binding: JSON = ["roleRef": ["kind": "Role", "name": "r"], "subjects": [["kind": "User", "name": "u"]]]
        #expect(try faults("rbac.authorization.k8s.io", "rolebindings", binding) == [])
        var changed = binding
        changed["roleRef", "name"] = "other"
        #expect(
            try faults("rbac.authorization.k8s.io", "rolebindings", changed, old: binding).first?.hasSuffix(
                "cannot change roleRef") == true)
        #expect(try faults("rbac.authorization.k8s.io", "roles", ["metadata": ["name": "system:x"]]) == [])
    }

    @Test func schemasOfCustomResources() throws {
        func check(_ spec: JSON) throws -> [String] {
            try faults("policy.karmada.io", "clusterpropagationpolicies", ["spec": spec])
        }
        let selectors: JSON = [["apiVersion": "apps/v1", "kind": "Deployment"]]
        #expect(try check(["resourceSelectors": selectors]) == [])
        #expect(try check([:]) == ["spec.resourceSelectors: Required value"])
        #expect(
            try check(["resourceSelectors": []])
                == ["spec.resourceSelectors: Invalid value: []: spec.resourceSelectors in body should have at least 1 items"])
        #expect(
            try check(["resourceSelectors": selectors, "priority": "high"])
                == [#"spec.priority: Invalid value: "string": spec.priority in body must be of type integer: "string""#])
        #expect(
            try check(["resourceSelectors": selectors, "conflictResolution": "Maybe"])
                == [#"spec.conflictResolution: Unsupported value: "Maybe": supported values: "Abort", "Overwrite""#])
        let weights: JSON = [["targetCluster": [:], "weight": 0]]
        #expect(
            try check([
                "resourceSelectors": selectors,
                "placement": ["replicaScheduling": ["weightPreference": ["staticWeightList": weights]]],
            ]) == [
                "spec.placement.replicaScheduling.weightPreference.staticWeightList[0].weight: Invalid value: 0: "
                    + "spec.placement.replicaScheduling.weightPreference.staticWeightList[0].weight in body should be greater "
                    + "than or equal to 1"
            ])
        #expect(
            try check(["resourceSelectors": selectors, "placement": ["clusterAffinities": [["affinityName": ""]]]]).first
                == "spec.placement.clusterAffinities[0].affinityName: Invalid value: \"\": "
                + "spec.placement.clusterAffinities[0].affinityName in body should be at least 1 chars long")
    }

    @Test func karmadasAdmissionDenies() throws {
        let constraints: JSON = [["spreadByField": "cluster", "minGroups": 3, "maxGroups": 2]]
        let found = try faults(
            "policy.karmada.io", "clusterpropagationpolicies",
            [
                "spec": [
                    "resourceSelectors": [["apiVersion": "v1", "kind": "X"]], "placement": ["spreadConstraints": constraints],
                ]
            ])
        #expect(
            found == [
                #"admission webhook "clusterpropagationpolicy.karmada.io" denied the request: "#
                    + "spec.placement.spreadConstraints[0]: "
                    + #"Invalid value: {"maxGroups":2,"minGroups":3,"spreadByField":"cluster"}: "#
                    + "maxGroups lower than minGroups is not allowed"
            ])
        #expect(throws: APIError.self) {
            try DeletionProtection.check(
                Object(["metadata": ["labels": ["resourcetemplate.karmada.io/deletion-protected": "Always"]]]))
        }
        #expect(throws: Never.self) { try DeletionProtection.check(Object(["metadata": ["name": "x"]])) }
    }

    @Test func clusters() throws {
        func check(_ spec: JSON) throws -> [String] { try faults("cluster.karmada.io", "clusters", ["spec": spec]) }
        #expect(try check(["syncMode": "Push", "apiEndpoint": "https://10.0.0.1:6443"]) == [])
        #expect(
            try check(["syncMode": "Sideways"])
                == [#"spec.syncMode: Unsupported value: "Sideways": supported values: "Pull", "Push""#])
        #expect(try check(["syncMode": "Push", "apiEndpoint": "https://u@h"]).count == 1)
        #expect(try check(["syncMode": "Push", "apiEndpoint": "h:1"]).first?.contains("host must be provided") == true)
        #expect(try check(["syncMode": "Push", "proxyURL": "ftp://h"]).first?.contains("unsupported scheme \"ftp\"") == true)
        #expect(try check(["syncMode": "Push", "region": "a b"]).count == 1)
        let overlapping: JSON = [
            ["grade": 0, "ranges": [["name": "cpu", "min": "0", "max": "2"]]],
            ["grade": 1, "ranges": [["name": "cpu", "min": "1", "max": "4"]]],
        ]
        #expect(try check(["syncMode": "Push", "resourceModels": overlapping]).first?.contains("contiguous") == true)
    }
}
