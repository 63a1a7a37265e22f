import EtcdServer
import Foundation
import Testing

extension EndToEnd {
    /// Two replicas on one etcd.
    @Suite(.enabled(if: EtcdServer.program != nil, "etcd is not installed"))
    struct HighAvailabilityTests {
        private static func application(_ name: String) -> String {
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: \(name)}
            spec:
              replicas: 1
              selector: {matchLabels: {app: \(name)}}
              template:
                metadata: {labels: {app: \(name)}}
                spec: {containers: [{name: web, image: nginx}]}
            ---
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicy
            metadata: {name: \(name)}
            spec:
              resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: \(name)}]
              placement: {clusterAffinity: {clusterNames: [member1]}}
            """
        }

        @Test func aLeadersDeathMovesTheWork() async throws {
            let etcd = try await EtcdServer()
            let arguments = [
                "--store", "etcd", "--etcd-endpoints", etcd.endpoint, "--leader-elect-lease-duration", "3s",
                "--leader-elect-renew-deadline", "2s", "--leader-elect-retry-period", "300ms",
                "--cluster-status-update-frequency", "1s", "--cluster-success-threshold", "1s",
            ]
            let first = try await Daemon.serve(arguments)
            try await eventually("the first replica leads") { try await holder(first) != "" }
            let leader = try await holder(first)
            let second = try await Daemon.serve(arguments)
            #expect(
                try Data(contentsOf: first.data.appending(path: "ca.crt")) == Data(contentsOf: second.data.appending(path: "ca.crt")))

            let member = try await Daemon.member("member1")
            let joined = try await second.flotilla("join", "member1", "--cluster-kubeconfig", member.kubeconfig)
            #expect(joined.status == 0, "\(joined.errors)")
            #expect(try await second.kubectl("apply", "-f", "-", input: Self.application("one")).status == 0)
            try await eventually("the leader propagates what the other replica was given") {
                try await member.kubectl("get", "deployment", "one").status == 0
            }
            #expect(try await holder(second) == leader)

            try await first.stop(SIGKILL)
            #expect(try await second.kubectl("apply", "-f", "-", input: Self.application("two")).status == 0)
            try await eventually("the second replica propagates") {
                try await member.kubectl("get", "deployment", "two").status == 0
            }
            #expect(try await holder(second) != leader)
            let transitions = try await second.kubectl(
                "get", "lease", "flotillad", "-n", "karmada-system", "-o", "jsonpath={.spec.leaseTransitions}")
            #expect(transitions.output == "1")
            // One that stops in good order lets go of the lease.
            try await second.stop()
            let third = try await Daemon.serve(arguments)
            try await eventually("the third replica leads") { !["", leader].contains(try await holder(third)) }
        }

        private func holder(_ replica: Daemon) async throws -> String {
            try await replica.kubectl(
                "get", "lease", "flotillad", "-n", "karmada-system", "-o", "jsonpath={.spec.holderIdentity}", "--ignore-not-found"
            ).output
        }

        @Test func aDataDirectoryOfAnotherControlPlaneIsRefused() async throws {
            let etcd = try await EtcdServer()
            let arguments = ["--store", "etcd", "--etcd-endpoints", etcd.endpoint]
            let other = try await Daemon.serve()
            try await other.stop()
            let first = try await Daemon.serve(arguments)
            let refused = try await run(
                Program.flotillad, ["serve", "--data-dir", other.data.path, "--listen", "127.0.0.1:0"] + arguments)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("belongs to another control plane"), "\(refused.errors)")
            _ = first
        }

        @Test func anEtcdOutOfReachIsAClearError() async throws {
            let workspace = try Workspace()
            let refused = try await run(
                Program.flotillad,
                [
                    "serve", "--data-dir", workspace.url.path, "--listen", "127.0.0.1:0", "--store", "etcd", "--etcd-endpoints",
                    "http://127.0.0.1:1",
                ])
            #expect(refused.status == 1)
            #expect(refused.errors.contains("etcd did not answer in time"), "\(refused.errors)")
            let wrong = try await run(Program.flotillad, ["serve", "--data-dir", workspace.url.path, "--store", "etcd"])
            #expect(wrong.status == 2)
            #expect(wrong.errors.contains("--etcd-endpoints: needed with --store etcd"))
        }
    }
}
