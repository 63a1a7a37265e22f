import Kubernetes

/// Why an overrider does not apply to an object: the overrider, and what is wrong.
struct OverriderError: Error, CustomStringConvertible {
    var overrider: String
    var message: String

    var description: String { "\(overrider): \(message)" }
}

extension Overriders {
    func apply(to object: inout Object) throws(OverriderError) {
        for overrider in image { try overrider.apply(to: &object) }
        for overrider in command { overrider.apply(to: &object, field: "command") }
        for overrider in args { overrider.apply(to: &object, field: "args") }
        for overrider in labels { overrider.apply(to: &object, field: "labels") }
        for overrider in annotations { overrider.apply(to: &object, field: "annotations") }
        for overrider in field { try overrider.apply(to: &object) }
        if !plaintext.isEmpty {
            try object.json.apply(plaintext, overrider: "plaintext")
            if object.kind.isEmpty { throw OverriderError(overrider: "plaintext", message: "it removes the object's kind") }
        }
    }
}

extension Object {
    /// Where a workload has its containers; nil for kinds that run none, or that overriders do not look into.
    fileprivate var podSpecPath: [String]? {
        switch kind {
        case "Pod": ["spec"]
        case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job": ["spec", "template", "spec"]
        default: nil
        }
    }

    /// Changes each of a workload's containers (not its init containers) in place.
    fileprivate mutating func updateContainers(_ change: (inout JSON) -> Void) {
        guard let path = podSpecPath else { return }
        json.update(path[...]) { $0.update("containers") { $0.updateElements(change) } }
    }
}

extension ImageOverrider {
    func apply(to object: inout Object) throws(OverriderError) {
        do {
            if let path = predicatePath {
                try replaceImage(at: path, in: &object)
            } else {
                try replaceImages(in: &object)
            }
        } catch {
            throw OverriderError(overrider: "imageOverrider", message: error.description)
        }
    }

    private func replaceImage(at path: String, in object: inout Object) throws(ImageOverriderError) {
        guard let image = JSONPointer(path).flatMap({ object.json[$0]?.string }) else {
            throw ImageOverriderError("there is no text at \(path)")
        }
        let replacement = PlaintextOverrider(replacing: path, with: .string(try overridden(image)))
        do {
            try object.json.apply(jsonPatch: [replacement.patch])
        } catch {
            throw ImageOverriderError("\(error)")
        }
    }

    private func replaceImages(in object: inout Object) throws(ImageOverriderError) {
        var failure: ImageOverriderError?
        object.updateContainers { container in
            do throws(ImageOverriderError) {
                container["image"] = .string(try overridden(container["image"]?.string ?? ""))
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func overridden(_ text: String) throws(ImageOverriderError) -> String {
        guard var image = ImageName(text) else { throw ImageOverriderError("\"\(text)\" is no image name") }
        guard let component else { throw ImageOverriderError("component: must be Registry, Repository or Tag") }
        switch (component, operation) {
        case (.registry, .add): image.registry += value
        case (.registry, .replace): image.registry = value
        case (.registry, .remove): image.registry = ""
        case (.repository, .add): image.repository += value
        case (.repository, .replace): image.repository = value
        case (.repository, .remove): image.repository = ""
        case (.tag, .add): image.setVersion(image.version + value)
        case (.tag, .replace): image.setVersion(value)
        case (.tag, .remove): image.removeVersion()
        case (_, nil): break
        }
        return image.description
    }
}

private struct ImageOverriderError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

extension CommandArgsOverrider {
    func apply(to object: inout Object, field: String) {
        object.updateContainers { container in
            guard container["name"]?.string == containerName else { return }
            let current = container[field]?.strings ?? []
            switch operation {
            case .add: container[field] = JSON(current + value)
            case .remove: container[field] = JSON(current.filter { !value.contains($0) })
            case .replace, nil: break
            }
        }
    }
}

extension LabelAnnotationOverrider {
    func apply(to object: inout Object, field: String) {
        if operation == .add { object.json["metadata", default: [:]].fill(field, with: [:]) }
        object.json.update("metadata") {
            $0.update(field) { members in
                for (key, value) in value where operation == .add || members[key] != nil {
                    if operation == .remove {
                        members[key] = nil
                    } else {
                        members[key] = .string(value)
                    }
                }
            }
        }
    }
}

extension FieldOverrider {
    func apply(to object: inout Object) throws(OverriderError) {
        guard let text = JSONPointer(fieldPath).flatMap({ object.json[$0]?.string }) else {
            throw OverriderError(overrider: "fieldOverrider", message: "there is no text at \(fieldPath)")
        }
        let changed: String
        if !yaml.isEmpty {
            var document = try readYAML(text)
            try document.apply(yaml, overrider: "fieldOverrider")
            changed = YAML.encode(document)
        } else if !json.isEmpty {
            var document = try readJSON(text)
            try document.apply(json, overrider: "fieldOverrider")
            changed = document.description
        } else {
            return
        }
        try object.json.apply([PlaintextOverrider(replacing: fieldPath, with: .string(changed))], overrider: "fieldOverrider")
    }

    private func readYAML(_ text: String) throws(OverriderError) -> JSON {
        do {
            return try YAML.parse(text).first?.json ?? .null
        } catch {
            throw OverriderError(overrider: "fieldOverrider", message: "\(fieldPath) is no YAML: \(error)")
        }
    }

    private func readJSON(_ text: String) throws(OverriderError) -> JSON {
        do {
            return try JSON(parsing: Array(text.utf8))
        } catch {
            throw OverriderError(overrider: "fieldOverrider", message: "\(fieldPath) is no JSON: \(error)")
        }
    }
}

extension JSON {
    /// Applies operations one after the other; an error leaves the value as it was.
    fileprivate mutating func apply(_ operations: [PlaintextOverrider], overrider: String) throws(OverriderError) {
        do {
            try apply(jsonPatch: .array(operations.map(\.patch)))
        } catch {
            throw OverriderError(overrider: overrider, message: "\(error)")
        }
    }
}
