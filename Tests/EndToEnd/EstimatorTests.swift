import Foundation
import Testing

extension EndToEnd {
    /// What clusters say of their own room, and what becomes of replicas that find none.
    @Suite struct EstimatorTests {
        private static let deployment = """
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicy
            metadata: {name: web, namespace: default}
            spec:
              resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
              placement:
                replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: STRATEGY}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: default}
            spec:
              replicas: REPLICAS
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  nodeSelector: {NODES}
                  containers: [{name: web, image: nginx, resources: {requests: {cpu: CPU}}}]

            """

        private func web(replicas: Int, strategy: String, cpu: String = "500m", nodes: String = "") -> String {
            Self.deployment.replacing("STRATEGY", with: strategy).replacing("REPLICAS", with: "\(replicas)")
                .replacing("NODES", with: nodes).replacing("CPU", with: cpu)
        }

        private static let dynamic =
            "Weighted, weightPreference: {dynamicWeight: AvailableReplicas}"

        private func clusters(of control: Daemon) async throws -> String {
            try await control.kubectl(
                "get", "resourcebinding", "web-deployment",
                "-o", "jsonpath={range .spec.clusters[*]}{.name}={.replicas} {end}"
            ).output.trimmingCharacters(in: .whitespaces)
        }

        private func readyReplicas(in member: Daemon) async throws -> String {
            try await member.kubectl("get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}").output
        }

        private func members(nodeCPU: Int) async throws -> [Daemon] {
            var members: [Daemon] = []
            for name in ["member1", "member2"] {
                members.append(try await Daemon.member(name, ["--nodes", "2", "--node-cpu", "\(nodeCPU)"]))
            }
            return members
        }

        private func join(_ members: [Daemon], to control: Daemon, nodeCPU: Int) async throws {
            for (index, member) in members.enumerated() {
                let joined = try await control.flotilla(
                    "join", "member\(index + 1)", "--cluster-kubeconfig", member.kubeconfig)
                #expect(joined.status == 0, "\(joined.errors)")
            }
            try await eventually("the clusters' room is known") {
                try await control.kubectl(
                    "get", "clusters", "-o", "jsonpath={.items[*].status.resourceSummary.allocatable.cpu}"
                ).output == "\(2 * nodeCPU) \(2 * nodeCPU)"
            }
        }

        /// What makes scheduler and estimators show certificates to each other: for want of others, those that a member made.
        private func mutualTLS(of member: Daemon) -> (scheduler: [String], estimator: [String]) {
            func file(_ name: String) -> String { member.data.appending(path: name).path }
            return (
                [
                    "--scheduler-estimator-ca-file", file("ca.crt"), "--scheduler-estimator-cert-file", file("admin.crt"),
                    "--scheduler-estimator-key-file", file("admin.key"),
                ],
                [
                    "--grpc-client-ca-file", file("ca.crt"), "--grpc-auth-cert-file", file("apiserver.crt"),
                    "--grpc-auth-key-file", file("apiserver.key"),
                ]
            )
        }

