import Client
import Kubernetes
import Registration
import Testing

@testable import Controllers

/// How clusters join and leave, against API servers in memory: no controller runs.
@Suite struct RegistrationTests {
    private let plane = MemoryCluster(.controlPlane)
    private let member = MemoryCluster(.native)
    private static let roleName = "karmada-controller-manager:karmada-member1"

    private func namespace(_ name: String, labels: [String: String] = [:], in cluster: MemoryCluster) async throws {
        var namespace = Object(apiVersion: "v1", kind: "Namespace", name: name)
        if !labels.isEmpty { namespace.labels = labels }
        _ = try await cluster.create(namespace, in: .namespaces)
    }

    /// A new cluster. uids differ between clusters as far as they are apart in how much was made before.
    private func found(_ cluster: MemoryCluster, after others: Int) async throws {
        for index in 0..<others { try await namespace("other\(index)", in: cluster) }
        try await namespace("kube-system", in: cluster)
    }

    /// The member's token controller was quick.
    private func issueTokens(in member: MemoryCluster, _ namespace: String) async throws {
        for account in ["karmada-member1", "karmada-impersonator"] {
            var secret = Object(apiVersion: "v1", kind: "Secret", namespace: namespace, name: account)
            secret["data"] = ["token": "dG9rZW4=", "ca.crt": "Y2E="]
            _ = try await member.create(secret, in: .secrets)
        }
    }

    private func join(_ namespace: String? = nil) async throws {
        try await ClusterRegistration(
            name: "member1", namespace: namespace, spec: ["syncMode": "Push", "apiEndpoint": "https://member1"]
        ).join(member, to: plane)
    }

    private func prepare(_ namespace: String = "karmada-cluster", labels: [String: String] = ["karmada.io/system": "true"])
        async throws
    {
        try await found(plane, after: 2)
        try await found(member, after: 0)
        try await self.namespace(namespace, labels: labels, in: member)
        try await issueTokens(in: member, namespace)
    }

    private func removal(_ namespace: String? = nil, force: Bool = false) -> ClusterRemoval {
        ClusterRemoval(
            name: "member1", syncMode: .push, namespace: namespace, patience: .milliseconds(1), force: force)
    }

    private func failure(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    private func secrets() -> [String] { plane.objects(.secrets).map(\.name) }

    // MARK: Join

    @Test func aControlPlaneIsNoMemberOfItself() async throws {
        try await prepare()
        let registration = ClusterRegistration(name: "member1", namespace: nil)
        let joining = await failure { try await registration.join(plane, to: plane) }
        #expect(joining.contains("is the control plane itself") && joining.contains("--cluster-kubeconfig"), "\(joining)")
        let enrolling = await failure { try await registration.enroll(plane, in: plane, reporting: []) }
        #expect(enrolling.contains("is the control plane itself") && enrolling.contains("--member-kubeconfig"), "\(enrolling)")
        #expect(plane.objects(Cluster.resource).isEmpty)
    }

    @Test(arguments: [false, true])
    func aFailedJoinLeavesNoSecretsBehind(_ hadOne: Bool) async throws {
        try await prepare()
        try await namespace("karmada-cluster", in: plane)
        if hadOne {
            let secret = Object(apiVersion: "v1", kind: "Secret", namespace: "karmada-cluster", name: "member1")
            _ = try await plane.create(secret, in: .secrets)
        }
        let refusing = RefusingClient(base: plane, resource: Cluster.resource)
        let message = await failure {
            try await ClusterRegistration(name: "member1", namespace: nil, spec: ["syncMode": "Push"]).join(member, to: refusing)
        }
        #expect(message.contains("failed to create cluster(member1) object") && message.contains("stay"), "\(message)")
        #expect(secrets() == (hadOne ? ["member1"] : []))
        try await join()
        #expect(secrets() == ["member1", "member1-impersonator"])
    }

    // MARK: Leave

    @Test func onlyTheClusterItselfIsCleaned() async throws {
        try await prepare()
        try await join()
        let stranger = MemoryCluster(.native)
        try await found(stranger, after: 7)
        try await namespace("karmada-cluster", in: stranger)
        for force in [false, true] {
            let another = await failure { try await removal(force: force).remove(from: plane, stranger) }
            #expect(another.contains("leads to another cluster than member1"), "\(another)")
        }
        let itself = await failure { try await removal().remove(from: plane, plane) }
        #expect(itself.contains("is the control plane itself"), "\(itself)")
        #expect(stranger.object(.namespaces, "karmada-cluster") != nil)
        #expect(plane.object(Cluster.resource, "member1") != nil, "nothing was changed")

        // One that was written by hand need not say which it is.
        try await plane.modify(Cluster.resource, ObjectKey(name: "member1")) { cluster in
            cluster.spec["id"] = nil
            return true
        }
        try await removal().remove(from: plane, member)
        #expect(plane.object(Cluster.resource, "member1") == nil)
        #expect(member.object(.namespaces, "karmada-cluster") == nil)
        #expect(member.object(.clusterRoles, Self.roleName) == nil)
    }

    /// A Cluster without an ID may stand for any cluster but those that are others'.
    @Test func aClusterWithoutAnIDIsNoneOfTheOthers() async throws {
        try await prepare()
        try await join()
        var byHand = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "member2")
        byHand.spec = ["syncMode": "Push"]
        _ = try await plane.create(byHand, in: Cluster.resource)
        let other = ClusterRemoval(name: "member2", syncMode: .push, namespace: nil, patience: .milliseconds(1), force: false)
        let message = await failure { try await other.remove(from: plane, member) }
        #expect(message.contains("leads to cluster member1, not to member2"), "\(message)")
    }

