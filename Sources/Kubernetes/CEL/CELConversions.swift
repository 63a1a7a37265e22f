/// `int("3")` and its like: functions that make a value of one type from one of another.
enum CELConversions {
    /// Nil where the function is none of these.
    static func call(_ name: String, _ values: [CELValue]) throws(CELEvaluationError) -> CELValue? {
        guard values.count == 1, let value = values.first else { return nil }
        switch name {
        case "int": return .int(try int(value))
        case "uint": return .uint(try uint(value))
        case "double": return .double(try double(value))
        case "string": return .string(try CELLibrary.text(of: value))
        case "bytes":
            if case .string(let text) = value { return .bytes(Array(text.utf8)) }
            return value
        case "bool": return try bool(value)
        case "dyn": return value
        case "type": return .type(value.typeName)
        case "timestamp": return try timestamp(value)
        case "duration": return try duration(value)
        case "quantity":
            guard case .string(let text) = value, let quantity = Quantity(text) else {
                throw CELEvaluationError("quantities must match the regular expression of a Kubernetes quantity")
            }
            return .quantity(quantity)
        case "isQuantity":
            guard case .string(let text) = value else { throw .noSuchOverload }
            return .bool(Quantity(text) != nil)
        default: return nil
        }
    }

    private static func failure(_ text: String, _ type: String) -> CELEvaluationError {
        CELEvaluationError("type conversion error from 'string' to '\(type)': \"\(text)\"")
    }

    private static func int(_ value: CELValue) throws(CELEvaluationError) -> Int64 {
        switch value {
        case .int(let value): return value
        case .uint(let value):
            guard let result = Int64(exactly: value) else { throw .overflow }
            return result
        case .double(let value):
            guard let result = Int64(exactly: value.rounded(.towardZero)) else { throw .overflow }
            return result
        case .string(let text):
            guard let result = Int64(text) else { throw failure(text, "int") }
            return result
        case .timestamp(let time): return time.seconds
        default: throw .noSuchOverload
        }
    }

    private static func uint(_ value: CELValue) throws(CELEvaluationError) -> UInt64 {
        switch value {
        case .uint(let value): return value
        case .int(let value):
            guard let result = UInt64(exactly: value) else { throw .overflow }
            return result
        case .double(let value):
            guard let result = UInt64(exactly: value.rounded(.towardZero)) else { throw .overflow }
            return result
        case .string(let text):
            guard let result = UInt64(text) else { throw failure(text, "uint") }
            return result
        default: throw .noSuchOverload
        }
    }

    private static func double(_ value: CELValue) throws(CELEvaluationError) -> Double {
        switch value {
        case .double(let value): return value
        case .int(let value): return Double(value)
        case .uint(let value): return Double(value)
        case .string(let text):
            guard let result = Double(text) else { throw failure(text, "double") }
            return result
        default: throw .noSuchOverload
        }
    }

    private static func bool(_ value: CELValue) throws(CELEvaluationError) -> CELValue {
        switch value {
        case .bool: return value
        case .string(let text):
            switch text {
            case "true", "True", "TRUE", "t", "1": return .bool(true)
            case "false", "False", "FALSE", "f", "0": return .bool(false)
            default: throw failure(text, "bool")
            }
        default: throw .noSuchOverload
        }
    }

    private static func timestamp(_ value: CELValue) throws(CELEvaluationError) -> CELValue {
        switch value {
        case .timestamp: return value
        case .int(let seconds):
            let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            guard !overflow else { throw .overflow }
            return .timestamp(Timestamp(nanoseconds: nanoseconds))
        case .string(let text):
            guard let time = Timestamp(text) else { throw failure(text, "google.protobuf.Timestamp") }
            return .timestamp(time)
        default: throw .noSuchOverload
        }
    }

    private static func duration(_ value: CELValue) throws(CELEvaluationError) -> CELValue {
        switch value {
        case .duration: return value
        case .string(let text):
            guard let nanoseconds = CELDuration.parse(text) else { throw failure(text, "google.protobuf.Duration") }
            return .duration(nanoseconds)
        default: throw .noSuchOverload
        }
    }
}
