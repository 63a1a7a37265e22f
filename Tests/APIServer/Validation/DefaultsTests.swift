import Kubernetes
import Testing

@testable import APIServer

@Suite struct DefaultsTests {
    private func filled(_ group: String, _ resource: String, _ json: JSON, isCreation: Bool = true) throws -> Object {
        let definition = try #require(
            ResourceCatalog.controlPlane.definition(of: GroupResource(group: group, resource: resource)))
        var object = Object(json)
        object.json["kind"] = .string(definition.kind)
        let version = definition.versions[0].name
        object.json["apiVersion"] = .string(definition.kind(version).apiVersion)
        definition.fillDefaults(&object, version: version, old: isCreation ? nil : Object([:]))
        return object
    }

    /// Filling in twice is filling in once, for every kind: an update must not change what it does not mention.
    @Test func defaultsAreStable() throws {
        for definition in ResourceCatalog.controlPlane.definitions where !definition.isCreateOnly {
            let version = definition.versions[0].name
            let spec: JSON = [
                "template": ["spec": ["containers": [["name": "c"]], "volumes": [["name": "v"]]]], "ports": [["port": 1]],
                "resourceSelectors": [["kind": "X"]], "egress": [[:]], "scaleTargetRef": [:],
            ]
            var object = Object([
                "apiVersion": .string(definition.kind(version).apiVersion), "kind": .string(definition.kind),
                "metadata": ["name": "x", "uid": "u"], "spec": spec,
            ])
            definition.fillDefaults(&object, version: version)
            let once = object
            definition.fillDefaults(&object, version: version, old: Object([:]))
            #expect(object == once, "\(definition.groupResource)")
        }
    }

    @Test func imagesArePulledByTag() {
        for image in ["nginx", "nginx:latest", "r.io:5000/nginx"] { #expect(PodDefaults.isLatest(image)) }
        for image in ["nginx:1", "r.io:5000/nginx:1", "nginx@sha256:00"] { #expect(!PodDefaults.isLatest(image)) }
    }

    @Test func podsAndProbes() throws {
        let pod = try filled(
            "", "pods",
            [
                "metadata": ["name": "p"],
                "spec": [
                    "serviceAccount": "bot", "hostNetwork": true,
                    "containers": [
                        [
                            "name": "c", "image": "i:1", "ports": [["containerPort": 80]],
                            "livenessProbe": ["httpGet": ["port": 80]], "resources": ["limits": ["cpu": "1", "memory": "1Gi"]],
                            "env": [["name": "A", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]]],
                        ]
                    ],
                    "volumes": [["name": "e"], ["name": "s", "secret": ["secretName": "x"]]],
                ],
            ])
        let container = try #require(pod.spec["containers"]?[0])
        #expect(container["ports"] == [["containerPort": 80, "hostPort": 80, "protocol": "TCP"]])
        #expect(
            container["livenessProbe"] == [
                "httpGet": ["port": 80, "path": "/", "scheme": "HTTP"], "timeoutSeconds": 1, "periodSeconds": 10,
                "successThreshold": 1, "failureThreshold": 3,
            ])
        #expect(container["resources", "requests"] == ["cpu": "1", "memory": "1Gi"])
        #expect(container["env"]?[0]?["valueFrom", "fieldRef", "apiVersion"] == "v1")
        #expect(pod.spec["serviceAccountName"] == "bot")
        #expect(pod.spec["enableServiceLinks"] == true)
        #expect(
            pod.spec["volumes"] == [
                ["name": "e", "emptyDir": [:]], ["name": "s", "secret": ["secretName": "x", "defaultMode": 420]],
            ])
        #expect(pod.status == ["phase": "Pending", "qosClass": "Guaranteed"])
    }

    @Test func workloads() throws {
        let set = try filled("apps", "statefulsets", ["spec": ["template": ["spec": ["containers": []]]]])
        #expect(set.spec["updateStrategy"] == ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
        #expect(set.spec["persistentVolumeClaimRetentionPolicy"] == ["whenDeleted": "Retain", "whenScaled": "Retain"])
        #expect(set.status == ["replicas": 0, "availableReplicas": 0])
        let recreated = try filled("apps", "deployments", ["spec": ["strategy": ["type": "Recreate"]]])
        #expect(recreated.spec["strategy"] == ["type": "Recreate"])
        let job = try filled(
            "batch", "jobs", ["metadata": ["name": "j", "uid": "u"], "spec": ["template": ["spec": ["containers": []]]]])
        #expect(job.spec["selector"] == ["matchLabels": ["batch.kubernetes.io/controller-uid": "u"]])
        #expect(job.spec["template", "metadata", "labels", "job-name"] == "j")
        #expect(job.spec["backoffLimit"] == 6)
        #expect(job.spec["completions"] == 1)
        let parallel = try filled("batch", "jobs", ["metadata": ["uid": "u"], "spec": ["parallelism": 3, "template": [:]]])
        #expect(parallel.spec["completions"] == nil)
    }

    @Test func autoscalersOfBothVersions() throws {
        let v2 = try filled(
            "autoscaling", "horizontalpodautoscalers", ["spec": ["maxReplicas": 3, "behavior": ["scaleUp": [:]]]])
        #expect(v2.spec["minReplicas"] == 1)
        #expect(v2.spec["metrics"]?[0]?["resource", "target", "averageUtilization"] == 80)
        #expect(v2.spec["behavior", "scaleUp", "policies"]?.array?.count == 2)
        #expect(v2.spec["behavior", "scaleDown", "selectPolicy"] == "Max")
        var v1 = Object(["apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "spec": ["maxReplicas": 3]])
        let definition = try #require(ResourceCatalog.member.definition(of: v1.groupVersionKind))
        definition.fillDefaults(&v1, version: "v1")
        #expect(v1.spec["targetCPUUtilizationPercentage"] == 80)
        #expect(v1.spec["metrics"] == nil)
    }

    @Test func clustersGetModelsAndZones() throws {
        let cluster = try filled(
            "cluster.karmada.io", "clusters",
            ["spec": ["syncMode": "Push", "zone": "z", "taints": [["key": "k", "effect": "NoExecute"]]]])
        #expect(cluster.spec["zones"] == ["z"])
        #expect(cluster.spec["zone"] == nil)
        #expect(cluster.spec["resourceModels"]?.array?.count == 9)
        #expect(cluster.spec["taints"]?[0]?["timeAdded"]?.string.flatMap { Timestamp($0) } != nil)
        let own = try filled(
            "cluster.karmada.io", "clusters",
            [
                "spec": [
                    "resourceModels": [
                        ["grade": 1, "ranges": [["name": "cpu", "min": "2", "max": "4"]]],
                        ["grade": 0, "ranges": [["name": "cpu", "min": "1", "max": "2"]]],
                    ]
                ]
            ])
        #expect(own.spec["resourceModels"]?.array?.map { $0["grade"] } == [0, 1])
        #expect(own.spec["resourceModels"]?[0]?["ranges"]?[0]?["min"] == "0")
        #expect(own.spec["resourceModels"]?[1]?["ranges"]?[0]?["max"] == "9223372036854775807")
    }

    @Test func manifestsOfWorksArePruned() throws {
        let job: JSON = [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": ["name": "j", "uid": "u", "finalizers": ["a/b"], "annotations": ["mine": "1"]],
            "spec": [
                "ttlSecondsAfterFinished": 5, "selector": ["matchLabels": ["batch.kubernetes.io/controller-uid": "u"]],
                "template": ["metadata": ["labels": ["job-name": "j", "app": "x"]]],
            ],
            "status": [:],
        ]
        let work = try filled(
            "work.karmada.io", "works",
            ["metadata": ["labels": ["work.karmada.io/permanent-id": "id"]], "spec": ["workload": ["manifests": [job]]]])
        #expect(
            work.spec["workload", "manifests"]?[0] == [
                "apiVersion": "batch/v1", "kind": "Job",
                "metadata": [
                    "name": "j", "labels": ["work.karmada.io/permanent-id": "id"],
                    "annotations": [
                        "mine": "1",
                        "resourcetemplate.karmada.io/managed-annotations":
                            "mine,resourcetemplate.karmada.io/managed-annotations,resourcetemplate.karmada.io/managed-labels",
                        "resourcetemplate.karmada.io/managed-labels": "work.karmada.io/permanent-id",
                    ],
                ],
                "spec": ["selector": ["matchLabels": [:]], "template": ["metadata": ["labels": ["app": "x"]]]],
            ])
        let service: JSON = ["kind": "Service", "metadata": [:], "spec": ["clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"]]]
        let headless: JSON = ["kind": "Service", "metadata": [:], "spec": ["clusterIP": "None"]]
        let services = try filled("work.karmada.io", "works", ["spec": ["workload": ["manifests": [service, headless]]]])
        #expect(services.spec["workload", "manifests"]?[0]?["spec"] == [:])
        #expect(services.spec["workload", "manifests"]?[1]?["spec"] == ["clusterIP": "None"])
        #expect(services.labels["work.karmada.io/permanent-id"]?.count == 36)
    }
}
