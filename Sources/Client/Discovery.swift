import Kubernetes

/// Finds out what a server serves: in one answer where it offers aggregated discovery (`apidiscovery.k8s.io/v2`), else by asking
/// group by group.
///
/// A version that cannot be read (its API service is down) is missing; the others count.
struct Discovery {
    let client: HTTPObjectClient

    private static let accept =
        ["v2", "v2beta1"].map { "application/json;g=apidiscovery.k8s.io;v=\($0);as=APIGroupDiscoveryList," }.joined()
        + "application/json"
    /// Groups that are asked for at a time.
    private static let concurrency = 8

    func resources() async throws(APIError) -> DiscoveredResources {
        let core = try await client.json("GET", "/api", accept: Self.accept)
        let groups = try await client.json("GET", "/apis", accept: Self.accept)
        var found = DiscoveredResources()
        var versions: [GroupVersion] = []
        for answer in [core, groups] {
            if answer["kind"]?.string == "APIGroupDiscoveryList" {
                found += Self.resources(aggregated: answer)
            } else {
                versions += Self.versions(answer)
            }
        }
        found += await resources(of: versions)
        return found
    }

    // MARK: Aggregated

    static func resources(aggregated list: JSON) -> DiscoveredResources {
        var found = DiscoveredResources()
        for group in list["items"]?.array ?? [] {
            for version in group["versions"]?.array ?? [] {
                let groupVersion = GroupVersion(
                    group: group["metadata"]?["name"]?.string ?? "", version: version["version"]?.string ?? "")
                // "Stale" means that the group's server does not answer now.
                guard version["freshness"]?.string != "Stale" else {
                    found.missing.append(groupVersion)
                    continue
                }
                found.resources += (version["resources"]?.array ?? []).flatMap { resource in
                    let isNamespaced = resource["scope"]?.string == "Namespaced"
                    let name = resource["resource"]?.string ?? ""
                    let main = Self.resource(resource, name, nil, groupVersion, isNamespaced)
                    let subresources = (resource["subresources"]?.array ?? []).compactMap {
                        Self.resource($0, name, $0["subresource"]?.string, groupVersion, isNamespaced)
                    }
                    return (main.map { [$0] } ?? []) + subresources
                }
            }
        }
        return found
    }

    /// Nil for an entry without a kind: a resource that is there for its subresources only.
    private static func resource(
        _ json: JSON, _ name: String, _ subresource: String?, _ groupVersion: GroupVersion, _ isNamespaced: Bool
    ) -> APIResource? {
        guard let kind = json["responseKind"]?["kind"]?.string, !kind.isEmpty else { return nil }
        return APIResource(
            resource: GroupVersionResource(group: groupVersion.group, version: groupVersion.version, resource: name),
            kind: self.kind(kind, json["responseKind"] ?? .null, in: groupVersion), isNamespaced: isNamespaced,
            verbs: json["verbs"]?.strings ?? [], subresource: subresource, shortNames: json["shortNames"]?.strings ?? [])
    }

    /// A kind of another group says so; one that names no version is of the group that serves it.
    private static func kind(_ kind: String, _ json: JSON, in groupVersion: GroupVersion) -> GroupVersionKind {
        guard let version = json["version"]?.string, !version.isEmpty else {
            return GroupVersionKind(group: groupVersion.group, version: groupVersion.version, kind: kind)
        }
        return GroupVersionKind(group: json["group"]?.string ?? "", version: version, kind: kind)
    }

    // MARK: Group by group

    /// The versions that `/api` (`APIVersions`) or `/apis` (`APIGroupList`) names.
    private static func versions(_ answer: JSON) -> [GroupVersion] {
        (answer["versions"]?.strings ?? []).map { GroupVersion(group: "", version: $0) }
            + (answer["groups"]?.array ?? []).flatMap { group in
                (group["versions"]?.array ?? []).compactMap { $0["groupVersion"]?.string.map(GroupVersion.init(apiVersion:)) }
            }
    }

    private func resources(of versions: [GroupVersion]) async -> DiscoveredResources {
        await withTaskGroup(of: (Int, DiscoveredResources).self) { group in
            var rest = Array(versions.enumerated())[...]
            func addNext() {
                guard let (index, version) = rest.popFirst() else { return }
                group.addTask { (index, await self.resources(of: version)) }
            }
            for _ in 0..<Self.concurrency { addNext() }
            var found = [DiscoveredResources](repeating: DiscoveredResources(), count: versions.count)
            while let (index, resources) = await group.next() {
                found[index] = resources
                addNext()
            }
            return found.reduce(into: DiscoveredResources()) { $0 += $1 }
        }
    }

    private func resources(of version: GroupVersion) async -> DiscoveredResources {
        let path = version.group.isEmpty ? "/api/\(version)" : "/apis/\(version)"
        guard let list = try? await client.json("GET", path) else { return DiscoveredResources(missing: [version]) }
        let resources = (list["resources"]?.array ?? []).compactMap { json -> APIResource? in
            guard let name = json["name"]?.string, let kind = json["kind"]?.string else { return nil }
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            return APIResource(
                resource: GroupVersionResource(group: version.group, version: version.version, resource: parts[0]),
                kind: Self.kind(kind, json, in: version), isNamespaced: json["namespaced"]?.bool ?? false,
                verbs: json["verbs"]?.strings ?? [], subresource: parts.count > 1 ? parts[1] : nil,
                shortNames: json["shortNames"]?.strings ?? [])
        }
        return DiscoveredResources(resources)
    }
}

extension DiscoveredResources {
    fileprivate static func += (left: inout Self, right: Self) {
        left.resources += right.resources
        left.missing += right.missing
    }
}
