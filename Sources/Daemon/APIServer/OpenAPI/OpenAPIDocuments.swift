import Kubernetes
import Synchronization

/// The OpenAPI documents of a catalog, made when somebody asks and kept as bytes from then on.
public final class OpenAPIDocuments: Sendable {
    private let catalog: ResourceCatalog
    private let serverVersion: String
    private let cache = Mutex<[String: [UInt8]]>([:])

    /// - Parameter serverVersion: as `/version` gives it: `v1.32.0`.
    public init(_ catalog: ResourceCatalog, serverVersion: String) {
        self.catalog = catalog
        self.serverVersion = serverVersion
    }

    /// `/openapi/v2` as JSON.
    public var v2: [UInt8] {
        cached("v2") {
            var schemas = OpenAPISchemas(.v2)
            var paths = JSONObject()
            for version in versions {
                for (path, operations) in self.paths(version, &schemas) { paths[path] = operations }
            }
            return [
                "swagger": "2.0", "info": info, "paths": .object(paths),
                "definitions": .object(JSONObject(schemas.definitions.map { ($0.key, $0.value) })),
            ]
        }
    }

    /// `/openapi/v3`: where the document of each version is. Its hashes change when what is served does.
    public var v3Index: [UInt8] {
        cached("v3") {
            let entries = versions.map { version -> (String, JSON) in
                let path = Self.path(of: version)
                return (path, ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hash(of: version))")])
            }
            return ["paths": .object(JSONObject(entries))]
        }
    }

    /// `/openapi/v3/<path>`, with a path such as `api/v1` or `apis/apps/v1`; nil for what is not served.
    public func v3(path: String) -> [UInt8]? {
        guard let version = versions.first(where: { Self.path(of: $0) == path }) else { return nil }
        return cached(path) {
            var schemas = OpenAPISchemas(.v3)
            let paths = self.paths(version, &schemas)
            return [
                "openapi": "3.0.0", "info": info, "paths": .object(paths),
                "components": ["schemas": .object(JSONObject(schemas.definitions.map { ($0.key, $0.value) }))],
            ]
        }
    }

    private var versions: [GroupVersion] {
        catalog.groups.flatMap { group in
            catalog.versions(of: group).map { GroupVersion(group: group, version: $0) }
        }
    }

    private static func path(of version: GroupVersion) -> String {
        version.group.isEmpty ? "api/\(version.version)" : "apis/\(version)"
    }

    private var info: JSON { ["title": "Kubernetes", "version": .string(serverVersion)] }

    private func paths(_ version: GroupVersion, _ schemas: inout OpenAPISchemas) -> JSONObject {
        let definitions = catalog.definitions(in: version)
        var references: [GroupVersionKind: JSON] = [:]
        for definition in definitions {
            var kinds = definition.subresources.compactMap(\.kind)
            kinds.append(definition.kind(version.version))
            if !definition.isCreateOnly {
                kinds.append(GroupVersionKind(group: version.group, version: version.version, kind: definition.listKind))
            }
            if let document = definition.version(version.version)?.document {
                let kind = definition.kind(version.version)
                let listKind = GroupVersionKind(group: kind.group, version: kind.version, kind: definition.listKind)
                references[kind] = schemas.customResource(document, kind)
                references[listKind] = schemas.customResourceList(of: kind, listKind)
            }
            for kind in kinds where references[kind] == nil {
                if let schema = schema(of: kind, definition) { references[kind] = schemas.kind(schema, kind) }
            }
        }
        if let options = SchemaLibrary.builtIn.type(named: "meta.v1.DeleteOptions") {
            _ = schemas.kind(options, GroupVersionKind(group: version.group, version: version.version, kind: "DeleteOptions"))
        }
        return OpenAPIPaths(format: schemas.format, version: version).paths(of: definitions, references: references)
    }

    /// The built-in library knows lists; those of custom resources are made here.
    private func schema(of kind: GroupVersionKind, _ definition: ResourceDefinition) -> TypeSchema? {
        if let schema = catalog.schema(for: kind) { return schema }
        guard kind.kind == definition.listKind, let item = definition.schema(kind.version) else { return nil }
        let metadata = SchemaLibrary.builtIn.type(named: "meta.v1.ListMeta") ?? TypeSchema(.any)
        return TypeSchema(
            .object(
                ObjectType([
                    SchemaField("apiVersion", TypeSchema(.string)), SchemaField("kind", TypeSchema(.string)),
                    SchemaField("metadata", metadata), SchemaField("items", TypeSchema(.array(item)), isRequired: true),
                ])))
    }

    private func hash(of version: GroupVersion) -> String {
        // FNV-1a over what the document depends on.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let parts = catalog.definitions(in: version).map { definition in
            "\(definition.plural)/\(definition.subresources.map(\.name))"
                + (definition.version(version.version)?.document?.description ?? "")
        }
        for byte in (parts + [serverVersion, version.description]).joined(separator: " ").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16, uppercase: true)
    }

    private func cached(_ key: String, _ make: () -> JSON) -> [UInt8] {
        if let known = cache.withLock({ $0[key] }) { return known }
        let bytes = make().encoded()
        cache.withLock { $0[key] = bytes }
        return bytes
    }
}
