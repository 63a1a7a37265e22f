import Kubernetes
import Testing

@testable import APIServer

@Suite struct AgentRestrictionTests {
    private let agent = UserInfo(name: "system:karmada:agent:member1", groups: ["system:karmada:agents"])
    private let clusters = GroupResource(group: "cluster.karmada.io", resource: "clusters")

    private func cluster(_ name: String, _ spec: JSON) -> Object {
        var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        cluster.spec = spec
        return cluster
    }

    private func isForbidden(_ object: Object, _ collection: GroupResource, by user: UserInfo) -> Bool {
        do throws(APIError) {
            try AgentRestriction.check(object, old: nil, collection, by: user)
            return false
        } catch {
            return error.reason == .forbidden
        }
    }

    @Test func anAgentRegistersItselfOnlyAndWithItsOwnSecrets() {
        let own: JSON = ["namespace": "karmada-cluster", "name": "member1"]
        #expect(!isForbidden(cluster("member1", ["syncMode": "Pull", "secretRef": own]), clusters, by: agent))
        #expect(isForbidden(cluster("member2", ["syncMode": "Pull"]), clusters, by: agent))
        #expect(isForbidden(cluster("member1", ["syncMode": "Push"]), clusters, by: agent))
        for reference: JSON in [
            ["namespace": "karmada-cluster", "name": "member2"], ["namespace": "kube-system", "name": "member1"],
        ] {
            for field in ["secretRef", "impersonatorSecretRef"] {
                var stolen = cluster("member1", ["syncMode": "Pull"])
                stolen.spec[field] = reference
                #expect(isForbidden(stolen, clusters, by: agent), "\(field) \(reference)")
            }
        }
        #expect(!isForbidden(cluster("member2", ["syncMode": "Push"]), clusters, by: UserInfo(name: "eve")))
    }

    @Test(arguments: [
        ("karmada-es-member1", false), ("karmada-es-member2", true), ("karmada-es-member11", true), ("default", false),
    ])
    func theWorksOfOthersAreOutOfReach(namespace: String, isForbidden: Bool) {
        let attributes = AuthorizationAttributes(
            user: agent, verb: "get",
            target: .resource(
                group: "work.karmada.io", resource: "works", subresource: nil, namespace: namespace, name: "x"))
        #expect(AgentRestriction.forbids(attributes) == isForbidden)
    }
}