    @Test func whatAnEarlierTryLeftInTheMemberIsRemoved() async throws {
        try await prepare()
        try await join()
        try await removal().remove(from: plane, nil)
        #expect(plane.object(Cluster.resource, "member1") == nil)
        #expect(member.object(.clusterRoleBindings, Self.roleName) != nil)
        let nothing = "no cluster object member1 found in the control plane"
        #expect(await failure { try await removal().remove(from: plane, nil) } == nothing)

        try await removal().remove(from: plane, member, isDryRun: true)
        #expect(member.object(.clusterRoleBindings, Self.roleName) != nil)
        try await removal().remove(from: plane, member)
        #expect(member.object(.clusterRoleBindings, Self.roleName) == nil)
        #expect(member.object(.namespaces, "karmada-cluster") == nil)
        // An API server would have taken the account along with its namespace.
        try await member.delete(.serviceAccounts, ObjectKey(namespace: "karmada-cluster", name: "karmada-member1"))
        #expect(await failure { try await removal().remove(from: plane, member) } == nothing)
    }

    /// The namespace is that of the Cluster's Secrets, whatever the default is; and where it was there before, it stays.
    @Test(arguments: [true, false])
    func aNamespaceGoesIfJoiningMadeIt(_ isOurs: Bool) async throws {
        try await prepare("clusters", labels: isOurs ? ["karmada.io/system": "true"] : [:])
        try await join("clusters")
        #expect(member.object(.serviceAccounts, "clusters", "karmada-member1") != nil)
        try await removal().remove(from: plane, member)
        #expect((member.object(.namespaces, "clusters") == nil) == isOurs)
        if !isOurs { #expect(member.objects(.serviceAccounts).isEmpty) }
    }

    @Test func whatKeepsAClusterIsToldAndForceLetsItGo() async throws {
        try await prepare()
        try await join()
        let space = "karmada-es-member1"
        try await namespace(space, in: plane)
        try await plane.modify(Cluster.resource, ObjectKey(name: "member1")) { cluster in
            cluster.finalizers = [Finalizer.cluster]
            return true
        }
        var work = Object(apiVersion: "work.karmada.io/v1alpha1", kind: "Work", namespace: space, name: "web")
        work.finalizers = [Finalizer.execution]
        _ = try await plane.create(work, in: Work.resource)
        try await plane.delete(Work.resource, work.key)
        var event = Object(apiVersion: "v1", kind: "Event", namespace: space, name: "web.1")
        event["involvedObject"] = ["kind": "Work", "namespace": .string(space), "name": "web"]
        event["reason"] = .string(EventReason.cleanupWorkFailed)
        event["message"] = "may not delete it"
        _ = try await plane.create(event, in: EventRecorder.resource)

        let kept = await failure { try await removal().remove(from: plane, member) }
        #expect(kept.contains("is not gone after") && kept.contains("1 Work is left (may not delete it); --force"), "\(kept)")
        let pull = ClusterRemoval(name: "member1", syncMode: .pull, namespace: nil, patience: .milliseconds(1), force: false)
        #expect(await failure { try await pull.remove(from: plane, member) }.contains("use unjoin"))
        try await plane.modify(Cluster.resource, ObjectKey(name: "member1")) { cluster in
            cluster.spec["syncMode"] = "Pull"
            return true
        }
        let unregistered = await failure { try await pull.remove(from: plane, member) }
        #expect(unregistered.contains("agent") && !unregistered.contains("--force"), "\(unregistered)")
        #expect(member.object(.namespaces, "karmada-cluster") != nil)
        try await plane.modify(Cluster.resource, ObjectKey(name: "member1")) { cluster in
            cluster.spec["syncMode"] = "Push"
            return true
        }

        member.setDown(true)
        let down = await failure { try await removal().remove(from: plane, member) }
        #expect(down.contains("connection refused"), "\(down)")
        var warnings = 0
        try await removal(force: true).remove(from: plane, member) { _ in warnings += 1 }
        #expect(warnings == 1)
        #expect(plane.object(Cluster.resource, "member1") == nil)
        #expect(plane.object(.namespaces, space) == nil)
        #expect(plane.objects(Work.resource).isEmpty)
    }
}

/// Lets everything through but the creation of one kind of object.
private struct RefusingClient: ObjectClient {
    let base: MemoryCluster
    let resource: GroupVersionResource

    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        guard resource != self.resource else { throw .badRequest("not this one") }
        return try await base.create(object, in: resource)
    }

    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        try await base.get(resource, key)
    }

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        try await base.list(resource, options)
    }

    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        try await base.watch(resource, options)
    }

    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        try await base.update(object, in: resource, subresource: subresource)
    }

    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        try await base.patch(resource, key, patch, subresource: subresource)
    }

    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        try await base.delete(resource, key, options)
    }

    func discover() async throws(APIError) -> DiscoveredResources { try await base.discover() }

    func serverVersion() async throws(APIError) -> String { try await base.serverVersion() }
}
