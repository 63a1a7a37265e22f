import Kubernetes
import Testing

/// Expected texts are what `kubectl set resources --local` 1.32 prints.
@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", "0"), ("0.0", "0"), ("0Ki", "0"), ("1", "1"), ("-1", "-1"), ("500m", "500m"), ("1000m", "1"), ("1500m", "1500m"),
        ("0.5", "500m"), (".5", "500m"), ("1.5", "1500m"), ("1.25", "1250m"), ("0.001", "1m"), ("0.0001", "100u"),
        ("0.1m", "100u"),
        ("1n", "1n"), ("0.1n", "1n"), ("0.0000000001", "1n"), ("-0.1n", "-1n"), ("1u", "1u"), ("1500u", "1500u"), ("1k", "1k"),
        ("1000", "1k"), ("1000k", "1M"), ("1500k", "1500k"), ("12000m", "12"), ("1e3", "1e3"), ("1e-3", "1e-3"),
        ("1.5e3", "1500"),
        ("12e6", "12e6"), ("1e9", "1e9"), ("1e10", "10e9"), ("123e-5", "1230e-6"), ("1e-10", "1e-9"), ("1E", "1E"),
        ("1e18", "1e18"),
        ("1e+3", "1e3"), ("9223372036854775807", "9223372036854775807"), ("9223372036854775808", "9223372036854775808"),
        ("99999999999999999999", "99999999999999999999"), ("1Ki", "1Ki"), ("1024", "1024"), ("1024Ki", "1Mi"),
        ("1536Mi", "1536Mi"),
        ("1.5Gi", "1536Mi"), ("0.5Gi", "512Mi"), ("0.5Ki", "512"), ("0.1Ki", "102400m"), ("1.1Ki", "1126400m"),
        ("100Ki", "100Ki"),
        ("2048Ki", "2Mi"), ("8Ei", "9223372036854775807"), ("7Ei", "7Ei"), ("7.5Ei", "7680Pi"), ("9Ei", "9223372036854775807"),
        ("0.0001Ki", "102400u"), ("1.0001Ki", "1024102400u"), ("1.5Ei", "1536Pi"), ("10E", "10E"), ("123456789n", "123456789n"),
        ("1000000000n", "1"), ("1000000u", "1"), ("-1Ki", "-1Ki"), ("-1.5Gi", "-1536Mi"), ("-0.5Gi", "-512Mi"),
        ("1.0000000001", "1000000001n"), ("1.00000000000001Gi", "1073741824000010738n"), ("0.00000000000001Gi", "10738n"),
        ("64Gi", "64Gi"), ("1048576", "1048576"), ("1e7", "10e6"), ("3.000000", "3"),
        ("12345678901234567890", "12345678901234567890"),
        ("0.99999999999", "1"), ("-0.99999999999", "-1"), ("1e21", "1e21"), ("1e22", "10e21"), ("1.5k", "1500"),
        ("1.5M", "1500k"),
        ("1000.5", "1000500m"), ("100000000000000000000m", "100P"), ("4.2Mi", "4404019200m"),
    ])
    func canonicalForm(text: String, expected: String) throws {
        #expect(try Quantity(parsing: text).description == expected)
        #expect(try Quantity(parsing: expected) == Quantity(parsing: text))
    }

    @Test(arguments: [
        ("1.234", "1.234"), ("1.500", "1.500"), ("+5", "+5"), ("05", "05"), ("005Mi", "005Mi"), ("1E3", "1E3"), ("1e0", "1e0"),
        ("5.", "5."),
        ("1025Ki", "1025Ki"), ("1.5", "1500m"), ("1000", "1k"), ("1024Ki", "1Mi"), ("0.001", "1m"), ("1000.5", "1000500m"),
        ("3.000000", "3"), ("0", "0"), ("1.0000000001", "1000000001n"), ("1e+3", "1e+3"), ("1.000000001", "1.000000001"),
    ])
    func textsThatLookCanonicalAreKept(text: String, expected: String) { #expect(Quantity.canonical(text) == expected) }

    @Test(arguments: ["1.1i", "1mi", "1K", "1ki", "1e", "1m3", "1Ei3", "1eE", "1E+", "1e99999999999999999999"])
    func unknownSuffix(text: String) {
        #expect(throws: QuantityError.suffix) { try Quantity(parsing: text) }
    }

    @Test(arguments: [
        "", " ", "1 ", " 1", "1KiB", "1e1.5", "1..2", "--1", "1_000", "0x10", "abc", ".", "m", "+", "-", "1,5", "１",
    ])
    func malformed(text: String) {
        #expect(throws: QuantityError.format) { try Quantity(parsing: text) }
        #expect(Quantity(text) == nil)
        #expect(Quantity.canonical(text) == nil)
    }

    @Test func jsonValues() throws {
        #expect(try Quantity("500m" as JSON) == Quantity(milliValue: 500))
        #expect(try Quantity(2 as JSON) == Quantity(value: 2))
        #expect(try Quantity(0.5 as JSON) == Quantity(milliValue: 500))
        #expect(throws: QuantityError.self) { try Quantity(true as JSON) }
    }

    @Test func comparesByValue() {
        #expect(Quantity("1") == Quantity("1000m"))
        #expect(Quantity("1") == Quantity("1e0"))
        #expect(Quantity("1Ki") == Quantity("1024"))
        #expect(Set([Quantity("1"), Quantity("1000m"), Quantity("1.0")]).count == 1)
        #expect(Quantity("999m")! < Quantity("1")!)
        #expect(Quantity("-2Gi")! < Quantity("-1Gi")!)
        #expect(Quantity("1G")! < Quantity("1Gi")!)
    }

    @Test(arguments: [
        ("1500m", 2, 1500), ("1", 1, 1000), ("1n", 1, 1), ("-1500m", -2, -1500), ("0.0001", 1, 1),
        ("2Gi", 2_147_483_648, 2_147_483_648_000),
        ("9223372036854775807", Int64.max, Int64.max), ("1e30", Int64.max, Int64.max), ("-1e30", Int64.min, Int64.min),
        ("0", 0, 0),
        ("64Gi", 68_719_476_736, 68_719_476_736_000), ("64.0000000001Gi", 68_719_476_737, 68_719_476_736_108),
    ])
    func wholeValues(text: String, value: Int64, milliValue: Int64) throws {
        let quantity = try Quantity(parsing: text)
        #expect(quantity.value == value)
        #expect(quantity.milliValue == milliValue)
    }

    @Test func arithmetic() {
        func q(_ text: String) -> Quantity { Quantity(text)! }
        #expect((q("500m") + q("1")).description == "1500m")
        #expect((q("1Gi") - q("512Mi")).description == "512Mi")
        #expect((q("1Gi") + q("1k")).description == "1073742824")
        #expect((q("1Gi") + q("100m")).description == "1073741824100m")
        #expect((q("0") + q("1Gi")).description == "1Gi")
        #expect((Quantity.zero - q("1Gi")).description == "-1Gi")
        #expect((q("1Gi") - q("1Gi")).description == "0")
        #expect((q("250m") * 3).description == "750m")
        #expect((q("1e28") + q("1e28")) == q("1e28"))
        #expect((q("-1e28") * Int64.max) == q("-1e28"))
        #expect((q("1e28") * -2) == q("-1e28"))
        #expect((-q("2Gi")).description == "-2Gi")
        var sum = q("100m")
        sum += q("200m")
        sum -= q("50m")
        #expect(sum == q("0.25"))
    }

    @Test func extremesAreCapped() {
        #expect(Quantity("1e100") == Quantity("1e28"))
        #expect(Quantity("-1e100") == Quantity("-1e28"))
        #expect(Quantity("1e2147483647")?.description == "10e27")
        #expect(Quantity("1e-2147483648")?.description == "1e-9")
        #expect(Quantity(String(repeating: "9", count: 500)) == Quantity("1e28"))
        #expect(Quantity("0." + String(repeating: "0", count: 500) + "1")?.description == "1n")
        #expect(Quantity("1." + String(repeating: "0", count: 500) + "1")?.description == "1000000001n")
        #expect(Quantity(String(repeating: "0", count: 500) + "7") == Quantity("7"))
        #expect(Quantity("0.9999999999999999999999999999999999999999999999999999Ei")?.description == "1Ei")
    }

    @Test func sumsOfRandomAmountsAreExact() throws {
        var random = SeededGenerator(seed: 3)
        let units: [(String, Int128)] = [
            ("n", 1), ("u", 1000), ("m", 1_000_000), ("", 1_000_000_000), ("k", 1_000_000_000_000), ("Ki", 1_024_000_000_000),
            ("Mi", 1_048_576_000_000_000), ("Gi", 1_073_741_824_000_000_000), ("e3", 1_000_000_000_000), ("e-6", 1000),
        ]
        for _ in 0..<5000 {
            var sum = Quantity.zero
            var nanos: Int128 = 0
            for _ in 0..<4 {
                let (suffix, unit) = units.randomElement(using: &random)!
                let number = Int64.random(in: -1_000_000...1_000_000, using: &random)
                sum += try Quantity(parsing: "\(number)\(suffix)")
                nanos += Int128(number) * unit
            }
            #expect(sum == (try Quantity(parsing: "\(nanos)n")))
            #expect(try Quantity(parsing: sum.description) == sum)
            let ceiling = nanos / 1_000_000_000 + (nanos % 1_000_000_000).signum()
            #expect(sum.value == Int64(ceiling))
        }
    }

    @Test func arbitraryTextNeverCrashes() {
        var random = SeededGenerator(seed: 4)
        let characters = Array("0123456789.+-eEinumkKMGTP")
        var accepted = 0
        for _ in 0..<50_000 {
            let text = String((0..<Int.random(in: 0...12, using: &random)).map { _ in characters.randomElement(using: &random)! })
            guard let quantity = Quantity(text) else { continue }
            accepted += 1
            #expect(Quantity(quantity.description) == quantity, "\(text)")
            #expect(Quantity.canonical(text).flatMap { Quantity($0) } == quantity, "\(text)")
        }
        #expect(accepted > 500)
    }
}
