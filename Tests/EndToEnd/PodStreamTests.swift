import Client
import Foundation
import Logging
import Testing

extension EndToEnd {
    /// Into the pods of a member, through the control plane.
    @Suite struct PodStreamTests {
        /// A control plane, a member whose pods answer, and the way through the one into the other.
        private struct Site {
            let control: Daemon
            let member: Daemon
            let pod: String

            init() async throws {
                control = try await Daemon.serve(["--store", "memory", "--log-level", "trace"] + Fleet.quickProbes)
                member = try await Daemon.member(
                    "member1", ["--store", "memory", "--nodes", "2", "--serve-pods", "--pod-network", "10.87.0.0"])
                let joined = try await control.flotilla("join", "member1", "--cluster-kubeconfig", member.kubeconfig)
                #expect(joined.status == 0, "\(joined.errors)")
                _ = try await member.kubectl(
                    "create", "deployment", "web", "--image=web", "--port=8080"
                ).quiet()
                _ = try await member.kubectl(
                    "set", "resources", "deployment/web", "--requests=cpu=250m,memory=64Mi"
                ).quiet()
                _ = try await member.kubectl("rollout", "status", "deployment/web", "--timeout=30s")
                let member = member
                let found = Box("")
                try await eventually("one pod runs") {
                    let pods = try await member.kubectl("get", "pods", "--field-selector=status.phase=Running", "-o", "name")
                        .output.split(separator: "\n")
                    found.value = pods.first.map(String.init) ?? ""
                    return pods.count == 1
                }
                pod = found.value
                let control = control
                try await eventually("the administrator may be impersonated") {
                    try await control.kubectl("get", "--raw", Self.proxy + "/api/v1/nodes").status == 0
                }
            }

            static let proxy = "/apis/cluster.karmada.io/v1alpha1/clusters/member1/proxy"

            func kubectl(
                _ arguments: String..., input: String? = nil, environment: [String: String] = [:],
                through proxy: String = Self.proxy
            ) async throws -> CommandResult {
                let kubectl = try #require(Program.kubectl)
                return try await run(
                    kubectl, ["--kubeconfig", control.kubeconfig, "--server", control.url + proxy] + arguments, input: input,
                    environment: environment.merging(["HOME": control.workspace.url.path]) { $1 })
            }

            var name: String { String(pod.split(separator: "/").last ?? "") }
        }

        @Test func commandsRunAndPortsAreForwarded() async throws {
            let site = try await Site()
            try await kubectlExecutes(site)
            try await flotillaExecutes(site)
            for webSockets in ["true", "false"] { try await portsAreForwarded(site, webSockets: webSockets) }
            try await usage(site)
            try await allClusters(site)
            try await onlyThoseMayWhoAreAllowed(site)
            try await secretsStaySecret(site)
        }

