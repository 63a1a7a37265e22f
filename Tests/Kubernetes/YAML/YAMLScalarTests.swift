import Kubernetes
import Testing

/// Expected values are what `kubectl` 1.32 makes of the same text.
@Suite struct YAMLScalarTests {
    private func value(_ text: String) throws -> JSON? { try YAML.parse("a: \(text)").first?.json["a"] }

    @Test(arguments: [
        ("[yes, Yes, YES, on, On, ON, y, Y, true, True, TRUE]", true),
        ("[no, No, NO, off, Off, OFF, n, N, false, False, FALSE]", false),
    ])
    func booleans(text: String, expected: Bool) throws {
        let values = try #require(try value(text)?.array)
        #expect(values.count == 11)
        #expect(values.allSatisfy { $0 == .bool(expected) })
    }

    @Test(arguments: [
        "tRue", "yEs", "nUll", "oN", "0o9", "_1", "190:20:30", "1e400", "2001-12-14", "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.10", "0x", "0b", "._5", "...", ".", ".5.5", ".e3", "+-1", "-+1", "++1", "1_1-1", "+", "1.2.3",
        "0x1p3",
        "v1", "<<", "=", "1e", "e3", "1,5", "-0xffffffffffffffff",
    ])
    func strings(text: String) throws { #expect(try value(text) == .string(text)) }

    @Test(arguments: [("~", 0), ("null", 0), ("Null", 0), ("NULL", 0), ("", 0), ("# comment", 0)])
    func nulls(text: String, _: Int) throws { #expect(try value(text) == .null) }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("00", 0), ("12", 12), ("+12", 12), ("-12", -12), ("0o17", 15), ("017", 15), ("-017", -15),
        ("-0o7", -7),
        ("0O7", 7), ("0x1f", 31), ("0X1F", 31), ("+0x1f", 31), ("-0x1F", -31), ("0x_1f", 31), ("0b11", 3), ("0b_1", 1),
        ("1_000", 1000),
        ("1__0", 10), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
    ])
    func integers(text: String, expected: Int64) throws { #expect(try value(text) == .integer(expected)) }

    @Test(arguments: [
        (".5", 0.5), ("+.5", 0.5), ("5.", 5), ("1.5", 1.5), ("-1.5e+3", -1500), ("1e3", 1000), ("1E5", 100_000),
        ("1_000.5", 1000.5),
        ("685.230_15e+03", 685230.15), ("09", 9), ("08.5", 8.5), ("1.e3", 1000), ("1__.5", 1.5), ("1e-400", 0),
        ("12345678901234567890", 0x1.56a95319d63e1p+63), ("18446744073709551616", 0x1p+64),
        ("0xffffffffffffffff", 0x1p+64), ("-9223372036854775809", -0x1p+63),
    ])
    func floats(text: String, expected: Double) throws { #expect(try value(text) == .number(expected)) }

    @Test(arguments: [".inf", "-.INF", "+.Inf", ".nan"])
    func jsonHasNoInfinity(text: String) {
        #expect(throws: YAMLError.self) { try value(text) }
    }

    @Test func quotedScalarsAreStrings() throws {
        #expect(try value(#"["1", 'true', "~", '']"#) == ["1", "true", "~", ""])
        #expect(try value("|\n  12\n") == "12\n")
    }

    @Test(
        arguments: [
            ("!!str 12", "12"), ("!!str", ""), ("! 12", "12"), ("!foo bar", "bar"), ("!!binary aGVsbG8=", "hello"),
            ("!!int \"12\"", 12),
            ("!!float 3", .number(3)), ("!!bool \"yes\"", true), ("!!null ~", .null), ("!!timestamp 2001-12-14", "2001-12-14"),
        ] as [(String, JSON)])
    func tags(text: String, expected: JSON) throws { #expect(try value(text) == expected) }

    @Test(arguments: [
        ("!!int", "abc"), ("!!bool", "1"), ("!!null", "abc"), ("!!float", "x"), ("!!binary", "a?"), ("!!int", "1.5"),
    ])
    func tagsThatDoNotFit(tag: String, text: String) {
        let error = #expect(throws: YAMLError.self) { try value("\(tag) \(text)") }
        #expect(error?.message == "cannot decode `\(text)` as a \(tag)")
    }

    @Test func keysBecomeStrings() throws {
        let text = """
            {1: a, true: b, 1.5: c, 0x10: d, 2001-12-14: e, 1000000.0: f, 123456789.5: g, 0.00001: h, 100000.0: i, 0.0001: j,
            2097152.0: k, .inf: l, 1.0e20: m, 1e3: n, -0.25: o, 0.0: p}
            """
        let keys = try #require(try value(text)?.object).keys
        #expect(
            Array(keys)
                == [
                    "-0.25", "0", "0.0001", "1", "1.2345679e+08", "1.5", "1000", "100000", "16", "1e+06", "1e+20", "1e-05",
                    "2.097152e+06",
                    "2001-12-14", ".inf", "true",
                ].sorted())
    }

    @Test(arguments: ["{~: 1}", "{[1]: 2}", "{{a: b}: 2}"])
    func otherKeysAreErrors(text: String) {
        #expect(throws: YAMLError.self) { try value(text) }
    }
}
