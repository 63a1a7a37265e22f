import Kubernetes

/// The discovery documents of a catalog (Kubernetes API concepts, "API discovery"). Pure functions: JSON out, nothing cached.
public struct Discovery: Sendable {
    private let catalog: ResourceCatalog

    public init(_ catalog: ResourceCatalog) { self.catalog = catalog }

    /// `/api`.
    /// - Parameter address: where clients reach the server, `host:port`.
    public func coreVersions(address: String) -> JSON {
        [
            "kind": "APIVersions", "versions": JSON(catalog.versions(of: "")),
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(address)]],
        ]
    }

    /// `/apis`.
    public var groupList: JSON {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(
                catalog.groups.filter { !$0.isEmpty }.map { name in
                    var group = summary(of: name)
                    group["kind"] = nil
                    group["apiVersion"] = nil
                    return group
                }),
        ]
    }

    /// `/apis/<group>`; nil for a group that is not served.
    public func group(_ name: String) -> JSON? {
        guard !name.isEmpty, !catalog.versions(of: name).isEmpty else { return nil }
        return summary(of: name)
    }

    private func summary(of name: String) -> JSON {
        let versions = catalog.versions(of: name).map { version -> JSON in
            ["groupVersion": .string(GroupVersion(group: name, version: version).description), "version": .string(version)]
        }
        return [
            "kind": "APIGroup", "apiVersion": "v1", "name": .string(name), "versions": .array(versions),
            "preferredVersion": versions.first ?? [:],
        ]
    }

    /// `/api/v1` and `/apis/<group>/<version>`; nil for a version that is not served.
    public func resourceList(_ version: GroupVersion) -> JSON? {
        let definitions = catalog.definitions(in: version)
        guard !definitions.isEmpty else { return nil }
        var resources: [JSON] = []
        for definition in definitions {
            var resource: JSON = [
                "name": .string(definition.plural), "singularName": .string(definition.singular),
                "namespaced": .bool(definition.isNamespaced), "kind": .string(definition.kind), "verbs": JSON(definition.verbs),
            ]
            if !definition.shortNames.isEmpty { resource["shortNames"] = JSON(definition.shortNames) }
            if !definition.categories.isEmpty { resource["categories"] = JSON(definition.categories) }
            if !definition.isCreateOnly { resource["storageVersionHash"] = .string(storageVersionHash(of: definition)) }
            resources.append(resource)
            for subresource in definition.subresources {
                var entry: JSON = [
                    "name": .string("\(definition.plural)/\(subresource.name)"), "singularName": "",
                    "namespaced": .bool(definition.isNamespaced), "kind": .string(subresource.kind?.kind ?? definition.kind),
                    "verbs": JSON(subresource.verbs),
                ]
                if let kind = subresource.kind, kind.groupVersion != version {
                    if !kind.group.isEmpty { entry["group"] = .string(kind.group) }
                    entry["version"] = .string(kind.version)
                }
                resources.append(entry)
            }
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(version.description),
            "resources": .array(resources),
        ]
    }

    /// `/api` and `/apis` in the aggregated form (`application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`).
    public func aggregated(core: Bool) -> JSON {
        let groups = catalog.groups.filter { $0.isEmpty == core }.map { name -> JSON in
            let versions = catalog.versions(of: name).map { version -> JSON in
                let resources = catalog.definitions(in: GroupVersion(group: name, version: version))
                return [
                    "version": .string(version), "freshness": "Current",
                    "resources": .array(resources.map { aggregated($0, version) }),
                ]
            }
            return ["metadata": core ? [:] : ["name": .string(name)], "versions": .array(versions)]
        }
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:], "items": .array(groups),
        ]
    }

    private func aggregated(_ definition: ResourceDefinition, _ version: String) -> JSON {
        func json(_ kind: GroupVersionKind) -> JSON {
            ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
        }
        let own = definition.kind(version)
        var resource: JSON = [
            "resource": .string(definition.plural), "responseKind": json(own),
            "scope": definition.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(definition.singular),
            "verbs": JSON(definition.verbs),
        ]
        if !definition.shortNames.isEmpty { resource["shortNames"] = JSON(definition.shortNames) }
        if !definition.categories.isEmpty { resource["categories"] = JSON(definition.categories) }
        if !definition.subresources.isEmpty {
            resource["subresources"] = .array(
                definition.subresources.map {
                    ["subresource": .string($0.name), "responseKind": json($0.kind ?? own), "verbs": JSON($0.verbs)]
                })
        }
        return resource
    }

    /// An opaque text that changes when the stored version does.
    private func storageVersionHash(of definition: ResourceDefinition) -> String {
        // FNV-1a over group/version/kind.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(definition.storage.groupVersion)/\(definition.kind)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return Base64.encode((0..<8).map { UInt8(truncatingIfNeeded: hash >> ($0 * 8)) })
    }
}
