/// The functions of CEL and of Kubernetes' libraries that are known here: their signatures, for the checker. `CELLibrary` does
/// their work.
enum CELFunctions {
    static let namespaces: Set = ["sets", "optional"]

    /// One a line: target and parameters, then the result. `T`, `K` and `V` stand for any type.
    private static let signatures = """
        _+_(int, int): int
        _+_(uint, uint): uint
        _+_(double, double): double
        _+_(string, string): string
        _+_(bytes, bytes): bytes
        _+_(list(T), list(T)): list(T)
        _+_(timestamp, duration): timestamp
        _+_(duration, timestamp): timestamp
        _+_(duration, duration): duration
        _-_(int, int): int
        _-_(uint, uint): uint
        _-_(double, double): double
        _-_(timestamp, timestamp): duration
        _-_(timestamp, duration): timestamp
        _-_(duration, duration): duration
        _*_(int, int): int
        _*_(uint, uint): uint
        _*_(double, double): double
        _/_(int, int): int
        _/_(uint, uint): uint
        _/_(double, double): double
        _%_(int, int): int
        _%_(uint, uint): uint
        _<_(string, string): bool
        _<_(bytes, bytes): bool
        _<_(bool, bool): bool
        _<_(timestamp, timestamp): bool
        _<_(duration, duration): bool
        _&&_(bool, bool): bool
        _||_(bool, bool): bool
        @in(T, list(T)): bool
        @in(K, map(K, V)): bool
        size(string): int
        size(bytes): int
        size(list(T)): int
        size(map(K, V)): int
        string.size(): int
        bytes.size(): int
        list(T).size(): int
        map(K, V).size(): int
        int(int): int
        int(uint): int
        int(double): int
        int(string): int
        int(timestamp): int
        uint(int): uint
        uint(uint): uint
        uint(double): uint
        uint(string): uint
        double(int): double
        double(uint): double
        double(double): double
        double(string): double
        string(int): string
        string(uint): string
        string(double): string
        string(bool): string
        string(string): string
        string(bytes): string
        string(timestamp): string
        string(duration): string
        bytes(string): bytes
        bytes(bytes): bytes
        bool(bool): bool
        bool(string): bool
        timestamp(string): timestamp
        timestamp(int): timestamp
        timestamp(timestamp): timestamp
        duration(string): duration
        duration(duration): duration
        dyn(T): dyn
        type(T): type
        matches(string, string): bool
        string.matches(string): bool
        string.find(string): string
        string.findAll(string): list(string)
        string.findAll(string, int): list(string)
        string.startsWith(string): bool
        string.endsWith(string): bool
        string.contains(string): bool
        string.charAt(int): string
        string.indexOf(string): int
        string.indexOf(string, int): int
        string.lastIndexOf(string): int
        string.lowerAscii(): string
        string.upperAscii(): string
        string.trim(): string
        string.replace(string, string): string
        string.replace(string, string, int): string
        string.split(string): list(string)
        string.split(string, int): list(string)
        string.substring(int): string
        string.substring(int, int): string
        list(string).join(): string
        list(string).join(string): string
        list(T).isSorted(): bool
        list(T).sum(): T
        list(T).min(): T
        list(T).max(): T
        list(T).indexOf(T): int
        list(T).lastIndexOf(T): int
        sets.contains(list(T), list(T)): bool
        sets.equivalent(list(T), list(T)): bool
        sets.intersects(list(T), list(T)): bool
        timestamp.getFullYear(): int
        timestamp.getMonth(): int
        timestamp.getDate(): int
        timestamp.getDayOfMonth(): int
        timestamp.getDayOfWeek(): int
        timestamp.getDayOfYear(): int
        timestamp.getHours(): int
        timestamp.getMinutes(): int
        timestamp.getSeconds(): int
        timestamp.getMilliseconds(): int
        duration.getHours(): int
        duration.getMinutes(): int
        duration.getSeconds(): int
        duration.getMilliseconds(): int
        optional.of(T): optional(T)
        optional.ofNonZeroValue(T): optional(T)
        optional.none(): optional(T)
        optional(T).hasValue(): bool
        optional(T).value(): T
        optional(T).orValue(T): T
        optional(T).or(optional(T)): optional(T)
        quantity(string): quantity
        isQuantity(string): bool
        quantity.isGreaterThan(quantity): bool
        quantity.isLessThan(quantity): bool
        quantity.compareTo(quantity): int
        quantity.sign(): int
        quantity.isInteger(): bool
        quantity.asInteger(): int
        quantity.asApproximateFloat(): double
        quantity.add(quantity): quantity
        quantity.add(int): quantity
        quantity.sub(quantity): quantity
        quantity.sub(int): quantity
        """

