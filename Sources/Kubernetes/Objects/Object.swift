/// An API object as a JSON tree that can be read and changed.
///
/// A view: every property reads and writes the JSON below it, so nothing that a newer Kubernetes added is lost.
public struct Object: Sendable, Equatable {
    public var json: JSON

    public init(_ json: JSON) { self.json = json }

    public init(apiVersion: String, kind: String, namespace: String? = nil, name: String) {
        json = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": ["name": .string(name)]]
        if let namespace, !namespace.isEmpty { self.namespace = namespace }
    }

    public var apiVersion: String { json["apiVersion"]?.string ?? "" }
    public var kind: String { json["kind"]?.string ?? "" }
    public var groupVersionKind: GroupVersionKind { GroupVersionKind(apiVersion: apiVersion, kind: kind) }
    public var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

    public subscript(field: String) -> JSON? {
        get { json[field] }
        _modify { yield &json[field] }
    }

    public subscript(_ first: String, _ second: String, _ rest: String...) -> JSON? {
        get { json[[first, second] + rest] }
        set { json[[first, second] + rest] = newValue }
    }

    public var spec: JSON {
        get { json["spec"] ?? .null }
        set { json["spec"] = newValue }
    }

    public var status: JSON {
        get { json["status"] ?? .null }
        set { json["status"] = newValue }
    }
}

// MARK: - Metadata

extension Object {
    public var metadata: JSON {
        get { json["metadata"] ?? .null }
        set { json["metadata"] = newValue }
    }

    public var name: String {
        get { metadataString("name") }
        set { setMetadata("name", newValue) }
    }

    public var generateName: String { metadataString("generateName") }

    /// Empty for cluster-scoped objects.
    public var namespace: String {
        get { metadataString("namespace") }
        set { setMetadata("namespace", newValue) }
    }

    public var uid: String {
        get { metadataString("uid") }
        set { setMetadata("uid", newValue) }
    }

    /// Opaque to clients (Kubernetes API conventions); compare for equality only.
    public var resourceVersion: String {
        get { metadataString("resourceVersion") }
        set { setMetadata("resourceVersion", newValue) }
    }

    public var generation: Int64 {
        get { metadata["generation"]?.integer ?? 0 }
        set { json["metadata", default: [:]]["generation"] = .integer(newValue) }
    }

    public var creationTimestamp: String { metadataString("creationTimestamp") }

    public var deletionTimestamp: String? { metadata["deletionTimestamp"]?.string }

    public var isBeingDeleted: Bool { deletionTimestamp != nil }

    public var labels: [String: String] {
        get { metadata["labels"]?.stringMap ?? [:] }
        set { json["metadata", default: [:]]["labels"] = newValue.isEmpty ? JSON?.none : JSON(newValue) }
    }

    public var annotations: [String: String] {
        get { metadata["annotations"]?.stringMap ?? [:] }
        set { json["metadata", default: [:]]["annotations"] = newValue.isEmpty ? JSON?.none : JSON(newValue) }
    }

    /// One label. Reading and writing one costs less than through `labels`.
    public subscript(label key: String) -> String? {
        get { metadataEntry("labels", key) }
        set { setMetadataEntry("labels", key, newValue) }
    }

    /// One annotation. Reading and writing one costs less than through `annotations`.
    public subscript(annotation key: String) -> String? {
        get { metadataEntry("annotations", key) }
        set { setMetadataEntry("annotations", key, newValue) }
    }

    public var finalizers: [String] {
        get { metadata["finalizers"]?.strings ?? [] }
        set { json["metadata", default: [:]]["finalizers"] = newValue.isEmpty ? JSON?.none : JSON(newValue) }
    }

    public var ownerReferences: [OwnerReference] {
        get { (metadata["ownerReferences"]?.array ?? []).map(OwnerReference.init) }
        set { json["metadata", default: [:]]["ownerReferences"] = newValue.isEmpty ? JSON?.none : .array(newValue.map(\.json)) }
    }

    /// The owner that manages the object, if one does.
    public var controller: OwnerReference? { ownerReferences.first(where: \.isController) }

    private func metadataString(_ field: String) -> String { json["metadata"]?[field]?.string ?? "" }

    private func metadataEntry(_ map: String, _ key: String) -> String? { json["metadata"]?[map]?[key]?.string }

    /// An object that has the entry as it is to be keeps sharing its parts with others.
    private mutating func setMetadataEntry(_ map: String, _ key: String, _ value: String?) {
        guard metadataEntry(map, key) != value else { return }
        json["metadata", default: [:]][map, default: [:]][key] = value.map(JSON.string)
        if value == nil, json["metadata"]?[map]?.object?.isEmpty == true { json["metadata", default: [:]][map] = nil }
    }

    private mutating func setMetadata(_ field: String, _ value: String) {
        json["metadata", default: [:]][field] = value.isEmpty ? JSON?.none : .string(value)
    }
}

/// `metadata.ownerReferences[]`.
public struct OwnerReference: Sendable, Equatable {
    public var json: JSON

    public init(_ json: JSON) { self.json = json }

    /// A reference that makes `owner` the managing controller.
    public init(controller owner: Object) {
        json = [
            "apiVersion": .string(owner.apiVersion), "kind": .string(owner.kind), "name": .string(owner.name),
            "uid": .string(owner.uid), "controller": true, "blockOwnerDeletion": true,
        ]
    }

    public var apiVersion: String { json["apiVersion"]?.string ?? "" }
    public var kind: String { json["kind"]?.string ?? "" }
    public var name: String { json["name"]?.string ?? "" }
    public var uid: String { json["uid"]?.string ?? "" }
    public var isController: Bool { json["controller"]?.bool ?? false }
    public var blocksOwnerDeletion: Bool { json["blockOwnerDeletion"]?.bool ?? false }
}
