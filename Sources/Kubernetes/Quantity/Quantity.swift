/// An exact amount of a resource, as `k8s.io/apimachinery/pkg/api/resource` defines it: `500m`, `1.5Gi`, `4`, `2e3`.
///
/// An amount is a whole number of nanounits, up to 10²⁸ units either way: every amount that Kubernetes' suffixes can write has
/// its exact value, and arithmetic is exact. What is finer is rounded away from zero (whoever asks for a little shall get
/// something), what is larger is capped, and so are amounts with a binary suffix above 2⁶³-1, as in Kubernetes.
///
/// Amounts compare by value: `1`, `1000m` and `1e0` are equal. The notation that an amount was written in is kept for printing.
public struct Quantity: Sendable {
    /// How an amount is written.
    public enum Format: Sendable {
        /// Powers of ten: `n`, `u`, `m`, none, `k`, `M`, `G`, `T`, `P`, `E`.
        case decimalSI
        /// Powers of 1024: `Ki`, `Mi`, `Gi`, `Ti`, `Pi`, `Ei`.
        case binarySI
        /// `12e6`
        case decimalExponent
    }

    /// Within ±``limit``.
    private(set) var nanos: Int128
    public private(set) var format: Format

    /// 10²⁸ units: two of them still add up to a number of 128 bits.
    static let limit: Int128 = 10_000_000_000_000_000_000_000_000_000_000_000_000

    public static let zero = Quantity(nanos: 0, format: .decimalSI)

    /// A whole amount.
    public init(value: Int64, format: Format = .decimalSI) {
        self.init(nanos: Int128(value) * 1_000_000_000, format: format)
    }

    /// An amount in thousandths: of a CPU, mostly.
    public init(milliValue value: Int64, format: Format = .decimalSI) {
        self.init(nanos: Int128(value) * 1_000_000, format: format)
    }

    init(nanos: Int128, format: Format) {
        self.nanos = min(max(nanos, -Self.limit), Self.limit)
        self.format = format
    }
}

// MARK: - Reading

extension Quantity {
    public var isZero: Bool { nanos == 0 }

    /// Rounded away from zero to whole units, and capped to 64 bits.
    public var value: Int64 { rounded(to: 1_000_000_000) }

    /// Rounded away from zero to thousandths, and capped to 64 bits.
    public var milliValue: Int64 { rounded(to: 1_000_000) }

    /// The nearest floating-point number, in units.
    public var double: Double { Double(nanos) / 1e9 }

    private func rounded(to unit: Int64) -> Int64 {
        if let small = Int64(exactly: nanos) {
            let (quotient, remainder) = small.quotientAndRemainder(dividingBy: unit)
            return quotient + remainder.signum()
        }
        let (quotient, remainder) = nanos.quotientAndRemainder(dividingBy: Int128(unit))
        return Int64(clamping: quotient + remainder.signum())
    }
}

extension Quantity: Hashable, Comparable {
    public static func == (left: Self, right: Self) -> Bool { left.nanos == right.nanos }
    public static func < (left: Self, right: Self) -> Bool { left.nanos < right.nanos }
    public func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}

// MARK: - Arithmetic

extension Quantity {
    // A sum beyond the limit is capped. Zero has no notation of its own to keep: it takes the other's.

    public static func + (left: Self, right: Self) -> Self {
        Quantity(nanos: left.nanos + right.nanos, format: left.isZero ? right.format : left.format)
    }

    public static func - (left: Self, right: Self) -> Self {
        Quantity(nanos: left.nanos - right.nanos, format: left.isZero ? right.format : left.format)
    }

    public static func * (left: Self, factor: Int64) -> Self {
        let (product, overflow) = left.nanos.multipliedReportingOverflow(by: Int128(factor))
        let capped = (left.nanos < 0) == (factor < 0) ? limit : -limit
        return Quantity(nanos: overflow ? capped : product, format: left.format)
    }

    public static prefix func - (amount: Self) -> Self { Quantity(nanos: -amount.nanos, format: amount.format) }

    public static func += (left: inout Self, right: Self) { left = left + right }
    public static func -= (left: inout Self, right: Self) { left = left - right }

}

// MARK: - Writing

extension Quantity: CustomStringConvertible {
    /// The canonical form: no fraction, and the largest suffix that keeps the amount exact. A binary amount below 1024, or with
    /// a fraction, is written in powers of ten.
    public var description: String {
        guard nanos != 0 else { return "0" }
        let (whole, fraction) = nanos.quotientAndRemainder(dividingBy: 1_000_000_000)
        if format == .binarySI, fraction == 0, whole.magnitude >= 1024 {
            return Self.text(whole, base: 1024, suffixes: ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"])
        }
        if format == .decimalExponent {
            return Self.text(
                nanos, base: 1000,
                suffixes: ["e-9", "e-6", "e-3", "", "e3", "e6", "e9", "e12", "e15", "e18", "e21", "e24", "e27"])
        }
        return Self.text(nanos, base: 1000, suffixes: ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"])
    }

    private static func text(_ number: Int128, base: Int128, suffixes: [String]) -> String {
        var number = number
        var power = 0
        while power + 1 < suffixes.count {
            let (quotient, remainder) = number.quotientAndRemainder(dividingBy: base)
            guard remainder == 0 else { break }
            number = quotient
            power += 1
        }
        return String(number) + suffixes[power]
    }
}
