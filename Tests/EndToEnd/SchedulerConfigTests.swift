import Foundation
import Testing

extension EndToEnd {
    /// `flotillad serve --scheduler-config`: what it starts with, and what it follows.
    @Suite struct SchedulerConfigTests {
        private static let header = """
            apiVersion: scheduling.flotilla.dev/v1alpha1
            kind: SchedulerConfiguration
            profiles:
            - schedulerName: default-scheduler

            """
        private static let thrifty = header + """
              plugins:
                score: [{name: CostAware, arguments: {label: price}}]

            """

        private func cluster(_ name: String, price: Int) -> String {
            """
            apiVersion: cluster.karmada.io/v1alpha1
            kind: Cluster
            metadata: {name: \(name), labels: {price: "\(price)"}}
            spec: {syncMode: Pull}
            ---

            """
        }

        /// A binding as the detector writes it, for a workload that is not there: only the scheduler looks at it.
        private func binding(_ name: String) -> String {
            """
            apiVersion: work.karmada.io/v1alpha2
            kind: ResourceBinding
            metadata: {name: \(name), namespace: default}
            spec:
              resource: {apiVersion: apps/v1, kind: Deployment, namespace: default, name: \(name)}
              replicas: 1
              placement:
                spreadConstraints: [{spreadByField: cluster, minGroups: 1, maxGroups: 1}]
                replicaScheduling: {replicaSchedulingType: Duplicated}
            """
        }

        private func schedule(_ name: String, by server: Daemon) async throws -> String {
            _ = try await server.kubectl("apply", "-f", "-", input: binding(name)).quiet()
            var target = ""
            try await eventually("\(name) is scheduled") {
                target = try await server.kubectl(
                    "get", "resourcebinding", name, "-o", "jsonpath={.spec.clusters[0].name}"
                ).output
                return !target.isEmpty
            }
            return target
        }

        private func events(_ reason: String, of server: Daemon) async throws -> [String] {
            try await server.kubectl(
                "get", "events", "--field-selector", "reason=\(reason)",
                "-o", "jsonpath={range .items[*]}{.message}{\"\\n\"}{end}"
            ).output.split(separator: "\n").map(String.init)
        }

        @Test func profilesAreSwappedInARunningDaemon() async throws {
            let workspace = try Workspace()
            let file = workspace.url.appending(path: "profiles.yaml")
            try Self.header.write(to: file, atomically: true, encoding: .utf8)
            let server = try await Daemon.serve(
                ["--store", "memory", "--controllers", "namespace", "--scheduler-config", file.path], in: workspace)
            let clusters = cluster("a-dear", price: 9) + cluster("b-cheap", price: 1)
            _ = try await server.kubectl("apply", "-f", "-", input: clusters).quiet()
            let enablements = """
                {"status":{"apiEnablements":[{"groupVersion":"apps/v1",
                "resources":[{"name":"deployments","kind":"Deployment"}]}],
                "resourceSummary":{"allocatable":{"cpu":"8","pods":"110"}}}}
                """
            for name in ["a-dear", "b-cheap"] {
                _ = try await server.kubectl(
                    "patch", "cluster", name, "--subresource=status", "--type=merge", "-p", enablements
                ).quiet()
            }
            #expect(try await schedule("before", by: server) == "a-dear")

            try Self.thrifty.write(to: file, atomically: true, encoding: .utf8)
            kill(server.processIdentifier, SIGHUP)
            try await eventually("the new profiles are in force") {
                try await !events("SchedulerConfigurationReloaded", of: server).isEmpty
            }
            #expect(try await schedule("after", by: server) == "b-cheap")

            // A bad file, noticed without a signal, changes nothing.
            let bad = Self.thrifty.replacing("CostAware", with: "CostUnaware")
            try bad.write(to: file, atomically: true, encoding: .utf8)
            try await eventually("the bad file is refused") {
                try await events("SchedulerConfigurationInvalid", of: server).contains {
                    $0.contains("profiles.yaml:6:13: profiles[0].plugins.score[0]: there is no plugin CostUnaware")
                }
            }
            #expect(try await schedule("still", by: server) == "b-cheap")
            #expect(try server.logText().contains("there is no plugin CostUnaware"))
        }

        @Test func aBadFileKeepsTheDaemonFromStarting() async throws {
            let workspace = try Workspace()
            let file = workspace.url.appending(path: "profiles.yaml")
            try (Self.header + "  plugins: {score: [Nobody]}\n").write(to: file, atomically: true, encoding: .utf8)
            let data = workspace.url.appending(path: "data").path
            let result = try await run(
                Program.flotillad,
                ["serve", "--data-dir", data, "--store", "memory", "--listen", "127.0.0.1:0", "--scheduler-config", file.path])
            #expect(result.status == 1)
            #expect(result.errors.contains("profiles.yaml:5:21: profiles[0].plugins.score[0]: there is no plugin Nobody"))
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
    }
}
