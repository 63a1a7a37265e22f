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

        private static let lease = 3.0

        /// Flags of a replica whose leadership moves soon.
        private static func arguments(_ etcd: EtcdServer) -> [String] {
            [
                "--store", "etcd", "--etcd-endpoints", etcd.endpoint, "--leader-elect-lease-duration", "\(lease)s",
                "--leader-elect-renew-deadline", "2s", "--leader-elect-retry-period", "300ms",
                "--cluster-status-update-frequency", "1s", "--cluster-success-threshold", "1s",
            ]
        }

        /// Two replicas, the first of which leads, and a member.
        private struct Replicas {
            let etcd: EtcdServer
            let first, second, member: Daemon
            /// The first one, as the lease names it.
            let leader: String
        }

        private func start() async throws -> Replicas {
            let etcd = try await EtcdServer()
            let first = try await Daemon.serve(Self.arguments(etcd))
            try await eventually("the first replica leads") { try await holder(first) != "" }
            let leader = try await holder(first)
            let second = try await Daemon.serve(Self.arguments(etcd))
            let member = try await Daemon.member("member1")
            let joined = try await second.flotilla("join", "member1", "--cluster-kubeconfig", member.kubeconfig)
            #expect(joined.status == 0, "\(joined.errors)")
            return Replicas(etcd: etcd, first: first, second: second, member: member, leader: leader)
        }

        @Test func aLeadersDeathMovesTheWork() async throws {
            let replicas = try await start()
            let (first, second, member, leader) = (replicas.first, replicas.second, replicas.member, replicas.leader)
            #expect(
                try Data(contentsOf: first.data.appending(path: "ca.crt")) == Data(contentsOf: second.data.appending(path: "ca.crt")))
            #expect(try await second.kubectl("apply", "-f", "-", input: Self.application("one")).status == 0)
            try await eventually("the leader propagates what the other replica was given") {
                try await member.kubectl("get", "deployment", "one").status == 0
            }
            #expect(try await holder(second) == leader)

            let renewed = try await time("renewTime", second)
            try await first.stop(SIGKILL)
            let begin = ContinuousClock.now
            #expect(try await second.kubectl("apply", "-f", "-", input: Self.application("two")).status == 0)
            try await eventually("the second replica propagates") {
                try await member.kubectl("get", "deployment", "two").status == 0
            }
            print("the work moved within \(ContinuousClock.now - begin) of the leader's death")
            #expect(try await holder(second) != leader)
            // Not before the dead leader's lease was over.
            let acquired = try await time("acquireTime", second)
            #expect(acquired.timeIntervalSince(renewed) >= Self.lease)
            let transitions = try await second.kubectl(
                "get", "lease", "flotillad", "-n", "karmada-system", "-o", "jsonpath={.spec.leaseTransitions}")
            #expect(transitions.output == "1")
            // One that stops in good order lets go of the lease.
            try await second.stop()
            let third = try await Daemon.serve(Self.arguments(replicas.etcd))
            try await eventually("the third replica leads") { !["", leader].contains(try await holder(third)) }
        }

        /// One that was out of touch does not know that it was succeeded: what it had under way comes to nothing.
        @Test func aLeaderThatWakesUpTooLateDoesNoHarm() async throws {
            let replicas = try await start()
            let (first, second, member, leader) = (replicas.first, replicas.second, replicas.member, replicas.leader)
            let applications = ["before", "while", "after"]
            func apply(_ name: String) async throws {
                #expect(try await second.kubectl("apply", "-f", "-", input: Self.application(name)).status == 0)
            }
            func isPropagated(_ name: String) async throws -> Bool {
                try await member.kubectl("get", "deployment", name).status == 0
            }
            try await apply("before")
            try await eventually("the first replica propagates") { try await isPropagated("before") }
            // It stops in the midst of work.
            try await apply("while")
            first.process.send(SIGSTOP)
            try await eventually("the second replica leads") { !["", leader].contains(try await holder(second)) }
            try await eventually("the second replica propagates") { try await isPropagated("while") }
            first.process.send(SIGCONT)
            try await apply("after")
            try await eventually("the second replica goes on") { try await isPropagated("after") }
            // The first one serves, and shows what the other leader did: each application was scheduled once, and has one Work.
            func done() async throws -> [String] {
                let bindings = try await first.kubectl(
                    "get", "resourcebindings", "-o",
                    "jsonpath={range .items[*]}{.metadata.name} {.status.schedulerObservedGeneration},{end}")
                let works = try await first.kubectl(
                    "get", "works", "-n", "karmada-es-member1", "-o", "jsonpath={range .items[*]}{.metadata.name},{end}")
                return (bindings.output + works.output).split(separator: ",").map { entry in
                    String(entry.prefix { $0 != "-" } + entry.drop { $0 != " " })
                }.filter { name in applications.contains { name.hasPrefix($0) } }.sorted()
            }
            let expected = applications.flatMap { [$0, "\($0) 2"] }.sorted()
            try? await eventually("all is done") { try await done() == expected }
            let shown = try await done()
            #expect(shown == expected)
            #expect(try await !["", leader].contains(holder(first)))
        }

        private func lease(_ field: String, _ replica: Daemon) async throws -> String {
            try await replica.kubectl(
                "get", "lease", "flotillad", "-n", "karmada-system", "-o", "jsonpath={.spec.\(field)}", "--ignore-not-found"
            ).output
        }

        private func holder(_ replica: Daemon) async throws -> String { try await lease("holderIdentity", replica) }

        private func time(_ field: String, _ replica: Daemon) async throws -> Date {
            try Date(try await lease(field, replica), strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        }

        /// One replica is restarted with another key; the others learn of it when they are shown a token.
        @Test func keysOfServiceAccountsAreChanged() async throws {
            let etcd = try await EtcdServer()
            let arguments = ["--store", "etcd", "--etcd-endpoints", etcd.endpoint]
            var first = try await Daemon.serve(arguments)
            var second = try await Daemon.serve(arguments)
            func token(_ replica: Daemon) async throws -> String {
                let token = Box("")
                try await eventually("there is an account") {
                    token.value = try await replica.kubectl("create", "token", "default").output
                    return !token.value.isEmpty
                }
                return token.value.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            func counts(_ token: String, at replica: Daemon) async throws -> Bool {
                let answer = try await replica.kubectl(
                    as: try await replica.kubeconfig(of: "account", ["--token=\(token)"]), "auth", "whoami", "-o", "name")
                #expect(answer.status == 0 || answer.errors.contains("Unauthorized"), "\(answer.errors)")
                return answer.status == 0
            }
            let old = try await token(first)
            #expect(try await counts(old, at: second))

            try await first.stop()
            let key = (now: first.data.appending(path: "sa.key"), old: first.data.appending(path: "sa.key.old"))
            try FileManager.default.moveItem(at: key.now, to: key.old)
            first = try await Daemon.serve(arguments, in: first.workspace)
            let new = try await token(first)
            for replica in [first, second] { for token in [new, old] { #expect(try await counts(token, at: replica)) } }

            try await first.stop()
            try FileManager.default.removeItem(at: key.old)
            first = try await Daemon.serve(arguments, in: first.workspace)
            try await second.stop()
            second = try await Daemon.serve(arguments, in: second.workspace)
            for replica in [first, second] {
                #expect(try await counts(new, at: replica))
                #expect(try await !counts(old, at: replica))
            }
        }

        /// Certificates of the control plane's own making, and etcd's own users.
        @Test func etcdIsReachedOverTLSAndByPassword() async throws {
            let authority = try await Daemon.serve(["--store", "memory"])
            try await authority.stop()
            func file(_ name: String) -> String { authority.data.appending(path: name).path }
            let etcd = try await EtcdServer(
                tls: .init(
                    ca: file("ca.crt"), server: .init(certificate: file("apiserver.crt"), key: file("apiserver.key")),
                    client: .init(certificate: file("admin.crt"), key: file("admin.key"))))
            for command in [
                ["user", "add", "root:secret"], ["user", "add", "flotilla:hidden"], ["role", "add", "registry"],
                ["role", "grant-permission", "registry", "--prefix=true", "readwrite", "/registry/"],
                ["user", "grant-role", "flotilla", "registry"], ["user", "grant-role", "root", "root"], ["auth", "enable"],
            ] {
                try etcd.control(command)
            }
            func arguments(password: String, _ more: [String]) throws -> [String] {
                try Data((password + "\n").utf8).write(to: URL(filePath: file(password)))
                return [
                    "--store", "etcd", "--etcd-endpoints", etcd.endpoint, "--etcd-user", "flotilla", "--etcd-password-file",
                    file(password),
                ] + more
            }
            let certificate = ["--etcd-certfile", file("admin.crt"), "--etcd-keyfile", file("admin.key")]
            let trust = ["--etcd-cafile", file("ca.crt")]
            let server = try await Daemon.serve(try arguments(password: "hidden", trust + certificate))
            _ = try await server.kubectl("create", "configmap", "kept", "--from-literal=a=b").quiet()
            try await etcd.stop()
            try await etcd.start()
            _ = try await server.kubectl("create", "configmap", "more", "--from-literal=a=b").quiet()
            try await server.stop()
            let again = try await Daemon.serve(try arguments(password: "hidden", trust + certificate))
            let names = try await again.kubectl("get", "configmaps", "-o", "name").output
            #expect(names.contains("configmap/kept") && names.contains("configmap/more"))

            for (wrong, message) in [
                (try arguments(password: "guessed", trust + certificate), "authentication failed"),
                (try arguments(password: "hidden", trust), "etcd"), (try arguments(password: "hidden", certificate), "etcd"),
            ] {
                let refused = try await run(
                    Program.flotillad,
                    ["serve", "--data-dir", try Workspace().url.path, "--listen", "127.0.0.1:0"] + wrong)
                #expect(refused.status == 1)
                #expect(refused.errors.contains(message), "\(refused.errors)")
            }
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
