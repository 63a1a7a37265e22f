import Foundation
import Testing

extension EndToEnd {
    /// Clusters fail; the service does not. A sampler reads the ready replicas through each of these.
    @Suite struct FailoverTests {
        @Test func aMemberIsKilledInEachDivisionMode() async throws {
            var fleet = try await Fleet(members: 3)
            try await fleet.apply(Scenario.taintPolicy)
            for application in [
                // Not more than three of a cluster's replicas find room there.
                Scenario.Application(
                    replicas: 3,
                    placement: """
                        {spreadConstraints: [{spreadByField: cluster, minGroups: 2, maxGroups: 2}],
                         replicaScheduling: {replicaSchedulingType: Duplicated}}
                        """),
                Scenario.Application(
                    placement: "{replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted}}"),
                Scenario.Application(placement: Scenario.twoByRoom),
                Scenario.Application(
                    placement: "{replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Aggregated}}"),
            ] {
                try await killAMember(of: &fleet, under: application)
            }
        }

        private func killAMember(of fleet: inout Fleet, under application: Scenario.Application) async throws {
            let name = application.name
            try await fleet.apply(application.manifests)
            let before = try await fleet.settle(name, total: 6)
            let victim = try #require(before.firstIndex { $0 > 0 })
            let survivors = fleet.members.indices.filter { $0 != victim }
            let running = fleet
            let report = try await ReplicaSampler(name, full: 6, in: fleet.members).sample {
                try await running.members[victim].stop(SIGKILL)
                _ = try await running.settle(name, total: 6, in: survivors)
            }
            print("killed with \(before): \(report)")
            #expect(report.minimum >= 6 - before[victim], "what runs elsewhere goes on running")
            try await eventually("the eviction is over") { try await running.evictions(of: name).isEmpty }
            let clusters = try await fleet.clusters(of: name)
            let after = try await fleet.settle(name, total: 6, in: survivors)

            try await fleet.restart(member: victim)
            let restarted = fleet
            try await eventually("the member is back, and empty") {
                guard try await restarted.isReady(member: victim) else { return false }
                return try await restarted.members[victim].kubectl("get", "deployments,pods", "-o", "name").output.isEmpty
            }
            #expect(try await fleet.clusters(of: name) == clusters, "there is no second move")
            #expect(try await fleet.ready(name) == after)
            try await fleet.remove(name)
        }

        @Test func theNetworkIsSlowThenFlapsThenIsCut() async throws {
            let fleet = try await Fleet(members: 3, distant: [0])
            let network = try #require(fleet.networks[0])
            try await fleet.apply(Scenario.taintPolicy)
            try await fleet.apply(Scenario.Application(placement: Scenario.twoByRoom).manifests)
            #expect(try await fleet.settle("foo", total: 6) == [3, 3, 0])
            let clusters = try await fleet.clusters(of: "foo")

            let trouble = try await ReplicaSampler("foo", full: 6, in: fleet.members).sample {
                network.set(.slow(.milliseconds(200)))
                try await Task.sleep(for: .seconds(4))
                // Shorter than the threshold for failures, again and again.
                for _ in 1...3 {
                    network.set(.cut)
                    try await Task.sleep(for: .milliseconds(700))
                    network.set(.open)
                    try await Task.sleep(for: .milliseconds(1500))
                }
            }
            print("slow and flapping: \(trouble)")
            #expect(trouble.minimum == 6 && trouble.moves == 0)
            #expect(try await fleet.clusters(of: "foo") == clusters)

            let cut = try await ReplicaSampler("foo", full: 6, in: fleet.members).sample {
                network.set(.cut)
                try await eventually("six replicas within reach", within: .seconds(90)) {
                    let ready = try await fleet.ready("foo")
                    return ready[1] + ready[2] == 6
                }
                #expect(try await fleet.ready("foo")[0] == 3, "nobody can stop what is out of reach")
                network.set(.open)
                try await eventually("the cluster is emptied when it is back", within: .seconds(90)) {
                    try await fleet.ready("foo") == [0, 3, 3]
                }
            }
            print("cut off and back: \(cut)")
            #expect(cut.minimum == 6 && cut.moves == 1)
        }

