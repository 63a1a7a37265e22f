/// Why a text is no quantity: Kubernetes' own messages.
public enum QuantityError: Error, Equatable, CustomStringConvertible {
    case format
    case suffix

    public var description: String {
        switch self {
        case .format:
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        case .suffix: "unable to parse quantity's suffix"
        }
    }
}

extension Quantity {
    public init?(_ text: String) {
        guard let quantity = try? Quantity(parsing: text) else { return nil }
        self = quantity
    }

    /// Reads `<sign><digits>.<digits><suffix>`; sign, point, either run of digits and suffix may be missing.
    public init(parsing text: String) throws(QuantityError) {
        var text = text
        self = try text.withUTF8 { bytes in
            Result { () throws(QuantityError) -> Quantity in try Quantity(parsing: bytes) }
        }.get()
    }

    /// Reads what a JSON field of this type may hold: a string or a number.
    public init(_ json: JSON) throws(QuantityError) {
        switch json {
        case .string(let text): try self.init(parsing: text)
        case .integer(let value): self.init(value: value)
        case .number: try self.init(parsing: json.description)
        case .null, .bool, .array, .object: throw .format
        }
    }

    /// `text` as an API server hands it out after reading it: in canonical form, but for texts that look canonical at a glance
    /// (`1.234`, `+5`, `1E3`), which apimachinery keeps as they are. Nil where the text is no quantity.
    public static func canonical(_ text: String) -> String? {
        guard let quantity = Quantity(text) else { return nil }
        return looksCanonical(text) ? text : quantity.description
    }

    /// The shortcut in `resource.ParseQuantity`.
    private static func looksCanonical(_ text: String) -> Bool {
        let unsigned = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }.drop { $0 == UInt8(ascii: "0") }
        let whole = unsigned.prefix { $0 &- UInt8(ascii: "0") < 10 }
        let point = unsigned.dropFirst(whole.count).prefix(1).filter { $0 == UInt8(ascii: ".") }
        let fraction = unsigned.dropFirst(whole.count + point.count).prefix { $0 &- UInt8(ascii: "0") < 10 }
        let digits = String(Substring(whole)) + String(Substring(fraction))
        let end = unsigned.dropFirst(digits.utf8.count + point.count)
        guard let first = whole.first, first != UInt8(ascii: "0"), let number = Int64(digits),
            let suffix = try? Suffix(Array(end))
        else { return false }
        switch suffix.scale {
        case .ten(let exponent):
            let exponent = exponent - fraction.count
            return digits.utf8.count <= 18 && exponent >= -9 && exponent % 3 == 0 && !digits.hasSuffix("000")
        case .two(let power):
            return fraction.isEmpty && whole.count + power * 3 / 10 <= 14 && number % 8 != 0
        }
    }

    private init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(QuantityError) {
        var number = DecimalNumber()
        let end = number.read(bytes)
        guard number.hasDigits else { throw .format }
        let suffix = try Suffix(UnsafeBufferPointer(rebasing: bytes[end...]))
        let magnitude: UInt128
        switch suffix.scale {
        case .ten(let exponent): magnitude = number.nanos(times: 1, exponent: exponent)
        case .two(let power):
            magnitude = min(number.nanos(times: 1 << UInt128(power), exponent: 0), UInt128(Int64.max) * 1_000_000_000)
        }
        // A fraction of a unit cannot be written in powers of 1024.
        let isFraction = magnitude > 0 && magnitude < 1_000_000_000 && !number.isNegative
        self.init(
            nanos: number.isNegative ? -Int128(magnitude) : Int128(magnitude),
            format: suffix.format == .binarySI && isFraction ? .decimalSI : suffix.format)
    }
}

/// The digits of a number, and where its point is.
private struct DecimalNumber {
    var isNegative = false
    var hasDigits = false
    /// The first 36 significant digits.
    private var mantissa: UInt128 = 0
    private var exponent = 0
    /// Whether a digit after those of the mantissa is not 0.
    private var isInexact = false

    private static let largestMantissa: UInt128 = 100_000_000_000_000_000_000_000_000_000_000_000

