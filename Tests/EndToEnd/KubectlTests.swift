import Foundation
import Testing

extension EndToEnd {
    /// The ordinary `kubectl`, as it is, on native and on Karmada's kinds, without a warning.
    @Suite struct KubectlTests {
        static let manifests = """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              labels: {app: web}
            spec:
              replicas: 2
              selector:
                matchLabels: {app: web}
              template:
                metadata:
                  labels: {app: web}
                spec:
                  containers:
                  - {name: web, image: "nginx:1.27"}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data: {color: blue}
            ---
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicy
            metadata: {name: web}
            spec:
              resourceSelectors:
              - {apiVersion: apps/v1, kind: Deployment, namespace: default, name: web}
              placement:
                clusterAffinity:
                  clusterNames: [member1]
            ---
            apiVersion: cluster.karmada.io/v1alpha1
            kind: Cluster
            metadata: {name: member1}
            spec:
              syncMode: Pull
              apiEndpoint: https://127.0.0.1:1
            """

        static let objects = ["deployment/web", "configmap/settings", "propagationpolicy/web", "cluster/member1"]

        @Test func basicCommandsOnFourKinds() async throws {
            let server = try await Daemon.serve()
            let applied = try await server.kubectl("apply", "-f", "-", input: Self.manifests).quiet()
            #expect(applied.split(separator: "\n").count == 4)
            #expect(applied.contains("deployment.apps/web created"))
            #expect(applied.contains("cluster.cluster.karmada.io/member1 created"))

            // Again: kubectl's three-way merge finds nothing to change.
            let again = try await server.kubectl("apply", "-f", "-", input: Self.manifests).quiet()
            #expect(again.split(separator: "\n").allSatisfy { $0.hasSuffix("unchanged") }, "\(again)")

            for object in Self.objects {
                #expect(try await server.kubectl("get", object).quiet().contains("NAME"))
                #expect(try await server.kubectl("get", object, "-o", "yaml").quiet().contains("uid:"))
                #expect(try await server.kubectl("get", object, "-o", "name").quiet().contains("/"))
                #expect(try await server.kubectl("describe", object).quiet().contains("Name:"))
                #expect(try await server.kubectl("label", object, "tier=front").quiet().contains("labeled"))
                #expect(try await server.kubectl("annotate", object, "example.com/note=a b").quiet().contains("annotated"))
                #expect(
                    try await server.kubectl("patch", object, "--type=merge", "-p", #"{"metadata":{"labels":{"merged":"yes"}}}"#)
                        .quiet().contains("patched"))
                #expect(
                    try await server.kubectl(
                        "patch", object, "--type=json", "-p", #"[{"op":"remove","path":"/metadata/labels/merged"}]"#
                    ).quiet().contains("patched"))
                #expect(
                    try await server.kubectl("get", String(object.prefix { $0 != "/" }), "-l", "tier=front,!merged", "-o", "name").quiet()
                        .contains("/"))
                let edited = try await run(
                    #require(Program.kubectl), ["--kubeconfig", server.kubeconfig, "edit", object],
                    environment: ["KUBE_EDITOR": "sed -i 's/tier: front/tier: back/'", "HOME": server.workspace.url.path])
                #expect(edited.quiet().contains("edited"))
                #expect(
                    try await server.kubectl("get", object, "-o", "jsonpath={.metadata.labels.tier}").quiet() == "back")
            }

            for object in Self.objects {
                #expect(try await server.kubectl("delete", object).quiet().contains("deleted"))
                #expect(try await server.kubectl("get", object).status == 1)
            }
        }

        @Test func scaleWaitAndWatch() async throws {
            let server = try await Daemon.serve(["--store", "memory"])
            _ = try await server.kubectl("apply", "-f", "-", input: Self.manifests).quiet()
            #expect(try await server.kubectl("scale", "deployment/web", "--replicas=5").quiet().contains("scaled"))
            #expect(
                try await server.kubectl("get", "deployment", "web", "-o", "jsonpath={.spec.replicas} {.metadata.generation}")
                    .quiet() == "5 2")
            #expect(try await server.kubectl("scale", "deployment/web", "--current-replicas=9", "--replicas=1").status == 1)

            // `wait` and `get -w` are under way when the change comes.
            async let waited = server.kubectl("wait", "deployment/web", "--for=jsonpath={.spec.replicas}=7", "--timeout=20s")
            async let watched = server.kubectl(
                "get", "deployment", "web", "-w", "-o", "jsonpath={.spec.replicas} ", "--request-timeout=5s")
            try await Task.sleep(for: .seconds(1))
            _ = try await server.kubectl("scale", "deployment/web", "--replicas=7").quiet()
            #expect(try await waited.quiet().contains("condition met"))
            #expect(try await watched.output.hasPrefix("5 7"))

            async let gone = server.kubectl("wait", "configmap/settings", "--for=delete", "--timeout=20s")
            _ = try await server.kubectl("delete", "configmap", "settings", "--wait=true").quiet()
            #expect(try await gone.status == 0)
        }

        @Test func filesDirectoriesAndDiscovery() async throws {
            let server = try await Daemon.serve(["--store", "memory"])
            let directory = server.workspace.url.appending(path: "manifests")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            for (index, document) in Self.manifests.components(separatedBy: "\n---\n").enumerated() {
                try document.write(to: directory.appending(path: "\(index).yaml"), atomically: true, encoding: .utf8)
            }
            #expect(
                try await server.kubectl("create", "-f", directory.appending(path: "1.yaml").path).quiet()
                    == "configmap/settings created\n")
            #expect(try await server.kubectl("create", "-f", directory.appending(path: "1.yaml").path).errors.contains("AlreadyExists"))
            #expect(try await server.kubectl("delete", "configmap", "settings").status == 0)
            #expect(try await server.kubectl("apply", "-f", directory.path).quiet().contains("propagationpolicy.policy.karmada.io/web created"))

            let resources = try await server.kubectl("api-resources").quiet()
            for expected in ["deployments", "propagationpolicies", "clusters", "works", "cronjobs", "horizontalpodautoscalers"] {
                #expect(resources.contains("\n\(expected) "), "\(expected)")
            }
            #expect(try await server.kubectl("api-versions").quiet().contains("policy.karmada.io/v1alpha1"))
            #expect(try await server.kubectl("explain", "deployment.spec.replicas").quiet().contains("integer"))
            #expect(try await server.kubectl("version").status == 0)
            #expect(try await server.kubectl("get", "all", "-A").status == 0)
            #expect(try await server.kubectl("get", "pp,clusters,cm", "-A").quiet().contains("propagationpolicy"))
        }

        @Test func wrongManifestsGetKubernetesErrors() async throws {
            let server = try await Daemon.serve(["--store", "memory"])
            let unknown = Self.manifests.replacing("replicas: 2", with: "replica: 2")
            let refused = try await server.kubectl("apply", "-f", "-", input: unknown)
            #expect(refused.status == 1)
            #expect(refused.errors.contains(#"unknown field "spec.replica""#), "\(refused.errors)")

            let wrongType = try await server.kubectl(
                "apply", "-f", "-", input: Self.manifests.replacing("replicas: 2", with: "replicas: two"))
            #expect(wrongType.status == 1)
            #expect(wrongType.errors.contains("spec.replicas"), "\(wrongType.errors)")

            let wrongPolicy = try await server.kubectl(
                "apply", "-f", "-", input: Self.manifests.replacing("resourceSelectors:", with: "resourceSelector:"))
            #expect(wrongPolicy.status == 1)
            #expect(wrongPolicy.errors.contains("resourceSelector"), "\(wrongPolicy.errors)")

            let missing = try await server.kubectl("get", "deployment", "nothing")
            #expect(missing.status == 1)
            #expect(missing.errors == "Error from server (NotFound): deployments.apps \"nothing\" not found\n")
            #expect(try await server.kubectl("get", "deployment", "-n", "nowhere").errors.hasPrefix("No resources found"))
            #expect(try await server.kubectl("create", "configmap", "x", "-n", "nowhere").errors.contains("namespaces \"nowhere\" not found"))
        }
    }
}
