import Foundation
import Testing

extension EndToEnd {
    /// One application across three clusters: the samples, with the ordinary `kubectl`.
    @Suite struct PropagationTests {
        @Test(arguments: Fleet.Mode.allCases)
        func samplesPropagateAndFailOver(mode: Fleet.Mode) async throws {
            let fleet = try await Fleet(members: 3, mode, distant: [0])
            try await nginx(on: fleet)
            try await foo(on: fleet)
        }

        /// Static weights 1:1 over two clusters, and a label for one of them only.
        private func nginx(on fleet: Fleet) async throws {
            let control = fleet.control
            _ = try await control.kubectl("apply", "-f", fleet.sample("nginx")).quiet()
            try await eventually("nginx is ready everywhere") {
                try await fleet.ready("nginx") == [1, 1, 0]
            }
            try await eventually("its status is back at the template") {
                try await control.kubectl("get", "deployment", "nginx", "-o", "jsonpath={.status.readyReplicas}").output == "2"
            }
            let labels = try await fleet.members[1].kubectl("get", "deployment", "nginx", "-o", "jsonpath={.metadata.labels}").quiet()
            #expect(labels.contains("\"env\":"), "\(labels)")
            let others = try await fleet.members[0].kubectl("get", "deployment", "nginx", "-o", "jsonpath={.metadata.labels}").quiet()
            #expect(!others.contains("\"env\":"), "\(others)")

            if let agent = fleet.agents.first { try await restart(agent, of: fleet) }
            try await partition(fleet)

            // Scaling the template scales the members; what drifts in a member comes back.
            _ = try await control.kubectl("scale", "deployment/nginx", "--replicas=6").quiet()
            try await eventually("six replicas") { try await fleet.ready("nginx") == [3, 3, 0] }
            _ = try await fleet.members[0].kubectl("scale", "deployment/nginx", "--replicas=1").quiet()
            try await eventually("the member's drift is corrected") { try await fleet.ready("nginx") == [3, 3, 0] }

            _ = try await control.kubectl("delete", "deployment", "nginx").quiet()
            try await eventually("nginx is gone from the members") {
                for member in fleet.members
                where try await member.kubectl("get", "deployments,pods", "-o", "name", "--ignore-not-found").output != "" {
                    return false
                }
                return try await control.kubectl("get", "resourcebindings,works", "-A", "-o", "name").output
                    .split(separator: "\n").filter { $0.contains("nginx") }.isEmpty
            }
        }

        /// What happens while an agent is dead, or its control plane, is made good.
        private func restart(_ agent: AgentDaemon, of fleet: Fleet) async throws {
            try await agent.stop(SIGKILL)
            _ = try await fleet.control.kubectl("scale", "deployment/nginx", "--replicas=4").quiet()
            try await eventually("the other agent goes on") { try await fleet.ready("nginx") == [1, 2, 0] }
            try await agent.start()
            try await eventually("the agent catches up") { try await fleet.ready("nginx") == [2, 2, 0] }

            fleet.control.process.send(SIGSTOP)
            defer { fleet.control.process.send(SIGCONT) }
            _ = try await fleet.members[0].kubectl("scale", "deployment/nginx", "--replicas=1").quiet()
            try await eventually("the agent keeps what it saw last") { try await fleet.ready("nginx") == [2, 2, 0] }
        }

        /// What happens while nothing gets through between the control plane and member1, or its agent, is made good; a network
        /// that is slow only costs time.
        private func partition(_ fleet: Fleet) async throws {
            let network = try #require(fleet.networks[0])
            _ = try await fleet.control.kubectl("scale", "deployment/nginx", "--replicas=2").quiet()
            try await eventually("two replicas") { try await fleet.ready("nginx") == [1, 1, 0] }
            network.set(.cut)
            _ = try await fleet.control.kubectl("scale", "deployment/nginx", "--replicas=4").quiet()
            try await eventually("the other cluster goes on") { try await fleet.ready("nginx") == [1, 2, 0] }
            network.set(.open)
            try await eventually("the cluster catches up", within: .seconds(60)) { try await fleet.ready("nginx") == [2, 2, 0] }
            network.set(.slow(.milliseconds(200)))
            _ = try await fleet.control.kubectl("scale", "deployment/nginx", "--replicas=2").quiet()
            try await eventually("a slow network is enough", within: .seconds(60)) {
                try await fleet.ready("nginx") == [1, 1, 0]
            }
            network.set(.open)
        }

        /// Two of three clusters carry the replicas; when one of them dies, the third takes over.
        private func foo(on fleet: Fleet) async throws {
            _ = try await fleet.control.kubectl("apply", "-f", fleet.sample("foo")).quiet()
            try await eventually("foo is ready on two clusters") { try await fleet.ready("foo") == [3, 3, 0] }
            try await fleet.members[0].stop(SIGKILL)
            try await eventually("foo is ready without member1", within: .seconds(60)) {
                let ready = try await fleet.ready("foo")
                #expect(ready[1] >= 3, "the healthy cluster keeps its replicas")
                return ready[1] + ready[2] == 6
            }
            try await eventually("the cluster says so") {
                try await fleet.control.kubectl(
                    "get", "cluster", "member1", "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
                ).output != "True"
            }
        }
    }
}
