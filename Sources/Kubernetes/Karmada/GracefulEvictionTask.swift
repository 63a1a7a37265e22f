/// A cluster that a workload is leaving (`work.karmada.io/v1alpha2`, `GracefulEvictionTask`).
public struct GracefulEvictionTask: Sendable {
    public enum PurgeMode: String, Sendable {
        /// Gone at once.
        case directly = "Directly"
        /// Gone when the workload is healthy elsewhere, or the grace period is over.
        case gracefully = "Gracefully"
        /// Left for somebody to remove.
        case never = "Never"
    }

    public var fromCluster: String
    public var purgeMode: PurgeMode?
    public var replicas: Int32?
    public var reason: String
    public var message: String
    public var producer: String
    public var gracePeriodSeconds: Int32?
    public var suppressDeletion: Bool?
    public var preservedLabelState: [String: String]
    public var creationTimestamp: Timestamp?
    public var clustersBeforeFailover: [String]

    public init(fromCluster: String, purgeMode: PurgeMode? = nil, replicas: Int32? = nil, reason: String, producer: String) {
        self.fromCluster = fromCluster
        self.purgeMode = purgeMode
        self.replicas = replicas
        self.reason = reason
        message = ""
        self.producer = producer
        preservedLabelState = [:]
        clustersBeforeFailover = []
    }

    public init(_ json: JSON) {
        fromCluster = json["fromCluster"]?.string ?? ""
        purgeMode = json["purgeMode"]?.string.flatMap(PurgeMode.init)
        replicas = json["replicas"]?.integer.map { Int32(clamping: $0) }
        reason = json["reason"]?.string ?? ""
        message = json["message"]?.string ?? ""
        producer = json["producer"]?.string ?? ""
        gracePeriodSeconds = json["gracePeriodSeconds"]?.integer.map { Int32(clamping: $0) }
        suppressDeletion = json["suppressDeletion"]?.bool
        preservedLabelState = json["preservedLabelState"]?.stringMap ?? [:]
        creationTimestamp = json["creationTimestamp"]?.string.flatMap { Timestamp($0) }
        clustersBeforeFailover = json["clustersBeforeFailover"]?.strings ?? []
    }

    public var json: JSON {
        var json: JSON = [
            "fromCluster": .string(fromCluster), "reason": .string(reason), "producer": .string(producer),
        ]
        if let purgeMode { json["purgeMode"] = .string(purgeMode.rawValue) }
        if let replicas { json["replicas"] = JSON(replicas) }
        if !message.isEmpty { json["message"] = .string(message) }
        if let gracePeriodSeconds { json["gracePeriodSeconds"] = JSON(gracePeriodSeconds) }
        if let suppressDeletion { json["suppressDeletion"] = .bool(suppressDeletion) }
        if !preservedLabelState.isEmpty { json["preservedLabelState"] = JSON(preservedLabelState) }
        if let creationTimestamp { json["creationTimestamp"] = .string(creationTimestamp.description) }
        if !clustersBeforeFailover.isEmpty { json["clustersBeforeFailover"] = JSON(clustersBeforeFailover) }
        return json
    }
}
