import Foundation
import Testing

extension EndToEnd {
    /// Clusters that register with a bootstrap token, and what their agents may.
    @Suite struct AgentTests {
        /// A control plane whose clusters register by themselves.
        private struct Site {
            let control: Daemon
            let token: String
            let pin: String

            init() async throws {
                control = try await Daemon.serve(["--store", "memory"] + Fleet.quickProbes)
                let command = try await control.flotilla("token", "create", "--print-register-command").quiet()
                let words = command.split(whereSeparator: \.isWhitespace).map(String.init)
                token = try #require(words.firstIndex(of: "--token").map { words[$0 + 1] })
                pin = try #require(words.firstIndex(of: "--discovery-token-ca-cert-hash").map { words[$0 + 1] })
            }

            var endpoint: String { control.url.replacing("https://", with: "") }

            func kubeconfig(_ cluster: String) -> String { control.workspace.url.appending(path: "\(cluster).conf").path }

            func register(
                _ cluster: String, _ more: String..., pin: String? = nil, token: String? = nil
            ) async throws -> CommandResult {
                try await run(
                    Program.flotilla,
                    [
                        "register", endpoint, "--cluster-name", cluster, "--token", token ?? self.token,
                        "--discovery-token-ca-cert-hash", pin ?? self.pin, "--agent-kubeconfig", kubeconfig(cluster),
                    ] + more)
            }

            /// Runs `kubectl` as the cluster's agent.
            func agent(_ cluster: String, _ arguments: [String], input: String? = nil) async throws -> CommandResult {
                let kubectl = try #require(Program.kubectl)
                return try await run(
                    kubectl, ["--kubeconfig", kubeconfig(cluster)] + arguments, input: input,
                    environment: ["HOME": control.workspace.url.path])
            }

            func ready(_ cluster: String) async throws -> String {
                try await control.kubectl(
                    "get", "cluster", cluster, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
                ).output
            }
        }

        private static func manifest(_ kind: String, _ version: String, _ namespace: String?, _ name: String, _ rest: String = "")
            -> String
        {
            let place = namespace.map { ", namespace: \($0)" } ?? ""
            return "{apiVersion: \(version), kind: \(kind), metadata: {name: \(name)\(place)}\(rest)}"
        }

        @Test func agentsMayWhatIsTheirsAndNothingElse() async throws {
            let site = try await Site()
            try await strangersAreRefused(site)
            let members = [
                try await Daemon.member("member1", ["--store", "memory"]),
                try await Daemon.member("member2", ["--store", "memory"]),
            ]
            var agents: [AgentDaemon] = []
            for (index, member) in members.enumerated() {
                let name = "member\(index + 1)"
                let registered = try await site.register(name)
                #expect(registered.status == 0, "\(registered.errors)")
                agents.append(
                    try await AgentDaemon(name, controlPlane: site.kubeconfig(name), member: member, Fleet.quickProbes))
            }
            for name in ["member1", "member2"] {
                try await eventually("\(name) is ready") { try await site.ready(name) == "True" }
            }
            _ = try await site.control.kubectl(
                "apply", "-f", Program.repository.appending(path: "samples/nginx").path
            ).quiet()
            try await eventually("works reach the members") {
                try await members[1].kubectl("get", "deployment", "nginx", "-o", "jsonpath={.status.readyReplicas}").output == "1"
            }
            try await ownThingsAreAllowed(site)
            try await othersAreForbidden(site)

            let unregistered = try await run(
                Program.flotilla,
                [
                    "unregister", "member2", "--karmada-config", site.kubeconfig("member2"), "--cluster-kubeconfig",
                    members[1].kubeconfig,
                ])
            #expect(unregistered.status == 0, "\(unregistered.errors)")
            let left = try await members[1].kubectl("get", "deployment", "nginx", "--ignore-not-found", "-o", "name")
            #expect(left.quiet() == "", "what was propagated is taken out")
            let gone = try await site.agent("member2", ["get", "cluster", "member2"])
            #expect(gone.errors.contains("orbidden"), "\(gone.errors)")
            let again = try await run(
                Program.flotilla,
                [
                    "unregister", "member2", "--karmada-config", site.kubeconfig("member2"), "--cluster-kubeconfig",
                    members[1].kubeconfig,
                ])
            #expect(again.status == 1 && again.errors.contains("administrator's kubeconfig"), "\(again.errors)")
        }

        private func strangersAreRefused(_ site: Site) async throws {
            let wrong = try await site.register("member1", pin: "sha256:" + String(repeating: "0", count: 64))
            #expect(wrong.status == 1)
            #expect(wrong.errors.contains("none of those that were given"), "\(wrong.errors)")
            let unknown = try await site.register("member1", token: "abcdef.0123456789abcdef")
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("abcdef"), "\(unknown.errors)")
            let forged = try await site.register("member1", token: site.token.prefix(7) + "0123456789abcdef")
            #expect(forged.status == 1)
            #expect(forged.errors.contains("JWS"), "\(forged.errors)")
        }

