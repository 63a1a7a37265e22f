import Foundation
import Testing

extension EndToEnd {
    /// The groups of `kubectl --help` that need no container, on a member, whose Deployments roll out.
    @Suite struct KubectlGroupsTests {
        private struct Session {
            let server: Daemon

            /// Runs commands, one a line, each of which must succeed.
            func run(_ commands: String, _ location: SourceLocation = #_sourceLocation) async throws {
                for line in commands.split(separator: "\n") {
                    let result = try await kubectl(String(line))
                    #expect(result.status == 0, "kubectl \(line): \(result.errors)", sourceLocation: location)
                }
            }

            /// What a command prints.
            func output(_ command: String, _ location: SourceLocation = #_sourceLocation) async throws -> String {
                let result = try await kubectl(command)
                #expect(result.status == 0, "kubectl \(command): \(result.errors)", sourceLocation: location)
                return result.output
            }

            /// Arguments are separated by spaces; `_` stands for a space in one.
            /// - Parameter editor: a command that changes the file it is given.
            func kubectl(_ command: String, input: String? = nil, editor: String = "false") async throws -> CommandResult {
                let arguments = command.split(separator: " ").map { String($0).replacing("_", with: " ") }
                let program = try #require(Program.kubectl, "kubectl is not on the PATH")
                return try await EndToEndTests.run(
                    program, ["--kubeconfig", server.kubeconfig] + arguments, input: input,
                    environment: [
                        "HOME": server.workspace.url.path, "KUBECACHEDIR": server.workspace.url.appending(path: "cache").path,
                        "KUBE_EDITOR": editor,
                    ])
            }
        }

        private func session() async throws -> Session {
            Session(server: try await Daemon.member("m", ["--store", "memory"]))
        }

        @Test func create() async throws {
            let session = try await session()
            try await session.run(
                """
                create namespace demo
                create deployment web --image=nginx:1 --replicas=2 --port=80
                create configmap cm --from-literal=a=b
                create secret generic s --from-literal=p=q
                create secret docker-registry dr --docker-username=u --docker-password=p
                create serviceaccount bot
                create role r --verb=get,list --resource=pods
                create clusterrole cr --verb=get --resource=nodes
                create rolebinding rb --role=r --serviceaccount=default:bot
                create clusterrolebinding crb --clusterrole=cr --user=x
                create cronjob cj --image=busybox --schedule=*/5_*_*_*_* -- date
                create job j --image=busybox -- date
                create job j2 --from=cronjob/cj
                create ingress ing --rule=foo.com/bar=svc1:8080
                create poddisruptionbudget pdb --selector=app=web --min-available=1
                create priorityclass pc --value=1000
                create quota q --hard=cpu=1,pods=2
                create service clusterip sv --tcp=80:8080
                create service nodeport np --tcp=80
                create service loadbalancer lb --tcp=80
                create service externalname en --external-name=a.b
                expose deployment web --port=80
                autoscale deployment web --min=1 --max=5 --cpu-percent=80
                """)
            let token = try await session.output("create token bot --duration=15m")
            let mine = try await session.output(
                "auth whoami --token=\(token.filter { !$0.isWhitespace }) -o jsonpath={.status.userInfo.username}")
            // The kubeconfig's certificate counts before the token.
            #expect(mine == "kubernetes-admin")
            for kind in ["deploy", "svc", "ing", "quota", "sa", "role", "hpa", "pdb", "cj", "cm", "secret"] {
                #expect(try await !session.output("describe \(kind)").isEmpty)
                #expect(try await !session.output("get \(kind)").isEmpty)
            }
        }

        @Test func changeAndRollOut() async throws {
            let session = try await session()
            try await session.run(
                """
                create deployment web --image=nginx:1 --replicas=2
                rollout status deployment/web --timeout=60s
                set image deployment/web nginx=nginx:2
                rollout status deployment/web --timeout=60s
                rollout undo deployment/web
                rollout status deployment/web --timeout=60s
                """)
            #expect(try await session.output("get deploy web -o jsonpath={..image}") == "nginx:1")
            #expect(try await session.output("rollout history deployment/web").contains("\n3 "))
            try await session.run(
                """
                rollout pause deployment/web
                set env deployment/web A=B
                set resources deployment/web --limits=cpu=1
                create serviceaccount bot
                set serviceaccount deployment/web bot
                rollout resume deployment/web
                rollout restart deployment/web
                rollout status deployment/web --timeout=60s
                scale deployment web --replicas=3
                wait deploy/web --for=jsonpath={.status.readyReplicas}=3 --timeout=60s
                create service clusterip sv --tcp=80
                set selector svc sv app=web
                create rolebinding rb --clusterrole=view --user=ann
                set subject rolebinding rb --user=zed
                label deploy web x=y
                label deploy web x-
                annotate deploy web n=m
                patch deploy web -p {"spec":{"replicas":4}}
                patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":1}]
                patch deploy web --type=merge -p {"spec":{"replicas":2}}
                """)
            #expect(try await session.output("get rolebinding rb -o jsonpath={.subjects[*].name}") == "ann zed")
            #expect(try await session.output("get deploy web -o jsonpath={.spec.replicas}") == "2")
            try await session.run(
                """
                taint nodes m-node-1 a=b:NoSchedule
                cordon m-node-1
                uncordon m-node-1
                """)
            #expect(try await session.output("get node m-node-1 -o jsonpath={.spec.taints[*].key}") == "a")
        }

