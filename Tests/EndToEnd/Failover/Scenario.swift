import Foundation
import Testing

/// What the scenarios of a failover share: an application with its policy, and questions about it.
struct Scenario {
    /// How the policy divides the replicas, and where all may go.
    struct Application {
        var name = "foo"
        var replicas = 6
        var cpu = "1"
        /// Below `placement`.
        var placement: String
        /// More of the policy's `spec`.
        var policy = ""

        var manifests: String {
            """
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicy
            metadata: {name: \(name), namespace: default}
            spec:
              resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: \(name)}]
              placement: \(placement.replacing("\n", with: " "))
              \(policy)
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: \(name), namespace: default}
            spec:
              replicas: \(replicas)
              selector: {matchLabels: {app: \(name)}}
              template:
                metadata: {labels: {app: \(name)}}
                spec:
                  containers: [{name: app, image: "nginx:1.29", resources: {requests: {cpu: "\(cpu)"}}}]
            """
        }
    }

    /// Two of the clusters, each with as many replicas as it has room for.
    static let twoByRoom = """
        {spreadConstraints: [{spreadByField: cluster, minGroups: 2, maxGroups: 2}],
         replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted,
           weightPreference: {dynamicWeight: AvailableReplicas}}}
        """

    /// Adds a NoExecute taint to clusters that are not ready.
    static let taintPolicy = """
        apiVersion: policy.karmada.io/v1alpha1
        kind: ClusterTaintPolicy
        metadata: {name: failover}
        spec:
          addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]
          removeOnConditions: [{conditionType: Ready, operator: In, statusValues: ["True"]}]
          taints: [{key: cluster.karmada.io/not-ready, effect: NoExecute}]
        """
}

extension Fleet {
    func apply(_ manifests: String) async throws { _ = try await control.kubectl("apply", "-f", "-", input: manifests).quiet() }

    /// Awaits that so many replicas are ready in all, and as many as the API says are wanted in each member.
    func settle(_ name: String, total: Int, in among: [Int]? = nil) async throws -> [Int] {
        let box = Box([Int]())
        try await eventually("\(total) replicas of \(name) are ready", within: .seconds(90)) {
            box.value = try await ready(name)
            return (among ?? Array(members.indices)).map { box.value[$0] }.reduce(0, +) == total
        }
        return box.value
    }

    func clusters(of deployment: String) async throws -> String {
        try await control.kubectl("get", "resourcebinding", "\(deployment)-deployment", "-o", "jsonpath={.spec.clusters}").output
    }

    func evictions(of deployment: String) async throws -> String {
        try await control.kubectl(
            "get", "resourcebinding", "\(deployment)-deployment", "-o", "jsonpath={.spec.gracefulEvictionTasks}"
        ).output
    }

    func isReady(member index: Int) async throws -> Bool {
        try await control.kubectl(
            "get", "cluster", "member\(index + 1)", "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
        ).output == "True"
    }

    /// Awaits that the control plane knows how many CPUs are taken in each member.
    func awaitAllocated(_ cpus: [Int]) async throws {
        let expected = cpus.map { $0 == 0 ? "" : "\($0)" }
        try await eventually("the control plane knows that \(cpus) CPUs are taken") {
            try await control.kubectl(
                "get", "clusters", "-o", "jsonpath={range .items[*]}{.status.resourceSummary.allocated.cpu},{end}"
            ).output.split(separator: ",", omittingEmptySubsequences: false).dropLast().map(String.init) == expected
        }
    }

    /// Taints a cluster by hand, as one does to empty it.
    func taint(member index: Int) async throws {
        let now = Date.now.formatted(.iso8601)
        _ = try await control.kubectl(
            "patch", "cluster", "member\(index + 1)", "--type=merge", "-p",
            "{\"spec\":{\"taints\":[{\"key\":\"drain\",\"effect\":\"NoExecute\",\"timeAdded\":\"\(now)\"}]}}"
        ).quiet()
    }

    /// Deletes the application and awaits its end everywhere.
    func remove(_ name: String) async throws {
        _ = try await control.kubectl("delete", "deployment,propagationpolicy", name).quiet()
        try await eventually("\(name) is gone", within: .seconds(60)) {
            for member in members
            where try await member.kubectl("get", "deployments,pods", "-o", "name", "--ignore-not-found").output != "" {
                return false
            }
            return true
        }
    }
}
