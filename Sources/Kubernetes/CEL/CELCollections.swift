/// The functions of lists, and of lists taken as sets.
enum CELLists {
    static func call(_ name: String, _ elements: [CELValue], _ arguments: [CELValue]) throws(CELEvaluationError) -> CELValue {
        switch name {
        case "isSorted":
            for (left, right) in zip(elements, elements.dropFirst()) {
                guard let order = left.order(to: right) else { throw .noSuchOverload }
                if order > 0 { return .bool(false) }
            }
            return .bool(true)
        case "sum":
            guard var total = elements.first else { return .int(0) }
            for element in elements.dropFirst() { total = try CELLibrary.operate(.add, total, element) }
            return total
        case "min": return try extreme(elements) { $0 < 0 }
        case "max": return try extreme(elements) { $0 > 0 }
        case "indexOf": return .int(Int64(elements.firstIndex { element in arguments.contains { $0.equals(element) } } ?? -1))
        case "lastIndexOf": return .int(Int64(elements.lastIndex { element in arguments.contains { $0.equals(element) } } ?? -1))
        case "join":
            var separator = ""
            if case .string(let text)? = arguments.first { separator = text }
            var texts: [String] = []
            for element in elements {
                guard case .string(let text) = element else { throw .noSuchOverload }
                texts.append(text)
            }
            return .string(texts.joined(separator: separator))
        default: break
        }
        guard let others = arguments.first?.elements else { throw .noSuchOverload }
        func contains(_ list: [CELValue], _ all: [CELValue]) -> Bool {
            all.allSatisfy { element in list.contains { $0.equals(element) } }
        }
        switch name {
        case "sets.contains": return .bool(contains(elements, others))
        case "sets.equivalent": return .bool(contains(elements, others) && contains(others, elements))
        case "sets.intersects": return .bool(elements.contains { element in others.contains { $0.equals(element) } })
        default: throw .noSuchOverload
        }
    }

    private static func extreme(_ elements: [CELValue], _ isBetter: (Int) -> Bool) throws(CELEvaluationError) -> CELValue {
        guard var best = elements.first else { throw CELEvaluationError("min/max called on empty list") }
        for element in elements.dropFirst() {
            guard let order = element.order(to: best) else { throw .noSuchOverload }
            if isBetter(order) { best = element }
        }
        return best
    }
}

/// The methods of quantities.
enum CELQuantities {
    static func call(_ name: String, _ quantity: Quantity, _ argument: CELValue?) throws(CELEvaluationError) -> CELValue {
        let other: Quantity? =
            switch argument {
            case .quantity(let other)?: other
            case .int(let value)?: Quantity(value: value)
            default: nil
            }
        switch (name, other) {
        case ("isGreaterThan", let other?): return .bool(other < quantity)
        case ("isLessThan", let other?): return .bool(quantity < other)
        case ("compareTo", let other?): return .int(quantity < other ? -1 : other < quantity ? 1 : 0)
        case ("add", let other?): return .quantity(quantity + other)
        case ("sub", let other?): return .quantity(quantity - other)
        case ("sign", nil): return .int(quantity < .zero ? -1 : quantity.isZero ? 0 : 1)
        case ("isInteger", nil): return .bool(Quantity(value: quantity.value) == quantity)
        case ("asInteger", nil):
            guard Quantity(value: quantity.value) == quantity else {
                throw CELEvaluationError("cannot convert value to integer")
            }
            return .int(quantity.value)
        case ("asApproximateFloat", nil): return .double(quantity.double)
        default: throw .noSuchOverload
        }
    }
}

/// The parts of times, in UTC, and of durations.
enum CELTimes {
    static func call(_ name: String, _ values: [CELValue]) throws(CELEvaluationError) -> CELValue {
        switch values.first {
        case .timestamp(let time)?: return .int(try part(name, of: time))
        case .duration(let nanoseconds)?:
            switch name {
            case "getHours": return .int(nanoseconds / 3_600_000_000_000)
            case "getMinutes": return .int(nanoseconds / 60_000_000_000)
            case "getSeconds": return .int(nanoseconds / 1_000_000_000)
            case "getMilliseconds": return .int(nanoseconds / 1_000_000)
            default: throw .noSuchOverload
            }
        default: throw .noSuchOverload
        }
    }

    private static func part(_ name: String, of time: Timestamp) throws(CELEvaluationError) -> Int64 {
        // "2006-01-02T15:04:05Z"
        let digits = time.description.split { !$0.isNumber }.compactMap { Int64($0) }
        let days = floored(time.seconds, 86_400)
        switch name {
        case "getFullYear": return digits[0]
        case "getMonth": return digits[1] - 1
        case "getDate": return digits[2]
        case "getDayOfMonth": return digits[2] - 1
        // 1970 began on a Thursday.
        case "getDayOfWeek": return (days + 4) - floored(days + 4, 7) * 7
        case "getDayOfYear":
            let start = Timestamp("\(time.description.prefix(4))-01-01T00:00:00Z")
            return days - floored(start?.seconds ?? 0, 86_400)
        case "getHours": return digits[3]
        case "getMinutes": return digits[4]
        case "getSeconds": return digits[5]
        case "getMilliseconds": return (time.nanoseconds - time.seconds * 1_000_000_000) / 1_000_000
        default: throw .noSuchOverload
        }
    }

    private static func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
