import Foundation
import Testing

/// A control plane and simulated members that have joined it.
struct Fleet {
    /// Who works in the members: the control plane, or agents beside them.
    enum Mode: String, CaseIterable { case push, pull }

    private(set) var control: Daemon
    private(set) var members: [Daemon] = []
    /// In Pull mode.
    private(set) var agents: [AgentDaemon] = []
    /// What lies between the control plane and the members that are at a distance, or their agents, by the member's index.
    private(set) var networks: [Int: TCPForwarder] = [:]
    private let flags: [String]
    /// Of the control plane and the agents.
    private let gates: [String]
    /// Pods of different members have different addresses, on which they answer; and those of tests that run beside each other,
    /// too, unless chance has it otherwise.
    private let firstPodNetwork = Int.random(in: 1...240)

    /// - Parameters:
    ///   - flags: the control plane's, beside those for a quick failover.
    ///   - gates: `--feature-gates`, of the agents too.
    ///   - distant: indices of members that the control plane reaches, or whose agents reach it, through a `TCPForwarder`.
    init(
        members count: Int, _ mode: Mode = .push, flags: [String] = [], gates: String = "", distant: Set<Int> = []
    ) async throws {
        self.gates = gates.isEmpty ? [] : ["--feature-gates", gates]
        self.flags = Self.quickProbes + Self.quickFailover + self.gates + flags
        control = try await Daemon.serve(self.flags)
        for index in 0..<count { try await add(mode, isDistant: distant.contains(index)) }
        let control = control
        try await eventually("all clusters are Ready") {
            try await control.kubectl(
                "get", "clusters", "-o", "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"
            ).output.split(separator: " ") == Array(repeating: "True", count: count)
        }
    }

    /// The flags that `scripts/demo.sh` uses too: a dead cluster is noticed within seconds.
    static let quickProbes = [
        "--cluster-status-update-frequency", "1s", "--cluster-failure-threshold", "2s", "--cluster-success-threshold", "2s",
    ]
    private static let quickFailover = [
        "--enable-no-execute-taint-eviction", "--allow-no-execute-taint-policy", "--resource-eviction-rate", "10",
    ]

    /// What the samples are made for: members with room for three replicas of foo.
    private static let size = ["--nodes", "3", "--node-cpu", "1"]

    /// Starts another member and joins it, or starts an agent that does.
    mutating func add(_ mode: Mode = .push, isDistant: Bool = false) async throws {
        let index = members.count
        let name = "member\(index + 1)"
        let member = try await Daemon.member(name, Self.size + podFlags(index))
        members.append(member)
        switch mode {
        case .push:
            let kubeconfig = isDistant ? try distance(member, from: member, index) : member.kubeconfig
            let joined = try await control.flotilla("join", name, "--cluster-kubeconfig", kubeconfig)
            #expect(joined.status == 0, "\(joined.errors)")
        case .pull:
            let kubeconfig = isDistant ? try distance(control, from: member, index) : control.kubeconfig
            agents.append(try await AgentDaemon(name, controlPlane: kubeconfig, member: member, Self.quickProbes + gates))
        }
    }

    private func podFlags(_ index: Int) -> [String] {
        ["--serve-pods", "--pod-network", "10.\(firstPodNetwork + index).0.0"]
    }

    /// Puts a network before a server, for the member of this index.
    /// - Returns: the path of a kubeconfig that leads through it.
    private mutating func distance(_ server: Daemon, from member: Daemon, _ index: Int) throws -> String {
        let network = try TCPForwarder(to: try #require(server.url.split(separator: ":").last.flatMap { UInt16($0) }))
        networks[index] = network
        let path = member.workspace.url.appending(path: "distant.kubeconfig").path
        try String(contentsOfFile: server.kubeconfig, encoding: .utf8)
            .replacing(server.url, with: "https://127.0.0.1:\(network.port)")
            .write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Starts a member again that was stopped, on its port and its data.
    mutating func restart(member index: Int) async throws {
        let old = members[index]
        members[index] = try await Daemon(
            "member", ["--name", "member\(index + 1)"] + Self.size + podFlags(index), in: old.workspace,
            listen: old.url.replacing("https://", with: ""))
    }

    /// Starts the control plane again after it was stopped, on its port and its data.
    mutating func restartControlPlane() async throws {
        control = try await Daemon("serve", flags, in: control.workspace, listen: control.url.replacing("https://", with: ""))
    }

    /// The manifests of a sample, as a path.
    func sample(_ name: String) -> String { Program.repository.appending(path: "samples/\(name)").path }

    /// Ready replicas of a Deployment, by member; 0 where the member is down or has none.
    func ready(_ deployment: String) async throws -> [Int] {
        var ready: [Int] = []
        for member in members {
            let answer = try await member.kubectl(
                "get", "deployment", deployment, "-o", "jsonpath={.status.readyReplicas}", "--request-timeout=2s")
            ready.append(Int(answer.output) ?? 0)
        }
        return ready
    }
}
