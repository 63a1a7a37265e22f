#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A point in time as `meta/v1` writes it: RFC 3339, UTC. It reaches from 1677 to 2262; texts beyond that stand for the ends.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
    public init(seconds: Int64) { nanoseconds = seconds * 1_000_000_000 }

    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }

    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (seconds, attoseconds) = right.components
        return Timestamp(nanoseconds: left.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// `2006-01-02T15:04:05Z`, as `meta/v1.Time` has it.
    public var description: String { formatted(fraction: "") }

    /// `2006-01-02T15:04:05.000000Z`, as `meta/v1.MicroTime` has it (leases, events).
    public var microTime: String {
        let remainder = nanoseconds % 1_000_000_000
        let micros = (remainder < 0 ? remainder + 1_000_000_000 : remainder) / 1000
        let digits = String(micros)
        return formatted(fraction: "." + String(repeating: "0", count: 6 - digits.count) + digits)
    }

    private func formatted(fraction: String) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func padded(_ value: Int32, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return padded(parts.tm_year + 1900, 4) + "-" + padded(parts.tm_mon + 1, 2) + "-" + padded(parts.tm_mday, 2) + "T"
            + padded(parts.tm_hour, 2) + ":" + padded(parts.tm_min, 2) + ":" + padded(parts.tm_sec, 2) + fraction + "Z"
    }

    /// Reads RFC 3339 with `Z` or a numeric offset, and any fraction (kept to nanoseconds); nil for anything else, and for days that
    /// their month does not have.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[range] {
                guard case let digit = byte &- 48, digit < 10 else { return nil }
                value = value * 10 + Int(digit)
            }
            return value
        }
        func has(_ character: UInt8, at index: Int) -> Bool { index < bytes.count && bytes[index] == character }
        guard let year = number(0..<4), has(UInt8(ascii: "-"), at: 4), let month = number(5..<7), (1...12).contains(month),
            has(UInt8(ascii: "-"), at: 7), let day = number(8..<10), (1...31).contains(day),
            bytes.count > 10, bytes[10] | 0x20 == UInt8(ascii: "t"),
            let hour = number(11..<13), hour < 24, has(UInt8(ascii: ":"), at: 13), let minute = number(14..<16), minute < 60,
            has(UInt8(ascii: ":"), at: 16), let second = number(17..<19), second < 61
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if has(UInt8(ascii: "."), at: index) {
            index += 1
            var unit: Int64 = 100_000_000
            let start = index
            while index < bytes.count, case let digit = bytes[index] &- 48, digit < 10 {
                fraction += Int64(digit) * unit
                unit /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        var offset = 0
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "z") {
            index += 1
        } else {
            guard has(UInt8(ascii: "+"), at: index) || has(UInt8(ascii: "-"), at: index),
                let hours = number(index + 1..<index + 3), has(UInt8(ascii: ":"), at: index + 3),
                let minutes = number(index + 4..<index + 6), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * 60 * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
            index += 6
        }
        guard index == bytes.count else { return nil }
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(second)
        let seconds = Int64(timegm(&parts))
        // timegm makes 1 March of 30 February. (A leap second may well lead to the next day.)
        guard parts.tm_mday == Int32(day) || second == 60 else { return nil }
        let nanoseconds = Int128(seconds - Int64(offset)) * 1_000_000_000 + Int128(fraction)
        self.init(nanoseconds: Int64(clamping: nanoseconds))
    }
}
