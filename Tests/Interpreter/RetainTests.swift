import Kubernetes
import Testing

@testable import Interpreter

@Suite struct RetainTests {
    let interpreter = Interpreter()

    @Test(arguments: [
        // Kind, what the template says, what the member has, what the member is to have.
        (
            "v1", "Service", "spec: {}", "spec: {clusterIP: 10.0.0.9, healthCheckNodePort: 31000, ports: []}",
            "spec: {clusterIP: 10.0.0.9, healthCheckNodePort: 31000}"
        ),
        ("v1", "Service", "spec: {clusterIP: None}", "spec: {}", "spec: {clusterIP: None}"),
        ("v1", "PersistentVolumeClaim", "spec: {}", "spec: {volumeName: pv1}", "spec: {volumeName: pv1}"),
        ("v1", "PersistentVolume", "spec: {}", "spec: {claimRef: {name: c}}", "spec: {claimRef: {name: c}}"),
        ("v1", "Secret", "type: Opaque, data: {a: Yg==}", "type: Opaque, data: {b: Yg==}", "type: Opaque, data: {a: Yg==}"),
        (
            "v1", "Secret", "type: kubernetes.io/service-account-token", "data: {token: Yg==}",
            "type: kubernetes.io/service-account-token, data: {token: Yg==}"
        ),
        (
            "v1", "ServiceAccount", "secrets: [{name: a}], imagePullSecrets: [{name: p}]", "secrets: [{name: b}, {name: a}]",
            "secrets: [{name: a}, {name: b}], imagePullSecrets: [{name: p}]"
        ),
        ("apps/v1", "Deployment", "spec: {replicas: 2}", "spec: {replicas: 5}", "spec: {replicas: 2}"),
        (
            "batch/v1", "Job", "spec: {template: {metadata: {labels: {a: b}}}}",
            "spec: {selector: {matchLabels: {u: x}}, template: {metadata: {labels: {u: x}}}}",
            "spec: {selector: {matchLabels: {u: x}}, template: {metadata: {labels: {u: x}}}}"
        ),
        ("v1", "ConfigMap", "data: {a: b}", "data: {a: c}", "data: {a: b}"),
    ])
    func theMemberKeepsWhatIsItsOwn(
        apiVersion: String, kind: String, desired: String, observed: String, retained: String
    ) async throws {
        let head = "apiVersion: \(apiVersion), kind: \(kind), metadata: {name: x}"
        #expect(
            try await interpreter.retain(desired: object("{\(head), \(desired)}"), observed: object("{\(head), \(observed)}"))
                == object("{\(head), \(retained)}"))
    }

    @Test func aLabelLeavesTheReplicasToTheMember() async throws {
        var desired = try workload("Deployment", replicas: 2)
        desired.labels = ["resourcetemplate.karmada.io/retain-replicas": "true"]
        var observed = try workload("Deployment", replicas: 5)
        #expect(try await interpreter.retain(desired: desired, observed: observed).spec["replicas"] == 5)
        observed["spec", "replicas"] = nil
        await #expect(throws: InterpreterError(field: "spec.replicas", message: "the member's object has none to retain")) {
            try await interpreter.retain(desired: desired, observed: observed)
        }
    }

    @Test func aPodStaysOnItsNodeWithItsVolumes() async throws {
        let desired = try object(
            """
            {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {serviceAccountName: a, volumes: [{name: x}],
            containers: [{name: a, image: new, volumeMounts: [{name: x}]}, {name: b, volumeMounts: [{name: x}]}]}}
            """)
        let observed = try object(
            """
            {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: n1, volumes: [{name: token}],
            containers: [{name: a, image: old, volumeMounts: [{name: token}]}]}}
            """)
        #expect(
            try await interpreter.retain(desired: desired, observed: observed).spec
                == value(
                    """
                    nodeName: n1
                    volumes: [{name: token}]
                    containers:
                    - {name: a, image: new, volumeMounts: [{name: token}], resources: {}}
                    - {name: b, volumeMounts: [{name: x}], resources: {}}
                    """))
    }

    @Test(arguments: [
        ("apps/v1", "Deployment", "spec: {replicas: 1}, status: {replicas: 1}", "spec: {replicas: 1}"),
        ("v1", "Service", "spec: {clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], type: ClusterIP}", "spec: {type: ClusterIP}"),
        ("v1", "Service", "spec: {clusterIP: None, clusterIPs: [None]}", "spec: {clusterIP: None, clusterIPs: [None]}"),
        ("v1", "ServiceAccount", "secrets: [{name: x-token-abc}, {name: mine}]", "secrets: [{name: mine}]"),
        (
            "v1", "Secret", "type: kubernetes.io/service-account-token, data: {a: Yg==}",
            "type: kubernetes.io/service-account-token"
        ),
        (
            "batch/v1", "Job",
            "spec: {selector: {matchLabels: {controller-uid: u}}, template: {metadata: {labels: {job-name: x, app: a}}}}",
            "spec: {selector: {matchLabels: {}}, template: {metadata: {labels: {app: a}}}}"
        ),
        (
            "batch/v1", "Job", "spec: {manualSelector: true, selector: {matchLabels: {controller-uid: u}}}",
            "spec: {manualSelector: true, selector: {matchLabels: {controller-uid: u}}}"
        ),
    ])
    func aTemplateLosesWhatBelongsToTheControlPlane(apiVersion: String, kind: String, template: String, pruned: String) throws {
        let head = "apiVersion: \(apiVersion), kind: \(kind)"
        let metadata = "name: x, labels: {a: b}"
        let server = "uid: u, resourceVersion: '4', generation: 2, finalizers: [f], ownerReferences: [{name: o}]"
        #expect(
            try interpreter.prune(object("{\(head), metadata: {\(metadata), \(server)}, \(template)}"))
                == object("{\(head), metadata: {\(metadata)}, \(pruned)}"))
    }

    @Test func aTemplateLosesTheAnnotationsOfItsControllers() throws {
        var deployment = try workload("Deployment")
        deployment.annotations = ["deployment.kubernetes.io/revision": "2", "mine": "1"]
        #expect(interpreter.prune(deployment).annotations == ["mine": "1"])
    }
}
