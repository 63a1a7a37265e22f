import Kubernetes

// Checks that many kinds share, in Kubernetes' words.
extension FieldErrors {
    mutating func nonNegative(_ value: JSON?, _ path: FieldPath) {
        if let number = value?.integer, number < 0 { invalid(path, value, "must be greater than or equal to 0") }
    }

    mutating func positive(_ value: JSON?, _ path: FieldPath) {
        if let number = value?.integer, number <= 0 { invalid(path, value, "must be greater than 0") }
    }

    mutating func immutable(_ new: JSON?, _ old: JSON?, _ path: FieldPath) {
        if new != old { invalid(path, new, "field is immutable") }
    }

    /// - Parameter supported: in alphabetical order.
    mutating func oneOf(_ value: JSON?, _ supported: [String], _ path: FieldPath, isRequired: Bool = false) {
        guard let text = value?.string, !text.isEmpty else {
            if isRequired { required(path) }
            return
        }
        if !supported.contains(text) { notSupported(path, value, supported) }
    }

    /// A port's number, or its name.
    mutating func port(_ value: JSON?, _ path: FieldPath) {
        if let text = value?.string {
            for problem in NameSyntax.problems(ofPortName: text) { invalid(path, value, problem) }
        } else if let number = value?.integer {
            for problem in NameSyntax.problems(ofPort: number) { invalid(path, value, problem) }
        }
    }

    /// A count or a percentage.
    mutating func countOrPercentage(_ value: JSON?, _ path: FieldPath, isAtMost100: Bool = false) {
        if let text = value?.string {
            guard text.hasSuffix("%"), let percent = Int(text.dropLast()), percent >= 0 else {
                return invalid(
                    path, value,
                    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used "
                        + "for validation is '[0-9]+%')")
            }
            if isAtMost100, percent > 100 { invalid(path, value, "must not be greater than 100%") }
        } else {
            nonNegative(value, path)
        }
    }

    mutating func labelSelector(_ selector: JSON?, _ path: FieldPath) {
        guard let selector else { return }
        MetadataRules.validateLabels(selector["matchLabels"], path.child("matchLabels"), &self)
        for (index, expression) in selector.list("matchExpressions").enumerated() {
            let at = path.child("matchExpressions").index(index)
            let values = expression.list("values")
            switch expression.text("operator") {
            case "In", "NotIn":
                if values.isEmpty { required(at.child("values"), "must be specified when `operator` is 'In' or 'NotIn'") }
            case "Exists", "DoesNotExist":
                if !values.isEmpty {
                    forbidden(at.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
                }
            default: invalid(at.child("operator"), expression["operator"] ?? "", "not a valid selector operator")
            }
            MetadataRules.validateQualifiedName(expression.text("key"), at.child("key"), &self)
            for (place, value) in values.enumerated() {
                for problem in LabelSyntax.problems(ofValue: value.string ?? "") {
                    invalid(at.child("values").index(place), value, problem)
                }
            }
        }
    }
}
