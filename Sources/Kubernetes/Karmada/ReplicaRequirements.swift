/// What one replica asks of its node (`work.karmada.io/v1alpha2`, `ReplicaRequirements` and `ComponentReplicaRequirements`).
public struct ReplicaRequirements: Sendable {
    public var nodeClaim: NodeClaim?
    public var resourceRequest: ResourceList
    public var namespace: String
    public var priorityClassName: String

    public init(_ json: JSON) {
        nodeClaim = json["nodeClaim"].flatMap { $0.isNull ? nil : NodeClaim($0) }
        resourceRequest = ResourceList(json["resourceRequest"] ?? .null)
        namespace = json["namespace"]?.string ?? ""
        priorityClassName = json["priorityClassName"]?.string ?? ""
    }
}

/// The nodes that a replica can run on.
public struct NodeClaim: Sendable {
    /// `core/v1.NodeSelector`.
    public var hardNodeAffinity: JSON?
    public var nodeSelector: [String: String]
    public var tolerations: [Toleration]

    public init(_ json: JSON) {
        hardNodeAffinity = json["hardNodeAffinity"]
        nodeSelector = json["nodeSelector"]?.stringMap ?? [:]
        tolerations = (json["tolerations"]?.array ?? []).map(Toleration.init)
    }
}

/// One of the pod templates of a workload that has several.
public struct Component: Sendable {
    public var name: String
    public var replicas: Int32
    public var replicaRequirements: ReplicaRequirements?

    public init(name: String, replicas: Int32, replicaRequirements: ReplicaRequirements?) {
        self.name = name
        self.replicas = replicas
        self.replicaRequirements = replicaRequirements
    }

    public init(_ json: JSON) {
        name = json["name"]?.string ?? ""
        replicas = Int32(clamping: json["replicas"]?.integer ?? 0)
        replicaRequirements = json["replicaRequirements"].flatMap { $0.isNull ? nil : ReplicaRequirements($0) }
    }
}