        private func ownThingsAreAllowed(_ site: Site) async throws {
            for arguments in [
                ["get", "cluster", "member1"], ["get", "works", "-n", "karmada-es-member1"],
                ["get", "secret", "member1", "-n", "karmada-cluster"], ["get", "lease", "member1", "-n", "karmada-cluster"],
                ["get", "clusters", "--field-selector", "metadata.name=member1"],
            ] {
                let allowed = try await site.agent("member1", arguments)
                #expect(allowed.status == 0, "\(arguments): \(allowed.errors)")
            }
        }

        private func othersAreForbidden(_ site: Site) async throws {
            for arguments in [
                ["get", "cluster", "member2"], ["get", "clusters"], ["get", "clusters", "-w", "--request-timeout=5s"],
                ["get", "works", "-n", "karmada-es-member2"], ["get", "works", "-A"], ["get", "works", "-A", "-w"],
                ["get", "events", "-n", "karmada-es-member2"], ["get", "namespace", "karmada-es-member2"],
                ["get", "secret", "member2", "-n", "karmada-cluster"], ["get", "secrets", "-n", "karmada-cluster"],
                ["get", "secrets", "-A"], ["get", "secrets", "-n", "kube-system"],
                ["get", "secrets", "-n", "karmada-es-member1"],
                ["get", "lease", "member2", "-n", "karmada-cluster"], ["get", "deployments", "-A"],
                ["get", "resourcebindings", "-A"],
                ["delete", "cluster", "member2"], ["delete", "works", "--all", "-n", "karmada-es-member2"],
                ["label", "cluster", "member1", "a=b"], ["label", "cluster", "member2", "a=b"],
                ["create", "token", "default"], ["create", "clusterrolebinding", "x", "--clusterrole=cluster-admin", "--user=x"],
                ["get", "--raw", "/apis/cluster.karmada.io/v1alpha1/clusters/member2/proxy/api/v1/secrets"],
                ["get", "nodes", "--as=system:karmada:agent:member2"],
            ] {
                let refused = try await site.agent("member1", arguments)
                #expect(refused.status != 0, "\(arguments)")
                #expect(refused.errors.lowercased().contains("forbidden"), "\(arguments): \(refused.errors)")
            }
            for manifest in [
                Self.manifest("Cluster", "cluster.karmada.io/v1alpha1", nil, "member3", ", spec: {syncMode: Pull}"),
                Self.manifest("Lease", "coordination.k8s.io/v1", "karmada-cluster", "member3", ", spec: {}"),
                Self.manifest("Secret", "v1", "karmada-cluster", "member3"),
                Self.manifest("Secret", "v1", "karmada-es-member1", "x"),
                Self.manifest(
                    "Work", "work.karmada.io/v1alpha1", "karmada-es-member2", "x", ", spec: {workload: {manifests: []}}"),
                Self.manifest(
                    "Event", "v1", "karmada-es-member2", "x",
                    ", involvedObject: {kind: Work, namespace: karmada-es-member2, name: x}, reason: X"),
            ] {
                let refused = try await site.agent("member1", ["create", "-f", "-"], input: "---\n" + manifest)
                #expect(refused.status != 0, "\(manifest)")
                #expect(refused.errors.lowercased().contains("forbidden"), "\(manifest): \(refused.errors)")
            }
            // The name of a cluster that is there is not for the next who knows a token.
            let second = try await site.register("member1", "--discovery-timeout", "1s")
            #expect(second.status == 1)
            #expect(second.errors.contains("kubectl certificate approve"), "\(second.errors)")
        }

        @Test func certificatesAreRenewed() async throws {
            let site = try await Site()
            let member = try await Daemon.member("member1", ["--store", "memory"])
            let registered = try await site.register("member1")
            #expect(registered.status == 0, "\(registered.errors)")
            let first = try String(contentsOfFile: site.kubeconfig("member1"), encoding: .utf8)
            let agent = try await AgentDaemon(
                "member1", controlPlane: site.kubeconfig("member1"), member: member,
                Fleet.quickProbes + ["--cert-rotation-checking-interval", "2s", "--cert-rotation-remaining-time-threshold", "1"])
            try await eventually("there is a new certificate") {
                try String(contentsOfFile: site.kubeconfig("member1"), encoding: .utf8) != first
            }
            try await agent.stop()
            #expect(try await !agent.logText().contains("not renewed"), "that it ends is no failure")
            #expect(try await site.agent("member1", ["get", "cluster", "member1", "-o", "name"]).quiet().contains("member1"))
        }
    }
}
