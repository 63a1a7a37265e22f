import Kubernetes
import Testing

@Suite struct JSONParserTests {
    @Test(
        arguments: [
            ("null", .null), ("true", true), (" false ", false), ("0", 0), ("-0", 0), ("12", 12), ("-12", -12),
            ("9223372036854775807", .integer(Int64.max)),
            ("-9223372036854775808", .integer(Int64.min)), ("1.5", 1.5), ("1.0", .number(1)), ("1e3", .number(1000)),
            ("-2.5E-1", -0.25), ("1E+2", .number(100)),
            ("9223372036854775808", .number(0x1p63)), ("-9223372036854775809", .number(-0x1p63)), ("\"\"", ""), ("\"a\"", "a"),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u65e5""#, "Aé日"), (#""\ud83d\ude00""#, "😀"),
            ("\"é日😀\"", "é日😀"),
            (#""\ud83d""#, "\u{FFFD}"), (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83dA""#, "\u{FFFD}A"), ("[]", []), ("[ ]", []),
            ("{}", [:]), ("{ }", [:]),
            ("[1,[2,{\"a\":[]}]]", [1, [2, ["a": []]]]), ("{\"b\":1,\"a\":{\"c\":null}}", ["a": ["c": .null], "b": 1]),
            ("\t[\r\n1 , 2 ]\n", [1, 2]),
            (#"{"a\n":1}"#, ["a\n": 1]), ("{\"\":0}", ["": 0]),
        ] as [(String, JSON)])
    func validTexts(text: String, expected: JSON) throws {
        #expect(try JSON(parsing: text) == expected)
        #expect(try JSON(parsing: Array(text.utf8)) == expected)
        #expect(try JSON(parsing: Array(" \(text)\n".utf8).dropFirst()) == expected)
    }

    @Test(arguments: [
        ("", 0), (" ", 1), ("nul", 0), ("nulL", 0), ("tru", 0), ("01", 2), ("-", 1), ("+1", 0), (".5", 0), ("1.", 2), ("1e", 2),
        ("1e+", 3), ("0x1", 1),
        ("1 2", 2), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("{", 1), ("{\"a\"", 4), ("{\"a\":", 5),
        ("{\"a\":1", 6), ("{\"a\":1,", 7),
        ("{\"a\":1,}", 7), ("{a:1}", 1), ("{\"a\" 1}", 5), ("{1:1}", 1), ("]", 0), ("\"", 1), ("\"a", 2), ("\"\n\"", 1),
        ("\"\t\"", 1), (#""\x""#, 2),
        (#""\u12""#, 3), (#""\u12g4""#, 5), ("'a'", 0), ("NaN", 0), ("Infinity", 0), ("1e999", 0), ("{\"a\":1}}", 7),
        ("/**/1", 0),
        ("\u{FEFF}1", 0),
    ])
    func invalidTexts(text: String, offset: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
        #expect(error?.offset == offset)
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0x5C, 0x6E, 0xFF, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D],
        ] as [[UInt8]])
    func stringsMustBeUTF8(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: bytes) }
    }

    @Test func depthIsBounded() throws {
        let depth = JSON.maximumDepth
        let deepest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(try JSON(parsing: deepest).description == deepest)
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: "[\(deepest)]") }
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: String(repeating: "[{\"a\":", count: 100_000)) }
    }

    @Test func theLastOfEqualKeysCounts() throws {
        var duplicates: [String] = []
        let text = #"{"b": 1, "a": {"x": 1, "x": {"y": 1, "y": 2}}, "b": 2, "b": 3, "list": [{"k": 1, "k": 2}]}"#
        let json = try JSON(parsing: Array(text.utf8)) { duplicates.append($0) }
        #expect(json == ["a": ["x": ["y": 2]], "b": 3, "list": [["k": 2]]])
        #expect(duplicates == ["a.x.y", "a.x", "list.k", "b", "b"])
        #expect(json.description == #"{"a":{"x":{"y":2}},"b":3,"list":[{"k":2}]}"#)
    }

    @Test func everyTreeComesBack() throws {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<3000 {
            let json = random.json(depth: 5)
            #expect(try JSON(parsing: json.encoded()) == json)
            #expect(try JSON(parsing: json.prettyPrinted()) == json)
        }
    }

    @Test func masksKeepWhatTheyName() throws {
        let mask: JSONMask = ["a": .all, "b": ["c": .all, "list": ["x": .all]], "n": ["deep": .all], "absent": .all]
        let text = #"""
             {"z": [{"q\u0041": "é\n", "a": 1.5e3}, null, true], "b": {"list": [{"x": 1, "y": [2]}, 3, {"y": 4}], "c": {"k": "v"},
              "d": -1}, "a": [1, {"b": 2}], "n": 7, "a\u0042": {}}
            """#
        let json = try JSON(parsing: Array(text.utf8), only: mask)
        #expect(
            json == ["a": [1, ["b": 2]], "b": ["c": ["k": "v"], "list": [["x": 1], 3, [:]]], "n": 7])
        #expect(try JSON(parsing: Array(#"{"a": 1, "a": 2}"#.utf8), only: mask) == ["a": 2])
        #expect(try JSON(parsing: Array("[1]".utf8), only: mask) == [1])
    }

    @Test func masksLetNothingPassThatIsNoJSON() {
        var random = SeededGenerator(seed: 11)
        var accepted = 0
        for _ in 0..<2000 {
            let json: JSON = ["kept": random.json(depth: 3), "other": random.json(depth: 4)]
            var bytes = json.encoded()
            if Bool.random(using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let whole = try? JSON(parsing: bytes)
            let part = try? JSON(parsing: bytes, only: ["kept": .all])
            #expect((whole == nil) == (part == nil))
            #expect(whole?["kept"] == part?["kept"])
            accepted += part == nil ? 0 : 1
        }
        #expect(accepted > 1000 && accepted < 2000)
    }

    @Test func randomBytesNeverCrash() {
        var random = SeededGenerator(seed: 9)
        let pieces = Array("{}[]\":,0123456789.-+eEtruefalsn \\u\n".utf8) + [0x00, 0x7F, 0x80, 0xC3, 0xE6, 0xFF]
        var accepted = 0
        for _ in 0..<50_000 {
            let bytes = (0..<Int.random(in: 0...16, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            accepted += roundTrips(bytes) ? 1 : 0
        }
        #expect(accepted > 50)
    }

    @Test func mutatedTextsNeverCrash() {
        var random = SeededGenerator(seed: 10)
        var accepted = 0
        for _ in 0..<1000 {
            let bytes = random.json(depth: 4).encoded()
            for _ in 0..<10 {
                var mutant = bytes
                switch Int.random(in: 0..<4, using: &random) {
                case 0: mutant[Int.random(in: 0..<mutant.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                case 1: mutant.remove(at: Int.random(in: 0..<mutant.count, using: &random))
                case 2:
                    mutant.insert(UInt8.random(in: 0...255, using: &random), at: Int.random(in: 0...mutant.count, using: &random))
                default: mutant.removeLast(Int.random(in: 1...mutant.count, using: &random))
                }
                accepted += roundTrips(mutant) ? 1 : 0
            }
        }
        #expect(accepted > 500)
    }

    /// Whether the bytes are JSON; then what they say must come back from its own encoding, byte for byte.
    private func roundTrips(_ bytes: [UInt8]) -> Bool {
        guard let json = try? JSON(parsing: bytes) else { return false }
        let encoded = json.encoded()
        let again = try? JSON(parsing: encoded)
        #expect(again?.encoded() == encoded)
        return true
    }
}