    private struct Signature: Sendable {
        /// Nil for a function without one.
        var target: CELType?
        var parameters: [CELType]
        var result: CELType
    }

    private static let known: [String: [Signature]] = {
        var known: [String: [Signature]] = [:]
        for line in signatures.split(separator: "\n") {
            guard let (name, signature) = parse(line) else { preconditionFailure("bad signature: \(line)") }
            known[name, default: []].append(signature)
        }
        return known
    }()

    private static func parse(_ line: Substring) -> (name: String, Signature)? {
        guard let colon = line.lastIndex(of: ":"), let result = type(line[line.index(after: colon)...].dropFirst()) else {
            return nil
        }
        let call = line[..<colon].dropLast()  // without the closing parenthesis
        // The parenthesis that opens the parameters is the first one that stands after a name, not after a target's type.
        var depth = 0
        var dot: Substring.Index?
        var opening: Substring.Index?
        for index in call.indices {
            switch call[index] {
            case "(":
                if depth == 0 { opening = index }
                depth += 1
            case ")": depth -= 1
            case "." where depth == 0: dot = index
            default: break
            }
        }
        guard let opening else { return nil }
        let parameters = list(call[call.index(after: opening)...])
        guard let parameters else { return nil }
        var name = String(call[..<opening])
        var target: CELType?
        if let dot, !namespaces.contains(String(call[..<dot])) || name.hasPrefix("optional(") {
            name = String(call[call.index(after: dot)..<opening])
            target = type(call[..<dot])
            if target == nil { return nil }
        }
        return (name, Signature(target: target, parameters: parameters, result: result))
    }

    private static func list(_ text: Substring) -> [CELType]? {
        var types: [CELType] = []
        var depth = 0
        var start = text.startIndex
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            if text[index] == ",", depth == 0 {
                guard let next = type(text[start..<index]) else { return nil }
                types.append(next)
                start = text.index(index, offsetBy: 2)
            }
        }
        if start < text.endIndex {
            guard let last = type(text[start...]) else { return nil }
            types.append(last)
        }
        return types
    }

    private static func type(_ text: Substring) -> CELType? {
        switch text {
        case "int": return .int
        case "uint": return .uint
        case "double": return .double
        case "string": return .string
        case "bytes": return .bytes
        case "bool": return .bool
        case "timestamp": return .timestamp
        case "duration": return .duration
        case "quantity": return .quantity
        case "type": return .type
        case "dyn": return .dyn
        case "T", "K", "V": return .parameter(String(text))
        default: break
        }
        guard let opening = text.firstIndex(of: "("), text.hasSuffix(")"),
            let inner = list(text[text.index(after: opening)...].dropLast())
        else { return nil }
        switch (text[..<opening], inner.count) {
        case ("list", 1): return .list(inner[0])
        case ("optional", 1): return .optional(inner[0])
        case ("map", 2): return .map(inner[0], inner[1])
        default: return nil
        }
    }

    // MARK: Checking

    /// The type of a call's value.
    /// - Parameter shownAs: the name in messages, where it is another.
    static func result(
        of name: String, target: CELType?, _ arguments: [CELType], at offset: Int, shownAs: String? = nil
    ) throws(CELCompileError) -> CELType {
        guard let signatures = known[name] else {
            throw CELCompileError("undeclared reference to '\(name)' (in container '')", at: offset)
        }
        var results: [CELType] = []
        for signature in signatures where signature.parameters.count == arguments.count {
            var bindings: [String: CELType] = [:]
            switch (target, signature.target) {
            case (nil, nil): break
            case (let target?, let wanted?) where target.fits(wanted, &bindings): break
            default: continue
            }
            guard zip(arguments, signature.parameters).allSatisfy({ $0.fits($1, &bindings) }) else { continue }
            results.append(signature.result.resolved(bindings))
        }
        guard let first = results.first else { throw noOverload(shownAs ?? name, target, arguments, at: offset) }
        return results.count == 1 ? first : CELType.common(results)
    }

    static func noOverload(_ name: String, _ target: CELType?, _ arguments: [CELType], at offset: Int) -> CELCompileError {
        let list = "(\(arguments.map(\.description).joined(separator: ", ")))"
        return CELCompileError(
            "found no matching overload for '\(name)' applied to '\(target.map { "\($0)." } ?? "")\(list)'", at: offset)
    }
}