    /// Returns the index of the first byte that does not belong to the number.
    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var index = 0
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            index = 1
        }
        var isAfterPoint = false
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit < 10 {
                hasDigits = true
                append(digit, isAfterPoint: isAfterPoint)
            } else if bytes[index] == UInt8(ascii: "."), !isAfterPoint {
                isAfterPoint = true
            } else {
                break
            }
            index += 1
        }
        return index
    }

    @inline(__always)
    private mutating func append(_ digit: UInt8, isAfterPoint: Bool) {
        if mantissa < Self.largestMantissa {
            mantissa = mantissa &* 10 &+ UInt128(digit)
            if isAfterPoint { exponent -= 1 }
        } else {
            isInexact = isInexact || digit > 0
            if !isAfterPoint { exponent += 1 }
        }
    }

    /// `number * factor * 10^exponent` in nanounits, rounded up, at most ``Quantity/limit``.
    func nanos(times factor: UInt128, exponent more: Int) -> UInt128 {
        guard mantissa > 0 else { return 0 }
        let limit = UInt128(Quantity.limit)
        let exponent = self.exponent + more + 9
        if exponent >= 0 {
            guard exponent < Self.powersOfTen.count else { return limit }
            let (scaled, overflow) = mantissa.multipliedReportingOverflow(by: Self.powersOfTen[exponent])
            guard !overflow else { return limit }
            let (product, overflowsAgain) = scaled.multipliedReportingOverflow(by: factor)
            return overflowsAgain ? limit : min(product + (isInexact ? 1 : 0), limit)
        }
        guard -exponent < Self.powersOfTen.count else { return 1 }
        let divisor = Self.powersOfTen[-exponent]
        let product = mantissa.multipliedFullWidth(by: factor)
        guard product.high < divisor else { return limit }
        let (quotient, remainder) =
            product.high == 0 ? product.low.quotientAndRemainder(dividingBy: divisor) : divisor.dividingFullWidth(product)
        guard quotient < limit else { return limit }
        return quotient + (remainder > 0 || isInexact ? 1 : 0)
    }

    /// 10⁰ to 10³⁸.
    private static let powersOfTen: [UInt128] = (1...38).reduce(into: [1]) { powers, index in
        powers.append(powers[index - 1] * 10)
    }
}

/// What comes after the digits.
private struct Suffix {
    enum Scale {
        case ten(Int)
        case two(Int)
    }

    let scale: Scale
    let format: Quantity.Format

    init(_ bytes: some RandomAccessCollection<UInt8>) throws(QuantityError) {
        guard let first = bytes.first else {
            (scale, format) = (.ten(0), .decimalSI)
            return
        }
        if bytes.count == 1, let exponent = Self.decimal(first) {
            (scale, format) = (.ten(exponent), .decimalSI)
        } else if bytes.count == 2, bytes.last == UInt8(ascii: "i"), let power = Self.binary(first) {
            (scale, format) = (.two(power), .binarySI)
        } else {
            guard Self.isWellFormed(bytes) else { throw .format }
            guard first | 0x20 == UInt8(ascii: "e"), let exponent = Int32(String(decoding: bytes.dropFirst(), as: UTF8.self))
            else {
                throw .suffix
            }
            (scale, format) = (.ten(Int(exponent)), .decimalExponent)
        }
    }

    private static func decimal(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "n"): -9
        case UInt8(ascii: "u"): -6
        case UInt8(ascii: "m"): -3
        case UInt8(ascii: "k"): 3
        case UInt8(ascii: "M"): 6
        case UInt8(ascii: "G"): 9
        case UInt8(ascii: "T"): 12
        case UInt8(ascii: "P"): 15
        case UInt8(ascii: "E"): 18
        default: nil
        }
    }

    private static func binary(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "K"): 10
        case UInt8(ascii: "M"): 20
        case UInt8(ascii: "G"): 30
        case UInt8(ascii: "T"): 40
        case UInt8(ascii: "P"): 50
        case UInt8(ascii: "E"): 60
        default: nil
        }
    }

    /// `[eEinumkKMGTP]*[-+]?[0-9]*`
    private static func isWellFormed(_ bytes: some RandomAccessCollection<UInt8>) -> Bool {
        var rest = bytes[...].drop { "eEinumkKMGTP".utf8.contains($0) }
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest = rest.dropFirst() }
        return rest.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
    }
}
