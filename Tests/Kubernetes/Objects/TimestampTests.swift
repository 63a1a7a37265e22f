import Kubernetes
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2024-02-29T12:34:56Z", 1_709_210_096_000_000_000),
        ("2024-02-29T14:34:56+02:00", 1_709_210_096_000_000_000),
        ("2024-02-29T07:04:56-05:30", 1_709_210_096_000_000_000), ("1969-12-31T23:59:59Z", -1_000_000_000),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
        ("2024-01-01t00:00:00.123456789z", 1_704_067_200_123_456_789),
        ("2024-01-01T00:00:00.1234567891Z", 1_704_067_200_123_456_789),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000), ("2262-04-11T23:47:16Z", 9_223_372_036_000_000_000),
        ("9999-12-31T23:59:59Z", Int64.max),
        ("0001-01-01T00:00:00Z", Int64.min),
    ])
    func reading(text: String, nanoseconds: Int64) { #expect(Timestamp(text)?.nanoseconds == nanoseconds) }

    @Test(arguments: [
        "", "2024", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
        "2024-01-32T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+0200",
        "2024-01-01T00:00:00Zx", "2024-1-1T00:00:00Z", "x024-01-01T00:00:00Z", "2024-02-30T00:00:00Z",
        "2024-01-01T00:00:00+25:00", "2024-01-01T00:00:00+01:60",
    ])
    func malformed(text: String) { #expect(Timestamp(text) == nil) }

    @Test func writing() {
        let time = Timestamp(nanoseconds: 1_709_210_096_012_345_678)
        #expect(time.description == "2024-02-29T12:34:56Z")
        #expect(time.microTime == "2024-02-29T12:34:56.012345Z")
        #expect(Timestamp(nanoseconds: -1).description == "1969-12-31T23:59:59Z")
        #expect(Timestamp(nanoseconds: -1).microTime == "1969-12-31T23:59:59.999999Z")
        #expect(Timestamp(nanoseconds: .min).microTime == "1677-09-21T00:12:43.145224Z")
        #expect(Timestamp(nanoseconds: .max).microTime == "2262-04-11T23:47:16.854775Z")
        #expect(Timestamp(seconds: 0).microTime == "1970-01-01T00:00:00.000000Z")
    }

    @Test func arithmetic() {
        let time = Timestamp(seconds: 100)
        #expect(time + .seconds(5) == Timestamp(seconds: 105))
        #expect(time + .milliseconds(-1500) == Timestamp(nanoseconds: 98_500_000_000))
        #expect(time - Timestamp(seconds: 40) == .seconds(60))
        #expect(Timestamp(seconds: 1) < Timestamp(seconds: 2))
    }

    @Test func everySecondComesBack() {
        var random = SeededGenerator(seed: 12)
        for _ in 0..<2000 {
            let time = Timestamp(seconds: Int64.random(in: -2_000_000_000...9_000_000_000, using: &random))
            #expect(Timestamp(time.description) == time)
            let precise = Timestamp(nanoseconds: time.nanoseconds + Int64.random(in: 0..<1_000_000, using: &random) * 1000)
            #expect(Timestamp(precise.microTime) == precise)
        }
    }
}
