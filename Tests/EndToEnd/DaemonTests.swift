import Foundation
import Testing

extension EndToEnd {
    /// How `flotillad` starts, refuses to start, and ends.
    @Suite struct DaemonTests {
        @Test func endsCleanlyOnSIGTERM() async throws {
            let server = try await Daemon.serve()
            async let watching = server.kubectl("get", "configmaps", "-w", "--request-timeout=20s")
            try await eventually("kubectl watches") {
                try await server.kubectl("get", "--raw", "/metrics").output.contains("verb=\"WATCH\"")
            }
            let taken = try await server.stop()
            #expect(server.exitStatus == 0)
            #expect(taken < .seconds(5), "an open watch must not hold it up")
            _ = try await watching
        }

        @Test func restartsOnItsData() async throws {
            let workspace = try Workspace()
            let first = try await Daemon.serve(in: workspace)
            _ = try await first.kubectl("create", "configmap", "kept", "--from-literal=a=b").quiet()
            let certificate = try Data(contentsOf: first.data.appending(path: "ca.crt"))
            try await first.stop()

            let second = try await Daemon.serve(in: workspace)
            #expect(try await second.kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.a}").quiet() == "b")
            #expect(try Data(contentsOf: second.data.appending(path: "ca.crt")) == certificate)
        }

        @Test func secretsAreForTheirOwner() async throws {
            let server = try await Daemon.serve(["--store", "memory"])
            for file in try FileManager.default.contentsOfDirectory(atPath: server.data.path)
            where file.hasSuffix(".key") || file.hasSuffix(".kubeconfig") {
                let path = server.data.appending(path: file).path
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(file)")
            }
        }

        @Test func refusesADirectoryInUse() async throws {
            let server = try await Daemon.serve()
            let second = try await run(
                Program.flotillad, ["serve", "--data-dir", server.data.path, "--listen", "127.0.0.1:0"])
            #expect(second.status == 1)
            #expect(second.errors.contains("in use"), "\(second.errors)")
            #expect(second.errors.split(separator: "\n").count == 1, "\(second.errors)")
        }

        @Test func refusesAPortInUse() async throws {
            let server = try await Daemon.serve(["--store", "memory"])
            let address = server.url.replacing("https://", with: "")
            let other = try Workspace()
            let second = try await run(
                Program.flotillad, ["serve", "--data-dir", other.url.path, "--store", "memory", "--listen", address])
            #expect(second.status == 1)
            #expect(second.errors.contains(address), "\(second.errors)")
            #expect(second.errors.split(separator: "\n").count == 1, "\(second.errors)")
        }

        @Test(arguments: [
            (["serve"], "--data-dir"),
            (["serve", "--data-dir", "/nonexistent/x", "--frobnicate"], "--frobnicate"),
            (["serve", "--data-dir", "x", "--store", "paper"], "paper"),
            (["serve", "--data-dir", "x", "--listen", "nowhere"], "HOST:PORT"),
            (["member", "--data-dir", "x"], "--name"),
            (["frobnicate"], "frobnicate"),
        ])
        func wrongUsageIsStatus2(arguments: [String], word: String) async throws {
            let result = try await run(Program.flotillad, arguments)
            #expect(result.status == 2)
            #expect(result.errors.contains(word), "\(result.errors)")
        }

        @Test func unknownUsersGetNothing() async throws {
            let server = try await Daemon.serve(["--store", "memory"])
            let kubectl = try #require(Program.kubectl)
            let stranger = ["--server", server.url, "--insecure-skip-tls-verify", "--kubeconfig", "/dev/null"]
            let anonymous = try await run(kubectl, stranger + ["get", "secrets", "-A", "--username=x", "--password=y"])
            #expect(anonymous.status == 1)
            let token = try await run(kubectl, stranger + ["get", "secrets", "-A", "--token=nonsense"])
            #expect(token.status == 1)
            #expect(token.errors.contains("Unauthorized") || token.errors.contains("logged in"), "\(token.errors)")
        }
    }
}
