import Kubernetes

extension CustomResourceDefinition {
    /// The definition with the status that follows from its names and those that others in its group have: what is free is
    /// accepted, and once all names were, the definition is established for good.
    func withNames(besides others: [CustomResourceDefinition]) -> CustomResourceDefinition {
        let requested = names
        var accepted = acceptedNames
        let takenResources = Set(others.flatMap(\.acceptedNames.resources).filter { !$0.isEmpty })
        let takenKinds = Set(others.flatMap(\.acceptedNames.kinds).filter { !$0.isEmpty })
        var conflict: (reason: String, message: String)?
        func accept(
            _ name: WritableKeyPath<Names, String>, unless taken: Set<String>, _ reason: String
        ) {
            let value = requested[keyPath: name]
            if taken.contains(value) {
                conflict = (reason, "\"\(value)\" is already in use")
            } else {
                accepted[keyPath: name] = value
            }
        }
        accept(\.plural, unless: takenResources, "PluralConflict")
        accept(\.singular, unless: takenResources, "SingularConflict")
        let unusable = requested.shortNames.filter(takenResources.contains)
        if unusable.isEmpty {
            accepted.shortNames = requested.shortNames
        } else {
            conflict = ("ShortNamesConflict", unusable.map { "\"\($0)\" is already in use" }.joined(separator: ", "))
        }
        accept(\.kind, unless: takenKinds, "KindConflict")
        accept(\.listKind, unless: takenKinds, "ListKindConflict")
        accepted.categories = requested.categories

        var object = object
        object.status["acceptedNames"] = accepted.json
        object.setCondition(
            "NamesAccepted", conflict == nil, reason: conflict?.reason ?? "NoConflicts",
            message: conflict?.message ?? "no conflicts found")
        if conflict == nil {
            object.setCondition(
                "Established", true, reason: "InitialNamesAccepted", message: "the initial names have been accepted")
        } else if !isEstablished {
            object.setCondition("Established", false, reason: "NotAccepted", message: "not all names are accepted")
        }
        if object.isBeingDeleted {
            object.setCondition(
                "Terminating", true, reason: "InstanceDeletionInProgress", message: "CustomResource deletion is in progress")
        }
        return CustomResourceDefinition(object)
    }
}

extension Object {
    /// Sets a condition; its time stays while its status does.
    fileprivate mutating func setCondition(_ type: String, _ isTrue: Bool, reason: String, message: String) {
        var conditions = status["conditions"]?.array ?? []
        let status = isTrue ? "True" : "False"
        let index = conditions.firstIndex { $0["type"]?.string == type }
        let old = index.map { conditions[$0] }
        let since = old?["status"]?.string == status ? old?["lastTransitionTime"]?.string : nil
        let condition: JSON = [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": .string(since ?? Timestamp.now().description),
        ]
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        self.status["conditions"] = .array(conditions)
    }
}
