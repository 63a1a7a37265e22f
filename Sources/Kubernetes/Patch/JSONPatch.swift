extension JSON {
    /// Operations that one JSON patch may have, and bytes that its copies may add up to: kube-apiserver's limits.
    public static let maximumPatchOperations = 10_000
    public static let maximumPatchCopyBytes = 3 << 20

    /// Applies a JSON patch (RFC 6902): all of its operations, or none where one fails.
    ///
    /// As in Kubernetes, a `test` for null also holds where there is no value.
    /// - Parameter replaceAddsMissing: lets `replace` set a member that is not there yet. The RFC forbids it and so does Karmada in
    ///   overriders; kube-apiserver allows it.
    public mutating func apply(jsonPatch patch: JSON, replaceAddsMissing: Bool = false) throws(PatchError) {
        guard let operations = patch.array else {
            throw PatchError(.malformed, "a JSON patch must be an array of operations, not \(patch.typeName)")
        }
        guard operations.count <= Self.maximumPatchOperations else {
            throw PatchError(
                .tooLarge,
                "The allowed maximum operations in a JSON patch is \(Self.maximumPatchOperations), got \(operations.count)")
        }
        var application = JSONPatchApplication(self, replaceAddsMissing: replaceAddsMissing)
        for (index, operation) in operations.enumerated() {
            try application.apply(try JSONPatchOperation(operation, index: index))
        }
        self = application.document
    }
}

/// One operation, checked for its own sake.
private struct JSONPatchOperation {
    enum Action {
        case add(JSON)
        case remove
        case replace(JSON)
        case move(from: JSONPointer)
        case copy(from: JSONPointer)
        case test(JSON)
    }

    let name: String
    let path: JSONPointer
    let action: Action

    init(_ json: JSON, index: Int) throws(PatchError) {
        guard let members = json.object else {
            throw PatchError(.malformed, "operation \(index) of the JSON patch must be an object, not \(json.typeName)")
        }
        guard let name = members["op"]?.string else {
            throw PatchError(.malformed, "operation \(index) of the JSON patch has no op")
        }
        func pointer(_ field: String) throws(PatchError) -> JSONPointer {
            guard let text = members[field]?.string else {
                throw PatchError(.malformed, "\(name) operation \(index) of the JSON patch is missing its \(field)")
            }
            guard let pointer = JSONPointer(text) else {
                throw PatchError(
                    .malformed, "\(name) operation \(index) of the JSON patch: \(field) '\(text)' is no JSON pointer")
            }
            return pointer
        }
        func value(at path: JSONPointer) throws(PatchError) -> JSON {
            guard let value = members["value"] else {
                throw PatchError(
                    .malformed, "\(name) operation \(index) of the JSON patch for path '\(path)' is missing its value")
            }
            return value
        }
        self.name = name
        path = try pointer("path")
        switch name {
        case "add": action = .add(try value(at: path))
        case "remove": action = .remove
        case "replace": action = .replace(try value(at: path))
        case "move": action = .move(from: try pointer("from"))
        case "copy": action = .copy(from: try pointer("from"))
        case "test": action = .test(try value(at: path))
        default: throw PatchError(.malformed, "Unexpected kind: \(name)")
        }
    }

    func inapplicable(_ why: String) -> PatchError {
        PatchError(.inapplicable, "error in \(name) for path: '\(path)': \(why)")
    }
}

/// A document while operations are applied to it.
private struct JSONPatchApplication {
    private(set) var document: JSON
    private let replaceAddsMissing: Bool
    private var copiedBytes = 0
    /// The document is not deeper than this; it is worked out anew when it might be too deep.
    private var depthBound: Int

    init(_ document: JSON, replaceAddsMissing: Bool) {
        self.document = document
        self.replaceAddsMissing = replaceAddsMissing
        depthBound = document.depth
    }