        /// Two nodes of one core each: by the totals four replicas fit each cluster, by its nodes only where the label is.
        @Test(arguments: [false, true]) func placesByTheWordOfTheNodes(isSecured: Bool) async throws {
            let members = try await members(nodeCPU: 1)
            let security = isSecured ? mutualTLS(of: members[0]) : (scheduler: [], estimator: [])
            let control = try await Daemon.serve(
                Fleet.quickProbes + ["--enable-scheduler-estimator", "--scheduler-estimator-timeout", "2s"] + security.scheduler)
            try await join(members, to: control, nodeCPU: 1)
            _ = try await members[1].kubectl("label", "node", "member2-node-1", "disk=ssd").quiet()
            var estimators: [DaemonProcess] = []
            _ = try await control.kubectl("create", "namespace", "karmada-system")
            for (index, member) in members.enumerated() {
                let name = "member\(index + 1)"
                let estimator = try await DaemonProcess(
                    [
                        "estimator", "--cluster-name", name, "--kubeconfig", member.kubeconfig,
                        "--bind-address", "127.0.0.1", "--server-port", "0",
                    ] + security.estimator, in: try Workspace())
                estimators.append(estimator)
                let port = try #require(estimator.ready.split(separator: ":").last)
                let service = """
                    apiVersion: v1
                    kind: Service
                    metadata: {name: karmada-scheduler-estimator-\(name), namespace: karmada-system}
                    spec: {type: ExternalName, externalName: 127.0.0.1, ports: [{port: 10352, targetPort: \(port)}]}
                    """
                _ = try await control.kubectl("apply", "-f", "-", input: service).quiet()
            }

            _ = try await control.kubectl(
                "apply", "-f", "-", input: web(replicas: 3, strategy: "Aggregated", nodes: "disk: ssd")
            ).quiet()
            try await eventually("three are too many for one node") {
                try await control.kubectl(
                    "get", "resourcebinding", "web-deployment",
                    "-o", "jsonpath={.status.conditions[?(@.type=='Scheduled')].message}"
                ).output.contains("Clusters available replicas 2 are not enough to schedule.")
            }
            _ = try await control.kubectl("scale", "deployment/web", "--replicas=2").quiet()
            try await eventually("two go where the node is") { try await clusters(of: control) == "member2=2" }
            try await eventually("and run there") {
                try await readyReplicas(in: members[1]) == "2"
            }
            for estimator in estimators { try await estimator.stop() }
            // Nobody answers any more: what the clusters' status says has to do.
            _ = try await control.kubectl("scale", "deployment/web", "--replicas=3").quiet()
            try await eventually("scheduling goes on") {
                let replicas = try await clusters(of: control).split(separator: " ").map { $0.split(separator: "=") }
                return replicas.reduce(0) { $0 + (Int($1.last ?? "") ?? 0) } == 3
            }
        }

        /// A cluster fills up while an application is there: replicas that lose their place move to where there is room.
        @Test func movesReplicasThatFindNoNode() async throws {
            let control = try await Daemon.serve(
                Fleet.quickProbes + [
                    "--controllers", "*,descheduler", "--descheduling-interval", "1s", "--unschedulable-threshold", "1s",
                ])
            // What is left of nodes of four cores shows in the models of the resources; half a core would count for nothing.
            let members = try await members(nodeCPU: 4)
            try await join(members, to: control, nodeCPU: 4)
            _ = try await control.kubectl("apply", "-f", "-", input: web(replicas: 4, strategy: Self.dynamic, cpu: "1")).quiet()
            try await eventually("half runs in each") {
                for member in members
                where try await readyReplicas(in: member) != "2" {
                    return false
                }
                return true
            }

            // Somebody else's pods take the place of the application's in member1.
            _ = try await members[0].kubectl("cordon", "member1-node-1", "member1-node-2").quiet()
            _ = try await members[0].kubectl("delete", "pods", "-l", "app=web", "--wait=false").quiet()
            for node in ["member1-node-1", "member1-node-2"] {
                let pod = """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: other-\(node), namespace: default}
                    spec:
                      nodeName: \(node)
                      containers: [{name: main, image: busybox, resources: {requests: {cpu: "4"}}}]
                    """
                _ = try await members[0].kubectl("apply", "-f", "-", input: pod).quiet()
            }
            try await eventually("the replicas of member1 have moved to member2", within: .seconds(60)) {
                try await clusters(of: control) == "member2=4"
            }
            try await eventually("and are ready there") {
                try await readyReplicas(in: members[1]) == "4"
            }
            let events = try await control.kubectl(
                "get", "events", "--field-selector", "reason=DescheduleBindingSucceed", "-o", "jsonpath={.items[*].message}")
            #expect(events.output.contains("replica(s) in cluster(member1)"), "\(events.output)")
        }
    }
}
