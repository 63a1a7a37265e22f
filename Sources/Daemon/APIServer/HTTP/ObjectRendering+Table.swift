import Kubernetes

/// What each row of a table carries of its object (`includeObject`).
enum TableObject: String, Sendable { case none = "None", metadata = "Metadata", object = "Object" }

extension ObjectRendering {
    func table(_ objects: [Object], _ version: String, metadata: JSON) -> JSON {
        let columns: [JSON] = [
            ["name": "Name", "type": "string", "format": "name", "description": "", "priority": 0],
            ["name": "Created At", "type": "date", "format": "", "description": "", "priority": 0],
        ]
        let rows: [JSON] = objects.map { object in
            ["cells": [.string(object.name), .string(object.creationTimestamp)], "object": Self.metadata(of: object, version)]
        }
        return [
            "kind": "Table", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": metadata,
            "columnDefinitions": .array(columns), "rows": .array(rows),
        ]
    }
}
