import EtcdServer
import Foundation
import Testing

extension EndToEnd {
    /// What was acknowledged survives `kill -9`, and watchers go on where they were: rounds of eight writers and a kill at a moment of
    /// its own each. `scripts/crash-test.sh` runs more rounds.
    @Suite struct DurabilityTests {
        private static let rounds = setting("FLOTILLA_CRASH_ROUNDS", 8)
        /// At least so many are acknowledged before the daemon is killed.
        private static let writesPerRound = 20
        private static let outage = setting("FLOTILLA_OUTAGE_SECONDS", 3)

        private static func setting(_ name: String, _ standard: Int) -> Int {
            ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? standard
        }

        @Test func killedWithSQLite() async throws {
            try await crash(arguments: []) { _ in }
        }

        /// Every third time etcd is killed, too.
        @Test(.enabled(if: EtcdServer.program != nil, "etcd is not installed"))
        func killedWithEtcd() async throws {
            let etcd = try await EtcdServer()
            try await crash(arguments: ["--store", "etcd", "--etcd-endpoints", etcd.endpoint, "--leader-elect", "false"]) { round in
                guard round % 3 == 0 else { return }
                try await etcd.stop()
                try await etcd.start()
            }
        }

        private func crash(arguments: [String], _ alsoKilled: (_ round: Int) async throws -> Void) async throws {
            let workspace = try Workspace()
            let crowd = Crowd()
            for round in 1...Self.rounds {
                let server = try await Daemon.serve(arguments, in: workspace)
                try await crowd.check(server)
                let before = crowd.acknowledged
                try await crowd.work(on: server, round: round) {
                    try await eventually("writes are taken") { crowd.acknowledged >= before + Self.writesPerRound }
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...400)))
                    try await server.stop(SIGKILL)
                }
                try await alsoKilled(round)
                #expect(crowd.faults == [])
            }
            let server = try await Daemon.serve(arguments, in: workspace)
            try await crowd.check(server)
            #expect(crowd.faults == [])
            print("crash test: \(Self.rounds) rounds, \(crowd.acknowledged) acknowledged writes")
        }

        enum Outage: CaseIterable {
            /// Connections break, and new ones are refused.
            case killed
            /// Connections stay, and nobody answers.
            case stopped

            func begin(_ etcd: EtcdServer) async throws {
                if self == .killed { try await etcd.stop() } else { etcd.pause(true) }
            }

            func end(_ etcd: EtcdServer) async throws {
                if self == .killed { try await etcd.start() } else { etcd.pause(false) }
            }
        }

        @Test(.enabled(if: EtcdServer.program != nil, "etcd is not installed"), arguments: Outage.allCases)
        func etcdIsAwayUnderLoad(_ outage: Outage) async throws {
            let etcd = try await EtcdServer()
            let server = try await Daemon.serve(["--store", "etcd", "--etcd-endpoints", etcd.endpoint, "--leader-elect", "false"])
            let crowd = Crowd()
            try await crowd.work(on: server, round: 1, endures: true) {
                try await Task.sleep(for: .milliseconds(500))
                let before = crowd.acknowledged
                #expect(before > 0)
                try await outage.begin(etcd)
                let end = ContinuousClock.now + .seconds(Self.outage)
                while ContinuousClock.now < end {
                    let answer = try await server.kubectl("get", "configmaps", "-o", "name", "--request-timeout=5s")
                    #expect(answer.status == 0, "\(answer.errors)")
                    #expect(answer.output.contains("configmap/r1-"))
                }
                try await outage.end(etcd)
                try await eventually("writes are taken again") { crowd.acknowledged > before + 20 }
            }
            try await crowd.check(server)
            #expect(crowd.faults == [])
            print(
                """
                etcd was away (\(outage)) for \(Self.outage) s: \(crowd.acknowledged) writes acknowledged, \
                \(crowd.failedWrites) failed, the longest took \(crowd.longestWrite)
                """)
        }

        @Test func backedUpAndRestored() async throws {
            let server = try await Daemon.serve()
            #expect(try await server.kubectl("create", "configmap", "kept").status == 0)
            let file = server.workspace.url.appending(path: "saved.db").path
            let saved = try await run(Program.flotillad, ["backup", "--data-dir", server.data.path, file])
            #expect(saved.status == 0, "\(saved.errors)")
            #expect(try await run(Program.flotillad, ["backup", "--data-dir", server.data.path, file]).status == 1)
            #expect(try await server.kubectl("create", "configmap", "lost").status == 0)
            let refused = try await run(Program.flotillad, ["restore", "--data-dir", server.data.path, file])
            #expect(refused.status == 1)
            #expect(refused.errors.contains("--force"))
            let used = try await run(Program.flotillad, ["restore", "--force", "--data-dir", server.data.path, file])
            #expect(used.status == 1)
            #expect(used.errors.contains("in use by another process"))
            try await server.stop()
            let restored = try await run(Program.flotillad, ["restore", "--force", "--data-dir", server.data.path, file])
            #expect(restored.status == 0, "\(restored.errors)")
            let again = try await Daemon.serve(in: server.workspace)
            let names = try await again.kubectl("get", "configmaps", "-o", "name").output
            #expect(names.contains("configmap/kept"))
            #expect(!names.contains("configmap/lost"))
        }

        /// Only administrators get everything there is.
        @Test func backupsAreForAdministrators() async throws {
            let server = try await Daemon.serve()
            let answer = try await server.kubectl("get", "--raw", "/flotilla/backup", "--as", "somebody")
            #expect(answer.status == 1)
            #expect(answer.errors.contains("Forbidden") || answer.errors.contains("forbidden"), "\(answer.errors)")
        }
    }
}
