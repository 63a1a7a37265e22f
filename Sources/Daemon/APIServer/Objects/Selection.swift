import Kubernetes

/// Which objects of a collection a list or watch is about.
struct Selection: Sendable {
    /// Nil for all namespaces.
    let namespace: String?
    private let labels: LabelSelector?
    private let fields: FieldSelector?
    /// Field selectors name fields as this version has them.
    private let resource: ServedResource

    /// - Throws: `BadRequest` for a selector that does not parse or names a field that the resource cannot be selected by.
    init(_ resource: ServedResource, namespace: String?, labelSelector: String, fieldSelector: String) throws(APIError) {
        let definition = resource.definition
        self.resource = resource
        do {
            let labels = try LabelSelector(parsing: labelSelector)
            let fields = try FieldSelector(parsing: fieldSelector)
            self.labels = labels.isEmpty ? nil : labels
            self.fields = fields.isEmpty ? nil : fields
        } catch {
            throw .badRequest("\(error)")
        }
        for requirement in fields?.requirements ?? [] {
            guard Self.keyFields.contains(requirement.path) || definition.selectableFields.contains(requirement.path) else {
                let known = (Self.keyFields + definition.selectableFields).map { "\"\($0)\"" }.joined(separator: ", ")
                throw .badRequest("\"\(requirement.path)\" is not a known field selector: only \(known)")
            }
        }
        self.namespace = namespace ?? (definition.isNamespaced ? fields?.requiredValue(of: "metadata.namespace") : nil)
    }

    private static let keyFields = ["metadata.name", "metadata.namespace"]

    /// Whether all objects of the namespace are selected.
    var isEverything: Bool { labels == nil && fields == nil }

    /// The only key that can be selected; nil where there may be several.
    var key: ObjectKey? {
        guard let name = fields?.requiredValue(of: "metadata.name") else { return nil }
        if resource.definition.isNamespaced, namespace == nil { return nil }
        return ObjectKey(namespace: namespace ?? "", name: name)
    }

    func matches(_ object: EncodedObject) -> Bool {
        if let labels, !labels.matches(object.labels) { return false }
        guard let fields else { return true }
        // Only other fields than the key's need the tree, which is decoded once then.
        var tree: Object?
        return fields.matches { path in
            switch path {
            case "metadata.name": return object.key.name
            case "metadata.namespace": return object.key.namespace
            default:
                let decoded = tree ?? resource.serve(object).decoded()
                tree = decoded
                return decoded.json[path.split(separator: ".").map(String.init)]?.selectorText
            }
        }
    }
}

extension JSON {
    /// As field selectors compare values.
    fileprivate var selectorText: String {
        switch self {
        case .string(let text): text
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): "\(value)"
        default: ""
        }
    }
}
