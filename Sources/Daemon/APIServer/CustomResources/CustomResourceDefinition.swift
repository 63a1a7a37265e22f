import Kubernetes

/// A view of a CustomResourceDefinition (`apiextensions.k8s.io/v1`).
struct CustomResourceDefinition: Sendable {
    static let collection = GroupResource(group: "apiextensions.k8s.io", resource: "customresourcedefinitions")
    /// Keeps a definition until its custom resources are gone.
    static let cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io"

    let object: Object

    init(_ object: Object) { self.object = object }

    /// The names that discovery shows; `spec.names` holds those that are asked for, `status.acceptedNames` those that were given.
    struct Names: Sendable, Equatable {
        var plural: String
        var singular: String
        var shortNames: [String]
        var kind: String
        var listKind: String
        var categories: [String]

        init(_ json: JSON?) {
            plural = json?["plural"]?.string ?? ""
            singular = json?["singular"]?.string ?? ""
            shortNames = json?["shortNames"]?.strings ?? []
            kind = json?["kind"]?.string ?? ""
            listKind = json?["listKind"]?.string ?? ""
            categories = json?["categories"]?.strings ?? []
        }

        /// As paths and command lines name the resource.
        var resources: [String] { [plural, singular] + shortNames }
        var kinds: [String] { [kind, listKind] }

        var json: JSON {
            var json: JSON = ["plural": .string(plural), "kind": .string(kind)]
            if !singular.isEmpty { json["singular"] = .string(singular) }
            if !listKind.isEmpty { json["listKind"] = .string(listKind) }
            if !shortNames.isEmpty { json["shortNames"] = JSON(shortNames) }
            if !categories.isEmpty { json["categories"] = JSON(categories) }
            return json
        }
    }

    var name: String { object.name }
    var group: String { object.spec["group"]?.string ?? "" }
    var names: Names { Names(object.spec["names"]) }
    var acceptedNames: Names { Names(object.status["acceptedNames"]) }
    var isNamespaced: Bool { object.spec["scope"]?.string == "Namespaced" }
    var versions: [JSON] { object.spec["versions"]?.array ?? [] }
    var storedVersions: [String] { object.status["storedVersions"]?.strings ?? [] }
    var isEstablished: Bool { isTrue("Established") }
    /// Where the custom resources are kept. The names in the specification cannot be told apart from the definition's own name.
    var groupResource: GroupResource { GroupResource(group: group, resource: names.plural) }

    var storageVersion: String { versions.first { $0["storage"]?.bool == true }?["name"]?.string ?? "" }

    func isTrue(_ condition: String) -> Bool {
        object.status["conditions"]?.array?.first { $0["type"]?.string == condition }?["status"]?.string == "True"
    }

    /// Notes the storage version among those that stored objects may have.
    static func noteStorageVersion(in object: inout Object) {
        let definition = CustomResourceDefinition(object)
        let stored = definition.storedVersions
        let version = definition.storageVersion
        if !version.isEmpty, !stored.contains(version) { object.status["storedVersions"] = JSON(stored + [version]) }
    }

    // MARK: As a resource

    /// The resource that the definition makes, by the names that it was given.
    ///
    /// Objects are converted between versions by changing their `apiVersion` only (strategy None). A definition that asks for a
    /// conversion webhook is served in its storage version alone, where nothing has to be converted.
    var resource: ResourceDefinition? {
        let names = acceptedNames
        let needsWebhook = object.spec["conversion", "strategy"]?.string == "Webhook"
        let served = versions.filter { version in
            version["served"]?.bool == true && (!needsWebhook || version["storage"]?.bool == true)
        }.sorted { APIVersionOrder.precedes($0.text("name"), $1.text("name")) }
        guard !served.isEmpty, !names.plural.isEmpty else { return nil }
        // Nothing is created any more while the custom resources are being removed.
        let verbs = object.isBeingDeleted ? Verbs.all.filter { $0 != "create" } : Verbs.all
        var fields: [String] = []
        for path in served.flatMap({ $0.list("selectableFields") }).map({ String($0.text("jsonPath").dropFirst()) })
        where !fields.contains(path) { fields.append(path) }
        var resource = ResourceDefinition(
            group: group, versions: served.map(Self.version),
            storage: GroupVersionResource(group: group, version: storageVersion, resource: names.plural), kind: names.kind,
            listKind: names.listKind, plural: names.plural, singular: names.singular, shortNames: names.shortNames,
            categories: names.categories, isNamespaced: isNamespaced, verbs: verbs, subresources: Self.subresources(served),
            style: .custom, hasGeneration: true, allowsUnconditionalUpdate: false, selectableFields: fields)
        resource.holdsOtherVersions = storedVersions.contains { $0 != storageVersion }
        return resource
    }

    private static func version(_ version: JSON) -> ResourceVersion {
        let schema = version["schema", "openAPIV3Schema"] ?? ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        let columns = version["additionalPrinterColumns"]?.array?.map { column in
            PrinterColumn(
                column.text("name"), type: column.text("type"), format: column.text("format"),
                description: column.text("description"), priority: column["priority"]?.int ?? 0, column.text("jsonPath"))
        }
        return ResourceVersion(version.text("name"), schema: .customResource(schema), columns: columns, document: schema)
    }

    /// Those of all served versions; where versions differ, the preferred one decides.
    private static func subresources(_ versions: [JSON]) -> [Subresource] {
        var subresources: [Subresource] = []
        let declared = versions.compactMap { $0["subresources"] }
        if declared.contains(where: { $0["status"] != nil }) { subresources.append(.status) }
        if let scale = declared.compactMap({ $0["scale"] }).first {
            let selector = scale["labelSelectorPath"]?.string.map(path) ?? []
            subresources.append(
                .scale(
                    spec: path(scale.text("specReplicasPath")), status: path(scale.text("statusReplicasPath")),
                    selector: selector.isEmpty ? .none : .text(path: selector)))
        }
        return subresources
    }

    /// `["spec", "replicas"]` of `.spec.replicas`.
    private static func path(_ jsonPath: String) -> [String] { jsonPath.split(separator: ".").map(String.init) }
}