        @Test func whoMayWhat() async throws {
            let session = try await session()
            try await session.run("create rolebinding ann --clusterrole=edit --user=ann")
            #expect(try await session.output("auth can-i create deploy --as=ann") == "yes\n")
            #expect(try await session.kubectl("auth can-i create deploy --as=ann -n kube-system").output == "no\n")
            #expect(try await session.output("auth can-i --list --as=ann").contains("configmaps"))
            #expect(
                try await session.output("auth whoami --as=ann --as-group=devs -o jsonpath={.status.userInfo.groups}")
                    == #"["devs","system:authenticated"]"#)
            let refused = try await session.kubectl("create role r --verb=get --resource=secrets --as=ann")
            #expect(
                refused.errors.contains(
                    #"roles.rbac.authorization.k8s.io is forbidden: User "ann" cannot create resource "roles""#))
            let role = """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: reconciled}
                rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
                """
            #expect(try await session.kubectl("auth reconcile -f -", input: role).output.contains("reconciled"))
            #expect(try await session.output("top nodes").contains("m-node-1"))
        }

        @Test func filesAndSettings() async throws {
            let session = try await session()
            let manifest = """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: a}
                data: {k: v}
                """
            let changed = manifest.replacing("k: v", with: "k: w")
            #expect(try await session.kubectl("apply -f -", input: manifest).status == 0)
            let difference = try await session.kubectl("diff -f -", input: changed)
            #expect(difference.status == 1)
            #expect(difference.output.contains("+  k: w"))
            #expect(try await session.kubectl("apply --server-side --force-conflicts -f -", input: changed).status == 0)
            #expect(try await session.kubectl("replace -f -", input: manifest).status == 0)
            #expect(try await session.kubectl("replace --force -f -", input: manifest).status == 0)
            let edited = try await session.kubectl("edit cm a", editor: "sed -i s/v$/edited/")
            #expect(edited.output == "configmap/a edited\n", "\(edited.errors)")
            #expect(try await session.output("get cm a -o jsonpath={.data.k}") == "edited")
            #expect(try await session.kubectl("apply set-last-applied --create-annotation -f -", input: changed).status == 0)
            #expect(try await session.output("apply view-last-applied cm a -o json").contains(#""k": "w""#))
            let again = try await session.kubectl("apply edit-last-applied cm a", editor: "sed -i s/w$/x/")
            #expect(again.output == "configmap/a edited\n", "\(again.errors)")
            let pruned = try await session.kubectl(
                "apply --prune -l set=a --prune-allowlist=core/v1/ConfigMap -f -",
                input: manifest.replacing("name: a", with: "name: p, labels: {set: a}"))
            #expect(pruned.output == "configmap/p created\n", "\(pruned.errors)")
            let rest = try await session.kubectl(
                "apply --prune -l set=a --prune-allowlist=core/v1/ConfigMap -f -",
                input: manifest.replacing("name: a", with: "name: q, labels: {set: a}"))
            #expect(rest.output == "configmap/q created\nconfigmap/p pruned\n", "\(rest.errors)")
            try await session.run(
                """
                wait cm/p --for=delete --timeout=60s
                run idle --image=busybox
                delete pod idle --wait=false
                """)
            #expect(
                try await session.kubectl("create --dry-run=server -f -", input: manifest.replacing("name: a", with: "name: b"))
                    .status == 0)
            #expect(try await session.kubectl("get cm b").status == 1)
            let folder = session.server.workspace.url.appending(path: "kustomized")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try manifest.write(to: folder.appending(path: "cm.yaml"), atomically: true, encoding: .utf8)
            try "resources: [cm.yaml]\nnamePrefix: z-\n".write(
                to: folder.appending(path: "kustomization.yaml"), atomically: true, encoding: .utf8)
            #expect(try await session.kubectl("kustomize \(folder.path)").output.contains("name: z-a"))
            #expect(try await session.kubectl("apply -k \(folder.path)").status == 0)
            #expect(try await session.output("api-versions").contains("apps/v1\n"))
            #expect(try await session.output("explain deployment.spec.strategy").contains("rollingUpdate"))
            try await session.run(
                """
                api-resources
                cluster-info
                version
                config view
                completion bash
                get events
                get all -A
                get cm -o custom-columns=N:.metadata.name --sort-by=.metadata.name --chunk-size=1
                delete cm z-a
                """)
        }
    }
}
