import Kubernetes

/// Which CustomResourceDefinitions are accepted.
enum CustomResourceRules {
    static func validate(_ object: Object, old: Object?, _ errors: inout FieldErrors) {
        let definition = CustomResourceDefinition(object)
        validateName(definition, &errors)
        validateGroupAndScope(definition, &errors)
        validateNames(definition.names, FieldPath.spec.child("names"), &errors)
        if object.spec["preserveUnknownFields"]?.bool == true {
            errors.invalid(
                FieldPath.spec.child("preserveUnknownFields"), true,
                "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead")
        }
        validateConversion(object, &errors)
        validateVersions(definition, &errors)
        if let old { validateUpdate(definition, CustomResourceDefinition(old), &errors) }
    }

    private static func validateName(_ definition: CustomResourceDefinition, _ errors: inout FieldErrors) {
        guard definition.name != "\(definition.names.plural).\(definition.group)" else { return }
        errors.invalid(
            FieldPath.metadata.child("name"), .string(definition.name), #"must be spec.names.plural+"."+spec.group"#)
    }

    private static func validateGroupAndScope(_ definition: CustomResourceDefinition, _ errors: inout FieldErrors) {
        let path = FieldPath.spec.child("group")
        let group = definition.group
        if group.isEmpty {
            errors.required(path)
        } else {
            for problem in LabelSyntax.problems(ofSubdomain: group) { errors.invalid(path, .string(group), problem) }
            if !group.contains(".") { errors.invalid(path, .string(group), "should be a domain with at least one dot") }
        }
        let scope = definition.object.spec.text("scope")
        if scope.isEmpty {
            errors.required(FieldPath.spec.child("scope"))
        } else if scope != "Cluster" && scope != "Namespaced" {
            errors.notSupported(FieldPath.spec.child("scope"), .string(scope), ["Cluster", "Namespaced"])
        }
    }

    private static func validateNames(
        _ names: CustomResourceDefinition.Names, _ path: FieldPath, _ errors: inout FieldErrors
    ) {
        func check(_ name: String, _ path: FieldPath, _ errors: inout FieldErrors) {
            for problem in NameSyntax.problems(ofLabel1035: name) { errors.invalid(path, .string(name), problem) }
        }
        for (field, name) in [("plural", names.plural), ("singular", names.singular)] {
            if name.isEmpty { errors.required(path.child(field)) } else { check(name, path.child(field), &errors) }
        }
        for (field, kind) in [("kind", names.kind), ("listKind", names.listKind)] {
            if kind.isEmpty { errors.required(path.child(field)) }
            for problem in kind.isEmpty ? [] : NameSyntax.problems(ofLabel1035: kind.lowercased()) {
                errors.invalid(path.child(field), .string(kind), "may have mixed case, but should otherwise match: \(problem)")
            }
        }
        if names.kind == names.listKind, !names.kind.isEmpty {
            errors.invalid(path.child("listKind"), .string(names.listKind), "kind and listKind may not be the same")
        }
        for (field, list) in [("shortNames", names.shortNames), ("categories", names.categories)] {
            for (index, name) in list.enumerated() { check(name, path.child(field).index(index), &errors) }
        }
    }

    private static func validateConversion(_ object: Object, _ errors: inout FieldErrors) {
        let path = FieldPath.spec.child("conversion")
        let conversion = object.spec["conversion"]
        switch conversion?["strategy"]?.string {
        case "None"?:
            if conversion?["webhook"] != nil {
                errors.forbidden(
                    path.child("webhook"), "should not be set when strategy is not set to Webhook")
            }
        case "Webhook"?:
            if conversion?["webhook", "clientConfig"] == nil {
                errors.required(
                    path.child("webhook").child("clientConfig"), "required when strategy is set to Webhook")
            }
        case let strategy?: errors.notSupported(path.child("strategy"), .string(strategy), ["None", "Webhook"])
        case nil: errors.required(path.child("strategy"))
        }
    }

    // MARK: Versions

    private static func validateVersions(_ definition: CustomResourceDefinition, _ errors: inout FieldErrors) {
        let path = FieldPath.spec.child("versions")
        let versions = definition.versions
        let names = versions.map { $0.text("name") }
        for (index, version) in versions.enumerated() { validate(version, path.index(index), &errors) }
        if Set(names).count != names.count {
            errors.invalid(path, definition.object.spec["versions"], "must contain unique version names")
        }
        if versions.isEmpty {
            errors.invalid(path, [], "must have at least one version specified")
        } else if versions.filter({ $0["storage"]?.bool == true }).count != 1 {
            errors.invalid(
                path, definition.object.spec["versions"], "must have exactly one version marked as storage version")
        }
    }

    private static func validate(_ version: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let name = version.text("name")
        for problem in NameSyntax.problems(ofLabel1035: name) { errors.invalid(path.child("name"), .string(name), problem) }
        if version["deprecationWarning"] != nil, version["deprecated"]?.bool != true {
            errors.invalid(
                path.child("deprecationWarning"), version["deprecationWarning"],
                "can only be set for deprecated versions")
        }
        let schemaPath = path.child("schema").child("openAPIV3Schema")
        if let schema = version["schema", "openAPIV3Schema"] {
            SchemaRules.validate(schema, schemaPath, &errors)
        } else {
            errors.required(schemaPath, "schemas are required")
        }
        validateScale(version["subresources", "scale"], path.child("subresources").child("scale"), &errors)
        for (index, column) in version.list("additionalPrinterColumns").enumerated() {
            validateColumn(column, path.child("additionalPrinterColumns").index(index), &errors)
        }
        for (index, field) in version.list("selectableFields").enumerated() where !field.text("jsonPath").hasPrefix(".") {
            let fieldPath = path.child("selectableFields").index(index).child("jsonPath")
            errors.invalid(fieldPath, field["jsonPath"], "must be a simple json path starting with .")
        }
    }

    private static func validateScale(_ scale: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard let scale else { return }
        let fields = [
            ("specReplicasPath", [".spec."]), ("statusReplicasPath", [".status."]), ("labelSelectorPath", [".status.", ".spec."]),
        ]
        for (field, roots) in fields {
            let value = scale.text(field)
            if value.isEmpty {
                if field != "labelSelectorPath" { errors.required(path.child(field)) }
            } else if !roots.contains(where: value.hasPrefix) || value.contains("[") {
                let names = roots.map { String($0.dropLast()) }.joined(separator: " or ")
                errors.invalid(path.child(field), .string(value), "should be a json path under \(names)")
            }
        }
    }

    private static let columnTypes = ["boolean", "date", "integer", "number", "string"]

    private static func validateColumn(_ column: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        if column.text("name").isEmpty { errors.required(path.child("name")) }
        let type = column.text("type")
        if type.isEmpty {
            errors.required(path.child("type"), "must be one of \(columnTypes.joined(separator: ","))")
        } else if !columnTypes.contains(type) {
            errors.invalid(path.child("type"), .string(type), "must be one of \(columnTypes.joined(separator: ","))")
        }
        let jsonPath = column.text("jsonPath")
        if jsonPath.isEmpty {
            errors.required(path.child("jsonPath"))
        } else if !jsonPath.hasPrefix(".") || JSONPath(jsonPath) == nil {
            errors.invalid(path.child("jsonPath"), .string(jsonPath), "is an invalid path")
        }
    }

    // MARK: Updates

    private static func validateUpdate(
        _ definition: CustomResourceDefinition, _ old: CustomResourceDefinition, _ errors: inout FieldErrors
    ) {
        if old.isEstablished {
            for (path, before, now) in [
                (FieldPath.spec.child("scope"), old.object.spec["scope"], definition.object.spec["scope"]),
                (
                    FieldPath.spec.child("names").child("kind"), .string(old.names.kind) as JSON?,
                    .string(definition.names.kind) as JSON?
                ),
            ] where before != now { errors.invalid(path, now, "field is immutable") }
        }
        let versions = definition.versions.map { $0.text("name") }
        for (index, version) in definition.storedVersions.enumerated() where !versions.contains(version) {
            errors.invalid(
                FieldPath("status").child("storedVersions").index(index), .string(version),
                """
                missing from spec.versions; \(version) was previously a storage version, and must remain in spec.versions until \
                a storage migration ensures no data remains persisted in \(version) and removes \(version) from \
                status.storedVersions
                """)
        }
    }
}