        /// Whatever was said to the member, and however much is logged, no credential is.
        private func secretsStaySecret(_ site: Site) async throws {
            let log = try site.control.logText()
            for name in ["member1", "member1-impersonator"] {
                let encoded = try await site.control.kubectl(
                    "get", "secret", name, "-n", "karmada-cluster", "-o", "jsonpath={.data.token}").quiet()
                let token = String(decoding: try #require(Data(base64Encoded: encoded)), as: UTF8.self)
                #expect(token.count > 100)
                #expect(!log.contains(encoded) && !log.contains(token), "the token of \(name) is in the log")
                // The part that no other token has.
                #expect(!log.contains(token.split(separator: ".").last ?? ""), "the token of \(name) is in the log")
            }
        }

        private func kubectlExecutes(_ site: Site) async throws {
            #expect(try await site.kubectl("exec", site.pod, "--", "echo", "a", "b").quiet() == "a b\n")
            let failed = try await site.kubectl("exec", site.pod, "--", "sh", "-c", "echo out; echo bad >&2; exit 3")
            #expect(failed.status == 3)
            #expect(failed.output == "out\n")
            #expect(failed.errors.hasPrefix("bad\n"))
            // More than any buffer on the way holds.
            let much = String(repeating: "0123456789abcdef\n", count: 60_000)
            let echoed = try await site.kubectl("exec", "-i", site.pod, "--", "cat", input: much)
            #expect(echoed.status == 0, "\(echoed.errors)")
            #expect(echoed.output == much, "\(echoed.output.count) of \(much.count) bytes")
            let begun = ContinuousClock.now
            #expect(try await site.kubectl("exec", site.pod, "--", "sleep", "1").quiet() == "")
            #expect(ContinuousClock.now - begun >= .seconds(1))
            let unknown = try await site.kubectl("exec", "nobody", "--", "true")
            #expect(unknown.errors.contains("pods \"nobody\" not found"), "\(unknown.errors)")
            let wrong = try await site.kubectl("exec", site.pod, "-c", "other", "--", "true")
            #expect(wrong.errors.contains("container other is not valid"), "\(wrong.errors)")
        }

        private func flotillaExecutes(_ site: Site) async throws {
            func flotilla(_ arguments: String..., input: String? = nil) async throws -> CommandResult {
                try await run(
                    Program.flotilla, ["exec", "--kubeconfig", site.control.kubeconfig, "--cluster", "member1"] + arguments,
                    input: input)
            }
            #expect(try await flotilla(site.name, "--", "hostname").quiet() == site.name + "\n")
            #expect(try await flotilla("deployment/web", "-i", "--", "cat", input: "typed\n").quiet() == "typed\n")
            let failed = try await flotilla(site.pod, "--", "sh", "-c", "echo bad >&2; exit 4")
            #expect(failed.status == 4)
            #expect(failed.errors == "bad\ncommand terminated with exit code 4\n")
            let quiet = try await flotilla(site.pod, "-q", "--", "false")
            #expect(quiet.status == 1 && quiet.errors == "", "\(quiet.errors)")
            let unknown = try await flotilla("nobody", "--", "true")
            #expect(unknown.status == 1 && unknown.errors == "error: pods \"nobody\" not found\n", "\(unknown.errors)")
            #expect(try await flotilla(site.name).status == 2)
        }

        /// Over a WebSocket as kubectl does, and over SPDY as older ones do.
        private func portsAreForwarded(_ site: Site, webSockets: String) async throws {
            let kubectl = try #require(Program.kubectl)
            let output = try site.control.workspace.file("forward-\(webSockets)")
            let process = Process()
            process.executableURL = kubectl
            process.arguments = [
                "--kubeconfig", site.control.kubeconfig, "--server", site.control.url + Site.proxy, "port-forward", site.pod,
                ":8080", "--address", "127.0.0.1",
            ]
            process.environment = ProcessInfo.processInfo.environment.merging(
                ["HOME": site.control.workspace.url.path, "KUBECTL_PORT_FORWARD_WEBSOCKETS": webSockets]) { $1 }
            process.standardOutput = output.handle
            process.standardError = output.handle
            process.standardInput = FileHandle.nullDevice
            try process.run()
            defer { process.terminate() }
            let port = Box("")
            try await eventually("kubectl listens") {
                // "Forwarding from 127.0.0.1:40123 -> 8080"
                port.value = try output.text().split(separator: " ").dropFirst(2).first.map(String.init) ?? ""
                return port.value.hasPrefix("127.0.0.1:")
            }
            let client = try HTTPObjectClient(
                ClientConfiguration(server: "http://\(port.value)"),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            for _ in 0..<3 {
                let answer = try await client.request(HTTPCall("GET", "/"))
                #expect(String(decoding: answer.body, as: UTF8.self) == site.name + "\n")
            }
            await client.shutdown()
        }

        private func usage(_ site: Site) async throws {
            let pods = try await site.control.flotilla("top", "pods", "--all-clusters").quiet().split(separator: "\n")
            #expect(pods.first?.split(separator: " ") == ["NAME", "CLUSTER", "CPU(cores)", "MEMORY(bytes)"])
            #expect(pods.dropFirst().map { $0.split(separator: " ") } == [[Substring(site.name), "member1", "250m", "64Mi"]])
            let containers = try await site.control.flotilla("top", "pod", "-C", "member1", "--containers", "-A", "--no-headers")
            #expect(containers.quiet().split(separator: " ").prefix(4) == ["default", Substring(site.name), "web", "member1"])
            let nodes = try await site.control.flotilla("top", "nodes", "-C", "member1", "--sort-by", "cpu").quiet()
                .split(separator: "\n").map { $0.split(separator: " ") }
            #expect(nodes.first == ["NAME", "CLUSTER", "CPU(cores)", "CPU%", "MEMORY(bytes)", "MEMORY%"])
            #expect(nodes.count == 3 && nodes[1][1...].elementsEqual(["member1", "250m", "1%", "64Mi", "0%"]), "\(nodes)")
            let kubectl = try await site.kubectl("top", "nodes")
            #expect(kubectl.quiet().contains("250m"))
            let unknown = try await site.control.flotilla("top", "pods", "-C", "nowhere")
            #expect(unknown.status == 1 && unknown.errors.contains("\"nowhere\" not found"), "\(unknown.errors)")
        }

        private func allClusters(_ site: Site) async throws {
            let all = "/apis/cluster.karmada.io/v1alpha1/clusters/*/proxy"
            let pods = try await site.kubectl("get", "pods", "-o", "name", through: all)
            #expect(pods.quiet() == site.pod + "\n")
            #expect(try await site.kubectl("logs", site.pod, through: all).quiet().contains("a simulated container"))
            #expect(try await site.kubectl("exec", site.pod, "--", "hostname", through: all).quiet() == site.name + "\n")
            let unknown = try await site.kubectl("get", "pod", "nobody", through: all)
            #expect(unknown.errors.contains("pods \"nobody\" not found"), "\(unknown.errors)")
            let made = try await site.kubectl("create", "configmap", "made", through: all)
            #expect(made.status != 0, "nobody knows in which cluster")
        }

        /// A conversation needs the right to the proxy in the control plane, and to the pod in the member.
        private func onlyThoseMayWhoAreAllowed(_ site: Site) async throws {
            let control = site.control
            _ = try await control.kubectl("create", "serviceaccount", "tom").quiet()
            let token = try await control.kubectl("create", "token", "tom").quiet()
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let program = try #require(Program.kubectl)
            func asTom() async throws -> CommandResult {
                try await run(
                    program,
                    [
                        "--kubeconfig", "/dev/null", "--server", control.url + Site.proxy, "--insecure-skip-tls-verify",
                        "--token", token, "exec", site.name, "--", "hostname",
                    ], environment: ["HOME": control.workspace.url.path])
            }
            let stranger = try await asTom()
            #expect(stranger.status != 0 && stranger.errors.contains("orbidden"), "\(stranger.errors)")
            _ = try await control.kubectl("apply", "-f", "-", input: Manifest.proxyRights("tom", in: "member1")).quiet()
            try await eventually("tom is somebody in the member, without rights there") {
                try await asTom().errors.contains("User \"system:serviceaccount:default:tom\" cannot")
            }
            // To execute, and to see the pod, which kubectl looks at first.
            _ = try await site.member.kubectl(
                "create", "clusterrole", "talk", "--verb=get,create", "--resource=pods/exec", "--resource=pods"
            ).quiet()
            _ = try await site.member.kubectl(
                "create", "clusterrolebinding", "talk", "--clusterrole=talk", "--user=system:serviceaccount:default:tom"
            ).quiet()
            try await eventually("tom may execute") { try await asTom().output == site.name + "\n" }
        }
    }
}
