import Kubernetes

/// What the name of an object may be.
enum NameRule: Sendable {
    /// A DNS subdomain (RFC 1123), as for most kinds.
    case subdomain
    /// A DNS label (RFC 1123): it becomes part of a host name.
    case label
    /// A DNS label that does not start with a digit (RFC 1035): Services.
    case label1035
    /// A segment of a path: RBAC's roles, whose names hold colons.
    case pathSegment
    /// Karmada's clusters: a label of at most 48 characters, as it becomes part of a namespace's name.
    case clusterName

    func problems(of name: String) -> [String] {
        switch self {
        case .subdomain: LabelSyntax.problems(ofSubdomain: name)
        case .label: LabelSyntax.problems(ofDNSLabel: name)
        case .label1035: NameSyntax.problems(ofLabel1035: name)
        case .pathSegment: NameSyntax.problems(ofPathSegment: name)
        case .clusterName: NameSyntax.problems(ofClusterName: name)
        }
    }
}

/// Names beyond those of labels.
enum NameSyntax {
    static func problems(ofLabel1035 name: String) -> [String] {
        var problems: [String] = []
        if name.utf8.count > 63 { problems.append("must be no more than 63 bytes") }
        let isValid =
            LabelSyntax.problems(ofDNSLabel: String(name.prefix(63))).isEmpty
            && name.utf8.first.map { $0 > UInt8(ascii: "9") } == true
        if !isValid {
            problems.append(
                "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
                    + "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
                    + "'[a-z]([-a-z0-9]*[a-z0-9])?')")
        }
        return problems
    }

    static func problems(ofPathSegment name: String) -> [String] {
        if name == "." || name == ".." { return ["may not be '\(name)'"] }
        return ["/", "%"].filter(name.contains).map { "may not contain '\($0)'" }
    }

    static func problems(ofClusterName name: String) -> [String] {
        if name.isEmpty { return ["must be not empty"] }
        if name.utf8.count > 48 { return ["must be no more than 48 characters"] }
        return LabelSyntax.problems(ofDNSLabel: name)
    }

    /// The name of a container port (IANA service name).
    static func problems(ofPortName name: String) -> [String] {
        var problems: [String] = []
        let bytes = Array(name.utf8)
        if bytes.count > 15 { problems.append("must be no more than 15 characters") }
        let isLetter = { (byte: UInt8) in byte &- UInt8(ascii: "a") < 26 }
        if !bytes.allSatisfy({ isLetter($0) || $0 &- UInt8(ascii: "0") < 10 || $0 == UInt8(ascii: "-") }) {
            problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !bytes.contains(where: isLetter) { problems.append("must contain at least one letter (a-z)") }
        if name.contains("--") { problems.append("must not contain consecutive hyphens") }
        if bytes.first == UInt8(ascii: "-") || bytes.last == UInt8(ascii: "-") {
            problems.append("must not begin or end with a hyphen")
        }
        return problems
    }

    /// The key of a ConfigMap or Secret.
    static func problems(ofConfigKey key: String) -> [String] {
        var problems: [String] = []
        if key.utf8.count > 253 { problems.append("must be no more than 253 bytes") }
        let isValid =
            !key.isEmpty
            && key.utf8.allSatisfy {
                $0 &- UInt8(ascii: "0") < 10 || ($0 | 0x20) &- UInt8(ascii: "a") < 26
                    || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains($0)
            }
        if !isValid {
            problems.append(
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
                    + "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")
        }
        if key == "." { problems.append("must not be '.'") }
        if key == ".." {
            problems.append("must not be '..'")
        } else if key.hasPrefix("..") {
            problems.append("must not start with '..'")
        }
        return problems
    }

    /// The name of an environment variable: any printable ASCII but `=`.
    static func problems(ofEnvironmentName name: String) -> [String] {
        let isValid = !name.isEmpty && name.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
        return isValid
            ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
    }

    static func problems(ofPort port: Int64) -> [String] {
        (1...65535).contains(port) ? [] : ["must be between 1 and 65535, inclusive"]
    }
}

/// The rules for `metadata`, the same for every kind.
enum MetadataRules {
    /// Bytes of all annotations together.
    private static let maximumAnnotations = 256 << 10

