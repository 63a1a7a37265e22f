import Foundation

/// When a rule is due: minute, hour, day, month and day of the week as cron has them, in a time zone.
struct CronTimes {
    private var minutes: Set<Int>
    private var hours: Set<Int>
    private var days: Set<Int>
    private var months: Set<Int>
    private var weekdays: Set<Int>
    /// Where both are restricted, one of them is enough.
    private var isAnyDay: Bool
    private var isAnyWeekday: Bool
    private var calendar: Calendar

    private static let named = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    /// A day that never comes (30 February) is not looked for beyond this many days.
    private static let horizon = 366 * 8

    /// Nil for what is no schedule of five fields, or none of the names `@daily` and the like.
    /// - Parameter zone: a name of the time zone database; empty for UTC.
    init?(_ text: String, zone: String) {
        let fields = (Self.named[text] ?? text).split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
        guard fields.count == 5, let timeZone = zone.isEmpty ? .gmt : TimeZone(identifier: zone),
            let minutes = Self.values(of: fields[0], 0...59), let hours = Self.values(of: fields[1], 0...23),
            let days = Self.values(of: fields[2], 1...31),
            let months = Self.values(of: fields[3], 1...12, Self.monthNames),
            let weekdays = Self.values(of: fields[4], 0...7, Self.dayNames)
        else { return nil }
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = Set(weekdays.map { $0 % 7 })
        isAnyDay = fields[2].hasPrefix("*") || fields[2].hasPrefix("?")
        isAnyWeekday = fields[4].hasPrefix("*") || fields[4].hasPrefix("?")
        calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
    }

    private static func values(of field: String, _ bounds: ClosedRange<Int>, _ names: [String] = []) -> Set<Int>? {
        func value(_ text: Substring) -> Int? { names.firstIndex(of: String(text)).map { $0 + bounds.lowerBound } ?? Int(text) }
        var all: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2, let step = pieces.count == 2 ? Int(pieces[1]) : 1, step > 0 else { return nil }
            var range = bounds
            if pieces[0] != "*", pieces[0] != "?" {
                let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
                guard ends.count <= 2, let low = value(ends[0]), bounds.contains(low) else { return nil }
                // `5/10` begins at 5 and goes on to the end.
                let high = ends.count == 2 ? value(ends[1]) : pieces.count == 2 ? bounds.upperBound : low
                guard let high, bounds.contains(high), low <= high else { return nil }
                range = low...high
            }
            all.formUnion(stride(from: range.lowerBound, through: range.upperBound, by: step))
        }
        return all
    }

    /// Whether it is due in the minute that begins at this time.
    func isDue(at date: Date) -> Bool { next(after: date.addingTimeInterval(-1)) == date }

    /// The next time that it is due, on a whole minute; nil where there is none. A time that a change of the clock leaves out is
    /// passed over.
    func next(after date: Date) -> Date? {
        var start = Date(timeIntervalSince1970: (date.timeIntervalSince1970 / 60).rounded(.down) * 60 + 60)
        for _ in 0..<Self.horizon {
            let day = calendar.dateComponents([.year, .month, .day, .weekday], from: start)
            if isDay(day), let found = time(on: day, from: start) { return found }
            guard let tomorrow = calendar.date(byAdding: .day, value: 1, to: calendar.startOfDay(for: start)) else { return nil }
            start = tomorrow
        }
        return nil
    }

    private func isDay(_ day: DateComponents) -> Bool {
        guard months.contains(day.month ?? 0) else { return false }
        let isDay = days.contains(day.day ?? 0)
        let isWeekday = weekdays.contains((day.weekday ?? 1) - 1)
        return isAnyDay || isAnyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    private func time(on day: DateComponents, from start: Date) -> Date? {
        for hour in hours.sorted() {
            for minute in minutes.sorted() {
                let wanted = DateComponents(year: day.year, month: day.month, day: day.day, hour: hour, minute: minute)
                guard let found = calendar.date(from: wanted), found >= start else { continue }
                let actual = calendar.dateComponents([.hour, .minute], from: found)
                if actual.hour == hour, actual.minute == minute { return found }
            }
        }
        return nil
    }
}
