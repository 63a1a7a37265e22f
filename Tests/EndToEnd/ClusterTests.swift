import Foundation
import Testing

extension EndToEnd {
    /// How clusters come and go.
    @Suite struct ClusterTests {
        private func ready(_ cluster: String, of control: Daemon) async throws -> String {
            try await control.kubectl(
                "get", "cluster", cluster, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
            ).output
        }

        @Test func aClusterWithoutItsAgentIsUnknownAndCanGo() async throws {
            let control = try await Daemon.serve(["--store", "memory", "--cluster-monitor-grace-period", "3s"])
            let member = try await Daemon.member("member1", ["--store", "memory"])
            let agent = try await AgentDaemon(
                "member1", controlPlane: control.kubeconfig, member: member,
                Fleet.quickProbes + ["--cluster-lease-duration", "2s", "--cluster-provider", "local"])
            try await eventually("the cluster is ready") { try await ready("member1", of: control) == "True" }
            let spec = try await control.kubectl("get", "cluster", "member1", "-o", "jsonpath={.spec.syncMode},{.spec.provider}")
            #expect(spec.quiet() == "Pull,local")
            let holder = try await control.kubectl(
                "get", "lease", "-n", "karmada-cluster", "member1", "-o", "jsonpath={.spec.holderIdentity}")
            #expect(holder.quiet() == "member1")

            try await agent.stop(SIGKILL)
            try await eventually("nobody knows how it is") { try await ready("member1", of: control) == "Unknown" }
            let taints = try await control.kubectl("get", "cluster", "member1", "-o", "jsonpath={.spec.taints[*].key}")
            #expect(taints.quiet() == "cluster.karmada.io/unreachable")
            try await agent.start()
            try await eventually("the agent is back") { try await ready("member1", of: control) == "True" }

            try await agent.stop()
            // Nobody is there to clean up in the cluster: it goes nevertheless, once that is known.
            let removed = try await run(
                Program.flotilla,
                [
                    "unregister", "member1", "--karmada-config", control.kubeconfig, "--cluster-kubeconfig", member.kubeconfig,
                ], limit: .seconds(90))
            #expect(removed.quiet() == "cluster(member1) is removed\n")
            try await eventually("so do its accounts") {
                try await member.kubectl("get", "namespace", "karmada-cluster", "--ignore-not-found", "-o", "name").output == ""
            }
            try await eventually("its secrets go with it") {
                try await control.kubectl("get", "secrets", "-n", "karmada-cluster", "-o", "name").output == ""
            }
        }

        /// A Cluster that somebody wrote by hand, and the account that somebody made in the member.
        @Test func aClusterMadeByHandBecomesReady() async throws {
            let control = try await Daemon.serve(["--store", "memory"])
            let member = try await Daemon.member("member1", ["--store", "memory"])
            _ = try await member.kubectl("create", "serviceaccount", "flotilla", "-n", "kube-system").quiet()
            _ = try await member.kubectl(
                "create", "clusterrolebinding", "flotilla", "--clusterrole=cluster-admin", "--serviceaccount=kube-system:flotilla"
            ).quiet()
            let token = try await member.kubectl("create", "token", "flotilla", "-n", "kube-system").quiet()
            let authority = try String(contentsOf: member.data.appending(path: "ca.crt"), encoding: .utf8)
            _ = try await control.kubectl("create", "namespace", "clusters").quiet()
            _ = try await control.kubectl(
                "create", "secret", "generic", "member1", "-n", "clusters",
                "--from-literal=token=\(token.trimmingCharacters(in: .whitespacesAndNewlines))",
                "--from-literal=caBundle=\(authority)"
            ).quiet()
            let cluster = """
                apiVersion: cluster.karmada.io/v1alpha1
                kind: Cluster
                metadata: {name: member1}
                spec:
                  syncMode: Push
                  apiEndpoint: \(member.url)
                  secretRef: {namespace: clusters, name: member1}
                """
            _ = try await control.kubectl("apply", "-f", "-", input: cluster).quiet()
            try await eventually("the cluster is ready") { try await ready("member1", of: control) == "True" }
        }

        @Test func aDeadClusterIsRemovedByForce() async throws {
            let control = try await Daemon.serve(["--store", "memory"] + Fleet.quickProbes)
            let member = try await Daemon.member("member1", ["--store", "memory"])
            let itself = try await control.flotilla("join", "member1", "--cluster-kubeconfig", control.kubeconfig)
            #expect(itself.status == 1 && itself.errors.contains("is the control plane itself"), "\(itself.errors)")
            let dry = try await control.flotilla("join", "member1", "--cluster-kubeconfig", member.kubeconfig, "--dry-run")
            #expect(dry.quiet() == "nothing was changed (dry run)\n")
            let joined = try await control.flotilla("join", "member1", "--cluster-kubeconfig", member.kubeconfig)
            #expect(joined.status == 0, "\(joined.errors)")
            try await eventually("the cluster is ready") { try await ready("member1", of: control) == "True" }
            try await eventually("administrators may be impersonated") {
                try await member.kubectl(
                    "get", "clusterrole", "karmada-impersonator", "-o", "jsonpath={.rules[*].resourceNames}"
                ).output.contains("kubernetes-admin")
            }
            try await member.stop(SIGKILL)
            let removed = try await control.flotilla(
                "unjoin", "member1", "--cluster-kubeconfig", member.kubeconfig, "--force", "--wait", "5s")
            #expect(removed.status == 0, "\(removed.errors)")
            #expect(removed.errors.contains("warning"), "the member could not be cleaned up: \(removed.errors)")
            try await eventually("nothing is left of it") {
                let left = try await control.kubectl("get", "clusters,works", "-A", "-o", "name").output
                let space = try await control.kubectl(
                    "get", "namespace", "karmada-es-member1", "--ignore-not-found", "-o", "name"
                ).output
                let secrets = try await control.kubectl("get", "secrets", "-n", "karmada-cluster", "-o", "name").output
                return left + space + secrets == ""
            }
        }
    }
}
