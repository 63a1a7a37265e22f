import Foundation
import Testing

extension EndToEnd {
    /// Through the control plane into the members.
    @Suite struct GatewayTests {
        private static let proxy = "/apis/cluster.karmada.io/v1alpha1/clusters"
        private static let search = "/apis/search.karmada.io/v1alpha1"

        private func kubectl(_ server: String, of control: Daemon, _ arguments: [String], input: String? = nil) async throws
            -> CommandResult
        {
            let kubectl = try #require(Program.kubectl)
            return try await run(
                kubectl, ["--kubeconfig", control.kubeconfig, "--server", control.url + server] + arguments, input: input,
                environment: ["HOME": control.workspace.url.path])
        }

        /// Names of JSON items with the cluster that they are from.
        private func origins(_ text: String) throws -> [String] {
            let list = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            return (list["items"] as? [[String: Any]] ?? []).compactMap { item in
                let metadata = item["metadata"] as? [String: Any]
                let annotations = metadata?["annotations"] as? [String: String]
                return "\(annotations?["resource.karmada.io/cached-from-cluster"] ?? "")/\(metadata?["name"] as? String ?? "")"
            }
        }

        @Test func requestsReachTheMembers() async throws {
            let fleet = try await Fleet(members: 2)
            try await proxies(fleet)
            try await commands(fleet)
            try await onlyThoseMayWhoAreAllowed(fleet)
            try await searches(fleet)
        }

        private func proxies(_ fleet: Fleet) async throws {
            let control = fleet.control
            let member = Self.proxy + "/member1/proxy"
            try await eventually("the administrator may be impersonated") {
                try await kubectl(member, of: control, ["get", "namespaces"]).status == 0
            }
            let nodes = try await kubectl(member, of: control, ["get", "nodes", "-o", "name"])
            #expect(nodes.quiet().split(separator: "\n").count == 3)
            _ = try await kubectl(member, of: control, ["create", "configmap", "made", "--from-literal=a=b"]).quiet()
            #expect(try await fleet.members[0].kubectl("get", "configmap", "made", "-o", "jsonpath={.data.a}").quiet() == "b")
            _ = try await kubectl(
                member, of: control, ["patch", "configmap", "made", "--type=merge", "-p", #"{"data":{"a":"c"}}"#]
            ).quiet()
            _ = try await kubectl(member, of: control, ["delete", "configmap", "made"]).quiet()
            #expect(try await fleet.members[0].kubectl("get", "configmap", "made").status != 0)
            let unknown = try await kubectl(Self.proxy + "/nowhere/proxy", of: control, ["get", "nodes"])
            #expect(unknown.status != 0)

            _ = try await kubectl(member, of: control, ["create", "deployment", "web", "--image=web"]).quiet()
            try await eventually("its log is there") {
                try await kubectl(member, of: control, ["logs", "deployment/web"]).output.contains("a simulated container")
            }
            // Both never end by themselves: what they say must come while they go on.
            async let followed = kubectl(member, of: control, ["logs", "-f", "deployment/web", "--request-timeout=4s"])
            async let watched = kubectl(member, of: control, ["get", "pods", "-w", "-o", "name", "--request-timeout=4s"])
            #expect(try await followed.output.split(separator: "\n").count >= 2)
            #expect(try await watched.output.contains("pod/web-"))
        }

        /// What `flotilla` makes of it.
        private func commands(_ fleet: Fleet) async throws {
            let control = fleet.control
            let pods = try await control.flotilla("get", "pods", "--all-clusters").quiet().split(separator: "\n")
            #expect(pods.first?.split(separator: " ").prefix(2) == ["NAME", "CLUSTER"], "\(pods)")
            #expect(pods.dropFirst().allSatisfy { $0.contains("member1") && $0.hasSuffix("N") } && pods.count == 2, "\(pods)")
            let nodes = try await control.flotilla("get", "nodes", "-C", "member1,member2", "-o", "name").quiet()
            #expect(nodes.split(separator: "\n").count == 6)
            let both = try await control.flotilla("get", "po,deploy", "-C", "member1").quiet().components(separatedBy: "\n\n")
            #expect(both.count == 2 && both[1].contains("web"), "\(both)")
            #expect(try await control.flotilla("get", "po,deploy", "-C", "member1", "-o", "json").quiet().contains("\"List\""))
            let name = try #require(pods.last?.split(separator: " ").first.map(String.init))
            #expect(try await control.flotilla("logs", name, "--cluster", "member1").quiet().contains("a simulated container"))
            #expect(
                try await control.flotilla("describe", "pod", name, "--cluster", "member1").quiet().contains("Container"))
            let unknown = try await control.flotilla("get", "pods", "-C", "nowhere")
            #expect(unknown.status == 1 && unknown.errors.contains("\"nowhere\" not found"), "\(unknown.errors)")

            _ = try await control.flotilla("cordon", "member2").quiet()
            _ = try await control.flotilla("taint", "clusters", "member2", "a=b:NoSchedule").quiet()
            func taints() async throws -> Set<Substring> {
                Set(
                    try await control.kubectl("get", "cluster", "member2", "-o", "jsonpath={.spec.taints[*].key}").quiet()
                        .split(separator: " "))
            }
            #expect(try await taints() == ["cluster.karmada.io/unschedulable", "a"])
            let refused = try await control.flotilla("taint", "clusters", "member2", "a=c:NoSchedule")
            #expect(refused.errors.contains("--overwrite"), "\(refused.errors)")
            _ = try await control.flotilla("taint", "clusters", "member2", "a-").quiet()
            _ = try await control.flotilla("uncordon", "member2").quiet()
            #expect(try await taints() == [])

            _ = try await control.flotilla("promote", "deployment", "web", "-C", "member1").quiet()
            try await eventually("the control plane manages it") {
                try await fleet.members[0].kubectl(
                    "get", "deployment", "web", "-o", "jsonpath={.metadata.labels.karmada\\.io/managed}"
                ).output == "true"
            }
        }

