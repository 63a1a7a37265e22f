import Kubernetes

/// Reading fields as Kubernetes' types have them: absent and null are the same, anything but the right type is an error that
/// names the field.
extension JSON {
    /// A count, as Kubernetes' `int32` fields are; nil where there is none.
    func count(_ path: String..., within prefix: String = "") throws(InterpreterError) -> Int? {
        guard let number = try integer(path, within: prefix) else { return nil }
        guard let count = Int32(exactly: number) else {
            throw InterpreterError(
                field: prefix + path.joined(separator: "."), message: "\(number) is out of the range of an int32")
        }
        return Int(count)
    }

    /// A generation, as Kubernetes' `int64` fields are; nil where there is none.
    func generation(_ path: String..., within prefix: String = "") throws(InterpreterError) -> Int64? {
        try integer(path, within: prefix)
    }

    /// A string; nil where there is none.
    func text(_ path: String..., within prefix: String = "") throws(InterpreterError) -> String? {
        guard let value = value(path) else { return nil }
        guard let text = value.string else { throw .mismatch(prefix, path, expected: "a string", value) }
        return text
    }

    /// The elements of a list; empty where there is none.
    func list(_ path: String..., within prefix: String = "") throws(InterpreterError) -> [JSON] {
        guard let value = value(path) else { return [] }
        guard let list = value.array else { throw .mismatch(prefix, path, expected: "an array", value) }
        return list
    }

    /// A time; nil where there is none.
    func time(_ path: String..., within prefix: String = "") throws(InterpreterError) -> Timestamp? {
        guard let value = value(path) else { return nil }
        guard let time = value.string.flatMap({ Timestamp($0) }) else {
            throw InterpreterError(field: prefix + path.joined(separator: "."), message: "\(value) is no RFC 3339 time")
        }
        return time
    }

    /// An object; nil where there is none.
    func members(_ path: String..., within prefix: String = "") throws(InterpreterError) -> JSON? {
        try members(path, within: prefix)
    }

    func members(_ path: [String], within prefix: String = "") throws(InterpreterError) -> JSON? {
        guard let value = value(path) else { return nil }
        guard value.object != nil else { throw .mismatch(prefix, path, expected: "an object", value) }
        return value
    }

    private func integer(_ path: [String], within prefix: String) throws(InterpreterError) -> Int64? {
        guard let value = value(path) else { return nil }
        guard let number = value.integer else { throw .mismatch(prefix, path, expected: "an integer", value) }
        return number
    }

    /// The value at `path`, unless it is null.
    private func value(_ path: [String]) -> JSON? {
        guard let value = self[path], !value.isNull else { return nil }
        return value
    }
}

extension InterpreterError {
    fileprivate static func mismatch(_ prefix: String, _ path: [String], expected: String, _ value: JSON) -> InterpreterError {
        InterpreterError(field: prefix + path.joined(separator: "."), message: "expected \(expected), got \(value.typeName)")
    }
}

// MARK: - Changing

extension JSON {
    /// Changes the elements of an array in place; nothing where this is no array.
    mutating func updateElements(_ change: (inout JSON) -> Void) {
        guard case .array(var elements) = self else { return }
        self = .null
        for index in elements.indices { change(&elements[index]) }
        self = .array(elements)
    }

    /// Changes the member named `key` in place; nothing where there is none.
    mutating func update(_ key: String, _ change: (inout JSON) -> Void) {
        guard self[key] != nil else { return }
        change(&self[key, default: .null])
    }

    /// Changes the value below the members named in `path` in place; nothing where there is none.
    mutating func update(_ path: ArraySlice<String>, _ change: (inout JSON) -> Void) {
        guard let first = path.first else { return change(&self) }
        update(first) { $0.update(path.dropFirst(), change) }
    }

    /// Gives the member named `key` a value where it has none, or null.
    mutating func fill(_ key: String, with value: JSON) {
        if self[key] == nil || self[key] == .null { self[key] = value }
    }
}

extension JSON {
    /// Whether Go's `omitempty` leaves a field of this value out: null, false, 0, and what is empty.
    var isEmptyValue: Bool {
        switch self {
        case .null: true
        case .bool(let value): !value
        case .integer(let value): value == 0
        case .number(let value): value == 0
        case .string(let value): value.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        }
    }

    /// An object of the members that are not empty.
    func omittingEmpty() -> JSON {
        guard case .object(var members) = self else { return self }
        members.filter { !$1.isEmptyValue }
        return .object(members)
    }
}
