import Foundation
import Testing

extension EndToEnd {
    /// An application in one cluster calls a service that runs in another.
    @Suite struct ServiceTests {
        @Test func aServiceIsCalledFromAnotherClusterThroughScalingFailoverAndDeath() async throws {
            let fleet = try await Fleet(members: 3)
            _ = try await fleet.control.kubectl("apply", "-f", fleet.sample("services")).quiet()
            let caller = ServiceCaller(service: "derived-svc-foo", member: fleet.members[1])
            let planned = try await caller.call { report in
                try await eventually("both instances answer") { report().pods.count == 2 }
                _ = try await fleet.control.kubectl("scale", "deployment/foo", "--replicas=3").quiet()
                try await eventually("so does the third") { report().pods.count == 3 }
                _ = try await fleet.control.kubectl("scale", "deployment/foo", "--replicas=1").quiet()
                try await eventually("one endpoint is left") { try await endpoints(in: fleet) == 1 }

                // member3 takes over; what runs in member1 is kept until it is healthy there.
                _ = try await fleet.control.kubectl(
                    "patch", "propagationpolicy", "foo-provider", "--type=merge", "-p",
                    "{\"spec\":{\"placement\":{\"clusterAffinity\":{\"clusterNames\":[\"member1\",\"member3\"]}}}}"
                ).quiet()
                try await eventually("both clusters serve", within: .seconds(60)) { try await endpoints(in: fleet) == 2 }
            }
            print("through scaling and a second cluster: \(planned)")
            #expect(planned.failed == 0)

            try await fleet.apply(Scenario.taintPolicy)
            let crash = try await caller.call { _ in
                try await fleet.members[0].stop(SIGKILL)
                try await eventually("nobody is sent to the dead cluster", within: .seconds(60)) {
                    try await endpoints(in: fleet) == 1
                }
            }
            print("through the death of a cluster: \(crash)")
            // Those under way when it died.
            #expect(crash.failed <= ServiceCaller.threads, "\(crash)")

            try await cleanUp(fleet)
        }

        /// Export, import, policies and service go, in an order that is nobody's favourite; nothing stays behind.
        private func cleanUp(_ fleet: Fleet) async throws {
            for (kind, name) in [
                ("serviceexport", "svc-foo"), ("service", "svc-foo"), ("propagationpolicy", "foo-provider"),
                ("serviceimport", "svc-foo"), ("propagationpolicy", "foo-consumer"), ("deployment", "foo"),
            ] {
                _ = try await fleet.control.kubectl("delete", kind, name).quiet()
            }
            try await eventually("nothing is left in the clusters", within: .seconds(60)) {
                for member in [fleet.members[1], fleet.members[2], fleet.control] {
                    let left = try await member.kubectl(
                        "get", "services,endpointslices,serviceexports,serviceimports,deployments", "-o", "name")
                    let names = left.output.split(separator: "\n").filter { !$0.hasSuffix("/kubernetes") }
                    guard names.isEmpty else { return false }
                }
                return true
            }
        }

        private func endpoints(in fleet: Fleet) async throws -> Int {
            try await fleet.members[1].kubectl(
                "get", "endpointslices", "-l", "kubernetes.io/service-name=derived-svc-foo", "-o",
                "jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}"
            ).output.split(separator: " ").count
        }
    }
}