        /// Whoever the proxy lets through has in the member the rights of that name there.
        private func onlyThoseMayWhoAreAllowed(_ fleet: Fleet) async throws {
            let control = fleet.control
            _ = try await control.kubectl("create", "serviceaccount", "tom").quiet()
            let token = try await control.kubectl("create", "token", "tom").quiet()
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let program = try #require(Program.kubectl)
            func asTom(_ arguments: String...) async throws -> CommandResult {
                try await run(
                    program,
                    [
                        "--kubeconfig", "/dev/null", "--server", control.url + Self.proxy + "/member1/proxy",
                        "--insecure-skip-tls-verify", "--token", token,
                    ] + arguments, environment: ["HOME": control.workspace.url.path])
            }
            let stranger = try await asTom("get", "pods")
            #expect(stranger.errors.contains("cannot get resource \"clusters/proxy\""), "\(stranger.errors)")
            _ = try await control.kubectl("apply", "-f", "-", input: Manifest.proxyRights("tom", in: "member1")).quiet()
            try await eventually("tom is somebody in the member, without rights there") {
                try await asTom("get", "pods").errors.contains(
                    "User \"system:serviceaccount:default:tom\" cannot list resource \"pods\"")
            }
            _ = try await fleet.members[0].kubectl(
                "create", "clusterrolebinding", "tom", "--clusterrole=cluster-admin", "--user=system:serviceaccount:default:tom"
            ).quiet()
            try await eventually("tom has rights in the member") { try await asTom("get", "pods").status == 0 }
            // Not his own account's: nobody acts as anybody else by asking for it.
            let other = try await asTom("get", "nodes", "--as=kubernetes-admin", "--as-group=system:masters")
            #expect(other.errors.contains("cannot impersonate"), "\(other.errors)")
        }

        private func searches(_ fleet: Fleet) async throws {
            let control = fleet.control
            let registry = """
                apiVersion: search.karmada.io/v1alpha1
                kind: ResourceRegistry
                metadata: {name: configmaps}
                spec:
                  targetCluster: {clusterNames: [member1, member2]}
                  resourceSelectors: [{apiVersion: v1, kind: ConfigMap, namespace: default}]
                """
            _ = try await control.kubectl("apply", "-f", "-", input: registry).quiet()
            for (index, member) in fleet.members.enumerated() {
                _ = try await member.kubectl("create", "configmap", "found\(index + 1)", "--from-literal=a=b").quiet()
            }
            let cached = Self.search + "/search/cache/api/v1/namespaces/default/configmaps"
            try await eventually("the cache has both") {
                let answer = try await control.kubectl("get", "--raw", cached)
                guard answer.status == 0 else { return false }
                return try origins(answer.output).filter { $0.contains("found") } == ["member1/found1", "member2/found2"]
            }
            let uncached = try await control.kubectl("get", "--raw", Self.search + "/search/cache/api/v1/secrets")
            #expect(uncached.status != 0)

            let global = Self.search + "/proxying/karmada/proxy"
            let one = try await kubectl(
                global, of: control, ["get", "configmap", "found2", "-o", "jsonpath={.metadata.annotations}"])
            #expect(one.quiet().contains("member2"))
            let first = try await control.kubectl("get", "--raw", global + "/api/v1/namespaces/default/configmaps?limit=1")
            #expect(try origins(first.quiet()).count == 1)
            #expect(first.output.contains("\"continue\""))
            // A change goes to the cluster that has the object; what is not cached is the control plane's.
            _ = try await kubectl(global, of: control, ["label", "configmap", "found2", "x=y"]).quiet()
            #expect(
                try await fleet.members[1].kubectl("get", "configmap", "found2", "-o", "jsonpath={.metadata.labels.x}").quiet()
                    == "y")
            let own = try await kubectl(global, of: control, ["get", "clusters", "-o", "name"])
            #expect(own.quiet().split(separator: "\n").count == 2)

            async let watched = kubectl(
                global, of: control, ["get", "configmaps", "-n", "default", "-w", "-o", "name", "--request-timeout=8s"])
            _ = try await fleet.members[0].kubectl("create", "configmap", "later", "--from-literal=a=b").quiet()
            #expect(try await watched.output.contains("configmap/later"))
        }
    }
}
