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

        /// A cluster is emptied while it is well: its endpoints are called until others are ready.
        @Test func callersDoNotNoticeThatAClusterIsEmptied() async throws {
            let fleet = try await Fleet(members: 3)
            try await fleet.apply(
                String(contentsOfFile: fleet.sample("services/provider.yaml"), encoding: .utf8).replacing(
                    "    clusterAffinity:\n      clusterNames: [member1]",
                    with: "    clusterAffinities: [{affinityName: first, clusterNames: [member1]}, "
                        + "{affinityName: second, clusterNames: [member3]}]"))
            _ = try await fleet.control.kubectl("apply", "-f", fleet.sample("services/consumer.yaml")).quiet()
            let caller = ServiceCaller(service: "derived-svc-foo", member: fleet.members[1])
            let moved = try await caller.call { report in
                try await eventually("both instances answer") { report().pods.count == 2 }
                try await fleet.taint(member: 0)
                try await eventually("two others do", within: .seconds(60)) { report().pods.count == 4 }
                try await eventually("nothing is left in member1", within: .seconds(60)) {
                    try await fleet.members[0].kubectl("get", "deployments,serviceexports", "-o", "name").output == ""
                }
                try await eventually("only the new ones are listed") {
                    try await slices(of: "derived-svc-foo", in: fleet.members[1]).allSatisfy { $0.contains("member3") }
                }
            }
            print("through the emptying of a cluster: \(moved)")
            #expect(moved.failed == 0)
        }

        /// A MultiClusterService has the same name everywhere; an agent collects as the control plane does.
        @Test(arguments: Fleet.Mode.allCases) func servicesAreCalledByTheSameName(_ mode: Fleet.Mode) async throws {
            let fleet = try await Fleet(members: 2, mode, gates: "MultiClusterService=true")
            _ = try await fleet.control.kubectl("apply", "-f", fleet.sample("services")).quiet()
            _ = try await fleet.control.kubectl("apply", "-f", fleet.sample("multiclusterservice")).quiet()
            let exported = try await ServiceCaller(service: "derived-svc-foo", member: fleet.members[1]).call { report in
                try await eventually("both instances answer") { report().pods.count == 2 }
            }
            print("\(mode.rawValue), by ServiceImport: \(exported)")
            #expect(exported.failed == 0)
            let called = try await ServiceCaller(service: "bar", member: fleet.members[1]).call { report in
                try await eventually("both instances answer") { report().pods.count == 2 }
                _ = try await fleet.control.kubectl("scale", "deployment/bar", "--replicas=3").quiet()
                try await eventually("so does the third") { report().pods.count == 3 }
            }
            print("\(mode.rawValue), by MultiClusterService: \(called)")
            #expect(called.failed == 0)
            let wait = try await fleet.control.kubectl(
                "wait", "multiclusterservice/bar", "--for=condition=EndpointSliceDispatched", "--timeout=20s")
            #expect(wait.status == 0, "\(wait.errors)")

            // The Service alone stays, as with a policy that goes.
            _ = try await fleet.control.kubectl("delete", "multiclusterservice", "bar").quiet()
            try await eventually("member2 has no endpoints of member1 any more") {
                try await slices(of: "bar", in: fleet.members[1]).allSatisfy { !$0.contains("member1") }
            }
            #expect(try await fleet.members[1].kubectl("get", "service", "bar", "-o", "name").output == "service/bar\n")
        }

        /// Several namespaces with everything in them lose their parts, and themselves, in orders of chance; a cluster may leave
        /// meanwhile.
        @Test(arguments: [nil, 0, 1]) func nothingStaysWhateverGoesFirst(_ leaving: Int?) async throws {
            let fleet = try await Fleet(members: 3, gates: "MultiClusterService=true")
            let namespaces = (1...6).map { "ns-\($0)" }
            for namespace in namespaces {
                _ = try await fleet.control.kubectl("create", "namespace", namespace).quiet()
                for sample in ["services", "multiclusterservice"] {
                    _ = try await fleet.control.kubectl("apply", "-n", namespace, "-f", fleet.sample(sample)).quiet()
                }
            }
            for namespace in namespaces {
                try await eventually("\(namespace) is complete", within: .seconds(60)) {
                    let imported = try await slices(of: "derived-svc-foo", in: fleet.members[1], namespace)
                    let dispatched = try await slices(of: "bar", in: fleet.members[1], namespace)
                    return !imported.isEmpty && dispatched.contains { $0.contains("member1") }
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for namespace in namespaces { group.addTask { try await Self.remove(namespace, from: fleet.control) } }
                if let leaving {
                    group.addTask {
                        let left = try await fleet.control.flotilla("unjoin", "member\(leaving + 1)")
                        #expect(left.status == 0, "\(left.errors)")
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("no Work is left", within: .seconds(60)) {
                // The roles of users who reach members through the control plane are a matter of their own.
                try await fleet.control.kubectl("get", "works,resourcebindings", "-A", "-o", "name").output
                    .split(separator: "\n").allSatisfy { $0.contains("karmada-impersonator") }
            }
            for cluster in [fleet.control] + fleet.members {
                try await eventually("no namespace is left, and so nothing in one", within: .seconds(60)) {
                    try await !cluster.kubectl("get", "namespaces", "-o", "name").output.contains("ns-")
                }
            }
        }

        private static func remove(_ namespace: String, from control: Daemon) async throws {
            let parts = [
                ["deployment", "foo"], ["deployment", "bar"], ["service", "svc-foo"], ["service", "bar"],
                ["serviceexport", "svc-foo"], ["serviceimport", "svc-foo"], ["multiclusterservice", "bar"],
                ["propagationpolicy", "foo-provider"], ["propagationpolicy", "foo-consumer"], ["propagationpolicy", "bar"],
                ["namespace", namespace],
            ].shuffled()
            print("in \(namespace) go \(parts.map { $0.joined(separator: "/") }.joined(separator: ", "))")
            for part in parts {
                let removed = try await control.kubectl(
                    ["delete", "-n", namespace, "--ignore-not-found", "--wait=false"] + part)
                #expect(removed.status == 0, "\(removed.errors)")
            }
        }

        private func slices(of service: String, in member: Daemon, _ namespace: String = "default") async throws -> [Substring] {
            try await member.kubectl(
                "get", "endpointslices", "-n", namespace, "-l", "kubernetes.io/service-name=\(service)", "-o", "name"
            ).output.split(separator: "\n")
        }

        private func endpoints(in fleet: Fleet) async throws -> Int {
            try await fleet.members[1].kubectl(
                "get", "endpointslices", "-l", "kubernetes.io/service-name=derived-svc-foo", "-o",
                "jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}"
            ).output.split(separator: " ").count
        }
    }
}