        @Test func anApplicationFailsThenAClusterIsEmptiedWhileTheControlPlaneDies() async throws {
            var fleet = try await Fleet(members: 3, flags: ["--feature-gates", "Failover=true"])
            try await fleet.apply(
                Scenario.Application(
                    placement: Scenario.twoByRoom,
                    policy: """
                        propagateDeps: true
                          failover:
                            application:
                              {decisionConditions: {tolerationSeconds: 2}, purgeMode: Gracefully, gracePeriodSeconds: 300}
                        """
                ).manifests)
            #expect(try await fleet.settle("foo", total: 6) == [3, 3, 0])
            let first = fleet
            let unhealthy = try await ReplicaSampler("foo", full: 6, in: fleet.members).sample {
                _ = try await first.members[0].kubectl(
                    "annotate", "pods", "-l", "app=foo", "simulation.flotilla.dev/unready=true").quiet()
                try await eventually("the application left the cluster where it fails", within: .seconds(90)) {
                    try await first.ready("foo") == [0, 3, 3]
                }
            }
            print("unhealthy in one cluster: \(unhealthy)")
            #expect(unhealthy.minimum >= 3 && unhealthy.moves == 1)
            try await eventually("the eviction is over") { try await first.evictions(of: "foo").isEmpty }
            #expect(try await first.members[0].kubectl("get", "deployments,pods", "-o", "name").quiet() == "")

            // By what it knew before, member1 is full and member3 is empty.
            try await fleet.awaitAllocated([0, 3, 3])

            let sampler = try ReplicaSampler("foo", full: 6, in: fleet.members)
            let running = Box(fleet)
            let drained = try await sampler.sample {
                try await running.value.taint(member: 1)
                try await eventually("the eviction began") {
                    try await !running.value.clusters(of: "foo").contains("member2")
                }
                try await running.value.control.stop(SIGKILL)
                try await running.value.restartControlPlane()
                let after = running.value
                try await eventually("the tainted cluster is empty", within: .seconds(90)) {
                    try await after.ready("foo") == [3, 0, 3]
                }
            }
            fleet = running.value
            print("emptied while the control plane dies: \(drained)")
            #expect(drained.minimum == 6 && drained.moves == 1)
            let final = fleet
            try await eventually("the eviction is over") { try await final.evictions(of: "foo").isEmpty }
        }

        @Test func twoClustersDieAtOnce() async throws {
            let fleet = try await Fleet(members: 4)
            try await fleet.apply(Scenario.taintPolicy)
            try await fleet.apply(
                Scenario.Application(
                    replicas: 8, cpu: "500m",
                    placement: "{replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted}}"
                ).manifests)
            #expect(try await fleet.settle("foo", total: 8) == [2, 2, 2, 2])
            let report = try await ReplicaSampler("foo", full: 8, in: fleet.members).sample {
                for member in fleet.members[..<2] { kill(member.processIdentifier, SIGKILL) }
                try await eventually("the others carry on", within: .seconds(90)) {
                    try await fleet.ready("foo") == [0, 0, 4, 4]
                }
            }
            print("two of four killed: \(report)")
            #expect(report.minimum >= 4)
        }

        @Test func withoutRoomItStaysUntilRoomAppears() async throws {
            var fleet = try await Fleet(members: 2)
            try await fleet.apply(
                Scenario.Application(
                    placement: "{replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Aggregated}}"
                ).manifests)
            #expect(try await fleet.settle("foo", total: 6) == [3, 3])
            let full = fleet
            try await full.awaitAllocated([3, 3])
            let stay = try await ReplicaSampler("foo", full: 6, in: fleet.members).sample {
                try await full.taint(member: 0)
                try await eventually("it says why it cannot move") {
                    let condition = try await full.control.kubectl(
                        "get", "resourcebinding", "foo-deployment", "-o",
                        "jsonpath={.status.conditions[?(@.type=='Scheduled')].status} "
                            + "{.status.conditions[?(@.type=='Scheduled')].message}"
                    ).output
                    return condition.hasPrefix("False ") && condition.count > "False ".count
                }
                // A few more rounds of the controllers.
                try await Task.sleep(for: .seconds(2))
            }
            print("no room anywhere: \(stay)")
            #expect(stay.minimum == 6)
            #expect(try await fleet.ready("foo") == [3, 3])

            try await fleet.add()
            let grown = fleet
            let move = try await ReplicaSampler("foo", full: 6, in: fleet.members).sample {
                try await eventually("it moves when there is room", within: .seconds(90)) {
                    try await grown.ready("foo") == [0, 3, 3]
                }
            }
            print("room appears: \(move)")
            #expect(move.minimum == 6)
        }
    }
}
