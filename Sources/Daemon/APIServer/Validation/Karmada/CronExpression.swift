import Kubernetes

/// The schedule of a CronFederatedHPA rule: cron with five to seven fields (seconds before, years after the usual five), names of
/// months and days, `L`, `W` and `#`, and names for common schedules. Not what CronJobs have.
enum CronExpression {
    private static let named: Set<String> = [
        "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@hourly", "@always", "@5minutes", "@10minutes", "@15minutes",
        "@30minutes", "@everysecond",
    ]
    private static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    private static let days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    private enum Field: Int, CaseIterable {
        case second, minute, hour, day, month, weekday, year

        var bounds: ClosedRange<Int> {
            switch self {
            case .second, .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            case .weekday: 0...7
            case .year: 1...9999
            }
        }
    }

    static func isValid(_ text: String) -> Bool {
        let text = text.trimmingSpaces
        if named.contains(text.lowercased()) { return true }
        var fields = text.split(whereSeparator: \.isWhitespace).map { numbered($0.uppercased()) }
        guard (5...7).contains(fields.count) else { return false }
        // Six fields end with a year, or begin with seconds.
        let endsWithYear = fields.count == 6 && fields[5].contains(/[0-9]{4}/)
        if fields.count == 5 || endsWithYear { fields.insert("0", at: 0) }
        guard fields.count <= Field.allCases.count else { return false }
        return zip(fields, Field.allCases).allSatisfy { text, field in
            text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { isValid(part: $0, of: field) }
        }
    }

    /// Names of months and days count as their numbers, wherever they stand.
    private static func numbered(_ field: String) -> String {
        var field = field
        for (number, name) in days.enumerated() { field = field.replacing(name, with: "\(number)") }
        for (number, name) in months.enumerated() { field = field.replacing(name, with: "\(number + 1)") }
        return field
    }

    private static func isValid(part: Substring, of field: Field) -> Bool {
        if part == "*" || part == "?" { return true }
        if part.contains("/") { return isValid(step: part, of: field) }
        if field == .day, part == "L" { return true }
        if field == .day, part.hasSuffix("W") { return Int(part.dropLast()) != nil }
        if field == .weekday, part.hasSuffix("L"), part.count > 1 { return Int(part.dropLast()) != nil }
        if field == .weekday, part.contains("#") {
            let sides = part.split(separator: "#", omittingEmptySubsequences: false)
            return sides.count == 2 && sides.allSatisfy { Int($0) != nil }
        }
        let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        switch ends.count {
        // Zero means nothing in the fields that start with one, and is let pass.
        case 1: return ends[0].map { field.bounds.contains($0) || $0 == 0 } ?? false
        case 2:
            guard var low = ends[0], let high = ends[1] else { return false }
            if field == .weekday, low == 7 { low = 0 }
            return low <= high && field.bounds.contains(low) && field.bounds.contains(high)
        default: return false
        }
    }

    /// `*/5`, `3/5` or `1-10/5`.
    private static func isValid(step part: Substring, of field: Field) -> Bool {
        let sides = part.split(separator: "/", omittingEmptySubsequences: false)
        guard let step = Int(sides[1]), step != 0 else { return false }
        if sides[0] == "*" || sides[0] == "0" { return true }
        let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let low = ends[0], field.bounds.contains(low) else { return false }
        guard ends.count > 1 else { return true }
        return ends[1].map { low <= $0 && field.bounds.contains($0) } ?? false
    }
}

extension String {
    fileprivate var trimmingSpaces: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.dropLast(start.reversed().prefix { $0 == " " || $0 == "\t" }.count)
    }
}
