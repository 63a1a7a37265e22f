import Kubernetes
import Testing

@testable import Interpreter

@Suite struct DependencyTests {
    let interpreter = Interpreter()

    private func names(_ object: Object) async throws -> [String] {
        try await interpreter.dependencies(object).map { "\($0.kind)/\($0.name)" }
    }

    @Test func podsNeedWhatTheirSpecNames() async throws {
        let pod = try object(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, namespace: ns}
            spec:
              serviceAccountName: robot
              imagePullSecrets: [{name: pull}]
              initContainers: [{name: i, envFrom: [{configMapRef: {name: from}}, {secretRef: {name: secret-from}}]}]
              containers:
              - name: c
                env:
                - {name: A, valueFrom: {configMapKeyRef: {name: key, key: k}}}
                - {name: B, valueFrom: {secretKeyRef: {name: secret-key, key: k}}}
                - {name: C, value: v}
              ephemeralContainers: [{name: e, envFrom: [{configMapRef: {name: debug}}]}]
              volumes:
              - {name: v1, configMap: {name: volume}}
              - {name: v2, secret: {secretName: secret-volume}}
              - {name: v3, persistentVolumeClaim: {claimName: claim}}
              - {name: v4, projected: {sources: [{configMap: {name: projected}}, {secret: {name: secret-projected}}]}}
              - {name: v5, csi: {driver: d, nodePublishSecretRef: {name: csi}}}
              - {name: v6, cephfs: {secretRef: {name: ceph}}}
              - {name: v7, azureFile: {secretName: azure}}
              - {name: v8, emptyDir: {}}
            """)
        #expect(
            try await names(pod) == [
                "ConfigMap/debug", "ConfigMap/from", "ConfigMap/key", "ConfigMap/projected", "ConfigMap/volume",
                "Secret/azure", "Secret/ceph", "Secret/csi", "Secret/pull", "Secret/secret-from", "Secret/secret-key",
                "Secret/secret-projected", "Secret/secret-volume", "ServiceAccount/robot", "PersistentVolumeClaim/claim",
            ])
        #expect(try await interpreter.dependencies(pod).allSatisfy { $0.apiVersion == "v1" && $0.namespace == "ns" })
    }

    @Test(arguments: [
        ("apps/v1", "Deployment", ["template", "spec"]), ("apps/v1", "ReplicaSet", ["template", "spec"]),
        ("apps/v1", "DaemonSet", ["template", "spec"]), ("apps/v1", "StatefulSet", ["template", "spec"]),
        ("batch/v1", "Job", ["template", "spec"]), ("batch/v1", "CronJob", ["jobTemplate", "spec", "template", "spec"]),
    ])
    func workloadsNeedWhatTheirPodsNeed(apiVersion: String, kind: String, path: [String]) async throws {
        var object = Object(apiVersion: apiVersion, kind: kind, namespace: "ns", name: "w")
        object.spec[path] = ["serviceAccountName": "robot", "containers": []]
        #expect(try await names(object) == ["ServiceAccount/robot"])
        object.spec[path] = ["serviceAccountName": "default"]
        #expect(try await names(object) == [], "every namespace has an account named default")
    }

    @Test func aStatefulSetMakesItsOwnClaims() async throws {
        let object = try object(
            """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: s, namespace: ns}
            spec:
              volumeClaimTemplates: [{metadata: {name: data}}]
              template:
                spec:
                  volumes:
                  - {name: data, persistentVolumeClaim: {claimName: data}}
                  - {name: shared, persistentVolumeClaim: {claimName: shared}}
            """)
        #expect(try await names(object) == ["PersistentVolumeClaim/shared"])
    }

    @Test func anIngressNeedsItsCertificates() async throws {
        let ingress = try object(
            """
            {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i},
            spec: {tls: [{secretName: a}, {secretName: b}]}}
            """)
        #expect(try await names(ingress) == ["Secret/a", "Secret/b"])
        let nameless = try object("{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {tls: [{}]}}")
        await #expect(throws: InterpreterError(field: "spec.tls[0].secretName", message: "required")) {
            try await interpreter.dependencies(nameless)
        }
    }

    @Test func aServiceImportNeedsItsServiceAndSlices() async throws {
        let object = Object(apiVersion: "multicluster.x-k8s.io/v1alpha1", kind: "ServiceImport", namespace: "ns", name: "s")
        #expect(
            try await interpreter.dependencies(object).map(\.json)
                == value(
                    """
                    - {apiVersion: v1, kind: Service, namespace: ns, name: derived-s}
                    - apiVersion: discovery.k8s.io/v1
                      kind: EndpointSlice
                      namespace: ns
                      labelSelector: {matchLabels: {kubernetes.io/service-name: derived-s}}
                    """).array)
    }
}
