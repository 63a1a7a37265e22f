import Kubernetes

/// The operations of a version's resources: enough for clients to learn which kind lives where and which parameters it takes.
struct OpenAPIPaths {
    let format: OpenAPISchemas.Format
    let version: GroupVersion

    /// By path.
    func paths(of definitions: [ResourceDefinition], references: [GroupVersionKind: JSON]) -> JSONObject {
        var paths = JSONObject()
        for definition in definitions {
            let kind = definition.kind(version.version)
            let collection = path(of: definition)
            let body = references[kind] ?? [:]
            var operations: JSON = ["parameters": parameters(of: definition, isItem: false)]
            for (verb, method) in [("list", "get"), ("create", "post"), ("deletecollection", "delete")]
            where definition.verbs.contains(verb) {
                let listKind = GroupVersionKind(group: kind.group, version: kind.version, kind: definition.listKind)
                operations[method] = operation(
                    verb, kind, definition.style, body: body, answer: verb == "list" ? references[listKind] ?? body : body)
            }
            paths[collection] = operations
            guard !definition.isCreateOnly else { continue }
            operations = ["parameters": parameters(of: definition, isItem: true)]
            for (verb, method) in [("get", "get"), ("update", "put"), ("patch", "patch"), ("delete", "delete")]
            where definition.verbs.contains(verb) {
                operations[method] = operation(verb, kind, definition.style, body: body, answer: body)
            }
            paths[collection + "/{name}"] = operations
            for subresource in definition.subresources {
                let subKind = subresource.kind ?? kind
                let body = references[subKind] ?? [:]
                operations = ["parameters": parameters(of: definition, isItem: true)]
                for (verb, method) in [("create", "post"), ("get", "get"), ("update", "put"), ("patch", "patch")]
                where subresource.verbs.contains(verb) {
                    operations[method] = operation(verb, subKind, definition.style, body: body, answer: body)
                }
                paths[collection + "/{name}/" + subresource.name] = operations
            }
        }
        return paths
    }

    private func path(of definition: ResourceDefinition) -> String {
        let root = version.group.isEmpty ? "/api/\(version.version)" : "/apis/\(version)"
        return definition.isNamespaced ? "\(root)/namespaces/{namespace}/\(definition.plural)" : "\(root)/\(definition.plural)"
    }

    private func parameters(of definition: ResourceDefinition, isItem: Bool) -> JSON {
        var names = definition.isNamespaced ? ["namespace"] : []
        if isItem { names.insert("name", at: 0) }
        return .array(names.map { parameter($0, "path", "string", isRequired: true) })
    }

    private static let actions = ["create": "post", "update": "put"]

    private func operation(
        _ verb: String, _ kind: GroupVersionKind, _ style: ResourceDefinition.Style, body: JSON, answer: JSON
    ) -> JSON {
        var operation: JSON = [
            "x-kubernetes-action": .string(Self.actions[verb] ?? verb),
            "x-kubernetes-group-version-kind": [
                "group": .string(kind.group), "kind": .string(kind.kind), "version": .string(kind.version),
            ],
            "tags": [.string(version.description)],
        ]
        var parameters: [JSON] = []
        switch verb {
        case "list":
            for name in ["labelSelector", "fieldSelector", "continue", "resourceVersion", "resourceVersionMatch"] {
                parameters.append(parameter(name, "query", "string"))
            }
            for name in ["limit", "timeoutSeconds"] { parameters.append(parameter(name, "query", "integer")) }
            for name in ["watch", "allowWatchBookmarks", "sendInitialEvents"] {
                parameters.append(parameter(name, "query", "boolean"))
            }
        case "create", "update", "patch":
            for name in ["dryRun", "fieldManager", "fieldValidation"] { parameters.append(parameter(name, "query", "string")) }
            if verb == "patch" { parameters.append(parameter("force", "query", "boolean")) }
        case "delete":
            parameters = [parameter("dryRun", "query", "string"), parameter("propagationPolicy", "query", "string")]
            parameters.append(parameter("gracePeriodSeconds", "query", "integer"))
        default: break
        }
        let media = verb == "patch" ? Self.patchTypes(style) : ["application/json", "application/yaml"]
        let hasBody = ["create", "update", "patch"].contains(verb)
        let bodySchema = verb == "patch" ? ["type": "object"] : body
        switch format {
        case .v2:
            if hasBody { parameters.append(["in": "body", "name": "body", "required": true, "schema": bodySchema]) }
            operation["consumes"] = JSON(hasBody ? media : ["*/*"])
            operation["produces"] = ["application/json", "application/yaml"]
            operation["responses"] = ["200": ["description": "OK", "schema": answer]]
        case .v3:
            if hasBody {
                operation["requestBody"] = [
                    "content": .object(JSONObject(media.map { ($0, ["schema": bodySchema]) })), "required": true,
                ]
            }
            operation["responses"] = ["200": ["description": "OK", "content": ["application/json": ["schema": answer]]]]
        }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        return operation
    }

    /// Clients send strategic merge patches where they are listed, and custom resources do not take them.
    private static func patchTypes(_ style: ResourceDefinition.Style) -> [String] {
        let common = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"]
        return style == .native ? common + ["application/strategic-merge-patch+json"] : common
    }

    private func parameter(_ name: String, _ place: String, _ type: String, isRequired: Bool = false) -> JSON {
        var parameter: JSON = ["name": .string(name), "in": .string(place)]
        if isRequired { parameter["required"] = true }
        switch format {
        case .v2:
            parameter["type"] = .string(type)
            parameter["uniqueItems"] = true
        case .v3: parameter["schema"] = ["type": .string(type), "uniqueItems": true]
        }
        return parameter
    }
}
