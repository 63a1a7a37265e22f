import Foundation
import Testing

/// A control plane and simulated members that have joined it.
struct Fleet {
    /// Who works in the members: the control plane, or agents beside them.
    enum Mode: String, CaseIterable { case push, pull }

    let control: Daemon
    let members: [Daemon]
    /// In Pull mode.
    let agents: [AgentDaemon]

    init(members count: Int, _ mode: Mode = .push) async throws {
        control = try await Daemon.serve(Self.quickProbes + Self.quickFailover)
        var members: [Daemon] = []
        for index in 1...count { members.append(try await Daemon.member("member\(index)", Self.size)) }
        self.members = members
        var agents: [AgentDaemon] = []
        for (index, member) in members.enumerated() {
            let name = "member\(index + 1)"
            switch mode {
            case .push:
                let joined = try await control.flotilla("join", name, "--cluster-kubeconfig", member.kubeconfig)
                #expect(joined.status == 0, "\(joined.errors)")
            case .pull:
                agents.append(
                    try await AgentDaemon(name, controlPlane: control.kubeconfig, member: member, Self.quickProbes))
            }
        }
        self.agents = agents
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
