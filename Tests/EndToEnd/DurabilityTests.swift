import Client
import Foundation
import Kubernetes
import Logging
import Testing

extension EndToEnd {
    /// What was acknowledged survives `kill -9`.
    @Suite struct DurabilityTests {
        private static let configMaps = GroupVersionResource(group: "", version: "v1", resource: "configmaps")

        @Test func killedUnderAStreamOfCreates() async throws {
            let workspace = try Workspace()
            var acknowledged: [String: String] = [:]  // name: uid
            for round in 1...20 {
                let server = try await Daemon.serve(in: workspace)
                try await expect(acknowledged, in: server)
                acknowledged.merge(try await createUntilKilled(server, round: round)) { $1 }
            }
            let server = try await Daemon.serve(in: workspace)
            try await expect(acknowledged, in: server)
            #expect(acknowledged.count > 200, "the stream was too thin to prove anything")
        }

        private func client(of server: Daemon) throws -> HTTPObjectClient {
            let kubeconfig = try Kubeconfig.load(server.kubeconfig)
            return try HTTPObjectClient(kubeconfig.configuration(context: nil), logger: Logger(label: "test"))
        }

        /// Eight writers create without a pause; at a moment of its own each round, the daemon is killed.
        private func createUntilKilled(_ server: Daemon, round: Int) async throws -> [String: String] {
            let client = try client(of: server)
            let acknowledged = await withTaskGroup(of: [String: String].self) { group in
                for writer in 0..<8 {
                    group.addTask { await Self.createUntilFailure(client, prefix: "r\(round)-w\(writer)") }
                }
                try? await Task.sleep(for: .milliseconds(60 + 37 * round % 190))
                _ = try? await server.stop(SIGKILL)
                return await group.reduce(into: [:]) { $0.merge($1) { $1 } }
            }
            await client.shutdown()
            return acknowledged
        }

        /// - Returns: the uids of the objects that the server acknowledged, by name.
        private static func createUntilFailure(_ client: HTTPObjectClient, prefix: String) async -> [String: String] {
            var acknowledged: [String: String] = [:]
            while true {
                let name = "\(prefix)-\(acknowledged.count)"
                var object = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: name)
                object["data"] = ["payload": .string(String(repeating: "x", count: 256))]
                guard let created = try? await client.create(object, in: configMaps) else { return acknowledged }
                acknowledged[name] = created.uid
            }
        }

        private func expect(_ acknowledged: [String: String], in server: Daemon) async throws {
            let client = try client(of: server)
            let list = try await client.list(Self.configMaps, ListOptions(namespace: "default"))
            let found = Dictionary(list.items.map { ($0.key.name, $0.uid) }) { $1 }
            let lost = acknowledged.filter { found[$0.key] != $0.value }
            #expect(lost.isEmpty, "\(lost.count) of \(acknowledged.count) acknowledged objects are lost")
            await client.shutdown()
        }
    }
}