    /// - Parameter old: what is stored, whose labels, annotations and owners were checked then; nil on creation.
    static func validate(
        _ object: Object, old: Object? = nil, isNamespaced: Bool, name rule: NameRule, _ errors: inout FieldErrors
    ) {
        let path = FieldPath.metadata
        if !object.generateName.isEmpty {
            // What will be appended is valid, so a dash at the end is too.
            let prefix = object.generateName.hasSuffix("-") ? object.generateName.dropLast() + "a" : object.generateName
            for problem in rule.problems(of: prefix) {
                errors.invalid(path.child("generateName"), .string(object.generateName), problem)
            }
        }
        if object.name.isEmpty {
            errors.required(path.child("name"), "name or generateName is required")
        } else {
            for problem in rule.problems(of: object.name) { errors.invalid(path.child("name"), .string(object.name), problem) }
        }
        if isNamespaced {
            if object.namespace.isEmpty {
                errors.required(path.child("namespace"))
            } else {
                for problem in LabelSyntax.problems(ofDNSLabel: object.namespace) {
                    errors.invalid(path.child("namespace"), .string(object.namespace), problem)
                }
            }
        } else if !object.namespace.isEmpty {
            errors.forbidden(path.child("namespace"), "not allowed on this type")
        }
        let (metadata, before) = (object.metadata, old?.metadata ?? .null)
        if metadata["labels"] != before["labels"] { validateLabels(metadata["labels"], path.child("labels"), &errors) }
        if metadata["annotations"] != before["annotations"] {
            validateAnnotations(metadata["annotations"], path.child("annotations"), &errors)
        }
        if metadata["ownerReferences"] != before["ownerReferences"] {
            validateOwners(object, path.child("ownerReferences"), &errors)
        }
        for finalizer in object.finalizers {
            validateQualifiedName(finalizer, path.child("finalizers"), &errors)
        }
    }

    static func validateFinalizersAreQualified(_ object: Object, _ errors: inout FieldErrors) {
        let path = FieldPath.metadata
        for finalizer in object.finalizers {
            if !finalizer.contains("/"), !["orphan", "foregroundDeletion", "kubernetes"].contains(finalizer) {
                errors.invalid(
                    path.child("finalizers").index(object.finalizers.firstIndex(of: finalizer) ?? 0), .string(finalizer),
                    "name is neither a standard finalizer name nor is it fully qualified")
            }
        }
    }

    static func validateUpdate(_ object: Object, _ old: Object, _ errors: inout FieldErrors) {
        for field in ["name", "namespace", "uid", "creationTimestamp"] {
            let before = old.metadata[field]
            if let now = object.metadata[field], let before, now != before {
                errors.invalid(FieldPath.metadata.child(field), now, "field is immutable")
            }
        }
    }

    static func validateLabels(_ labels: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        for (key, value) in labels?.object ?? [:] {
            for problem in LabelSyntax.problems(ofKey: key) { errors.invalid(path, .string(key), problem) }
            for problem in LabelSyntax.problems(ofValue: value.string ?? "") { errors.invalid(path, value, problem) }
        }
    }

    static func validateAnnotations(_ annotations: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        var size = 0
        for (key, value) in annotations?.object ?? [:] {
            for problem in LabelSyntax.problems(ofKey: key.lowercased()) { errors.invalid(path, .string(key), problem) }
            size += key.utf8.count + (value.string?.utf8.count ?? 0)
        }
        if size > maximumAnnotations { errors.tooLong(path, limit: maximumAnnotations) }
    }

    static func validateQualifiedName(_ name: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        for problem in LabelSyntax.problems(ofKey: name) { errors.invalid(path, .string(name), problem) }
    }

    private static func validateOwners(_ object: Object, _ path: FieldPath, _ errors: inout FieldErrors) {
        var controller: String?
        for (index, owner) in object.ownerReferences.enumerated() {
            let at = path.index(index)
            if owner.apiVersion.isEmpty { errors.invalid(at.child("apiVersion"), "", "version must not be empty") }
            if owner.kind.isEmpty { errors.invalid(at.child("kind"), "", "must not be empty") }
            if owner.name.isEmpty { errors.invalid(at.child("name"), "", "must not be empty") }
            if owner.uid.isEmpty { errors.invalid(at.child("uid"), "", "must not be empty") }
            guard owner.isController else { continue }
            if let first = controller {
                errors.invalid(
                    path, object.metadata["ownerReferences"],
                    "Only one reference can have Controller set to true. Found \"true\" in references for \(first) and "
                        + owner.name
                )
            } else {
                controller = owner.name
            }
        }
    }
}