    mutating func apply(_ operation: JSONPatchOperation) throws(PatchError) {
        let path = operation.path
        switch operation.action {
        case .add(let value):
            try add(value, depth: value.depth, operation)
        case .remove:
            _ = try remove(path, operation)
        case .replace(let value):
            try replace(value, operation)
        case .move(let from):
            guard !from.isProperPrefix(of: path) else {
                throw operation.inapplicable("a value cannot move into itself, from '\(from)'")
            }
            let value = try remove(from, operation)
            try add(value, depth: depthBound - from.tokens.count, operation)
        case .copy(let from):
            let value = try existing(from, operation)
            copiedBytes += value.encoded().count
            guard copiedBytes <= JSON.maximumPatchCopyBytes else {
                throw PatchError(
                    .tooLarge,
                    "Unable to complete the copy, the accumulated size increase of copy is \(copiedBytes), exceeding the limit "
                        + "\(JSON.maximumPatchCopyBytes)")
            }
            try add(value, depth: depthBound - from.tokens.count, operation)
        case .test(let expected):
            guard (document[path] ?? .null).isSameValue(as: expected) else {
                throw PatchError(.inapplicable, "testing value \(path) failed: test failed")
            }
        }
    }

    private func existing(_ path: JSONPointer, _ operation: JSONPatchOperation) throws(PatchError) -> JSON {
        guard let value = document[path] else { throw operation.inapplicable("there is no value at '\(path)'") }
        return value
    }

    private mutating func add(_ value: JSON, depth: Int, _ operation: JSONPatchOperation) throws(PatchError) {
        try change(operation) { (parent, key) throws(PatchError) in
            switch parent {
            case .object:
                parent[key] = value
            case .array(var elements):
                guard let index = key == "-" ? elements.count : JSONPointer.index(key), index <= elements.count else {
                    throw operation.inapplicable("Unable to access invalid index: \(key): invalid index referenced")
                }
                parent = .null
                elements.insert(value, at: index)
                parent = .array(elements)
            default:
                throw operation.inapplicable("cannot add a member to \(parent.typeName)")
            }
        } root: {
            $0 = value
        }
        try deepen(to: operation.path.tokens.count + depth, operation)
    }

    private mutating func replace(_ value: JSON, _ operation: JSONPatchOperation) throws(PatchError) {
        let mayAdd = replaceAddsMissing
        try change(operation) { (parent, key) throws(PatchError) in
            switch parent {
            case .object(let members) where mayAdd || members[key] != nil:
                parent[key] = value
            case .array(var elements):
                guard let index = JSONPointer.index(key), elements.indices.contains(index) else {
                    throw operation.inapplicable("Unable to access invalid index: \(key): invalid index referenced")
                }
                parent = .null
                elements[index] = value
                parent = .array(elements)
            default:
                throw operation.inapplicable("doc is missing key: \(key): missing value")
            }
        } root: {
            $0 = value
        }
        try deepen(to: operation.path.tokens.count + value.depth, operation)
    }

    private mutating func remove(_ path: JSONPointer, _ operation: JSONPatchOperation) throws(PatchError) -> JSON {
        let removed = try existing(path, operation)
        _ = try document.change(at: path.tokens.dropLast()) { parent in
            guard let key = path.tokens.last else {
                parent = .null
                return
            }
            if case .array(var elements) = parent, let index = JSONPointer.index(key) {
                parent = .null
                elements.remove(at: index)
                parent = .array(elements)
            } else {
                parent[key] = nil
            }
        }
        return removed
    }

    /// Changes the object or array that holds the operation's path, or the whole document.
    private mutating func change(
        _ operation: JSONPatchOperation, _ member: (inout JSON, String) throws(PatchError) -> Void, root: (inout JSON) -> Void
    ) throws(PatchError) {
        guard let key = operation.path.tokens.last else {
            root(&document)
            return
        }
        let found = try document.change(at: operation.path.tokens.dropLast()) { (parent) throws(PatchError) in
            try member(&parent, key)
        }
        guard found else {
            throw PatchError(
                .inapplicable,
                "\(operation.name) operation does not apply: doc is missing path: \"\(operation.path)\": missing value")
        }
    }

    /// Nested values must stay within what a parser takes, whatever a patch puts into each other.
    private mutating func deepen(to depth: Int, _ operation: JSONPatchOperation) throws(PatchError) {
        depthBound = max(depthBound, depth)
        guard depthBound > JSON.maximumDepth else { return }
        depthBound = document.depth
        guard depthBound <= JSON.maximumDepth else {
            throw PatchError(
                .tooLarge,
                "\(operation.name) operation for path '\(operation.path)' nests deeper than \(JSON.maximumDepth) levels")
        }
    }
}
