import Kubernetes
import Testing

@Suite struct JSONWriterTests {
    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (0, "0"), (.integer(Int64.min), "-9223372036854775808"),
            (.integer(Int64.max), "9223372036854775807"),
            (.number(3), "3"), (.number(-0.0), "0"), (1.5, "1.5"), (0.1, "0.1"), (1e21, "1e+21"), (1e-7, "1e-07"),
            (.number(.nan), "null"),
            (.number(.infinity), "null"), ("", "\"\""), ("a\"\\/\n\r\t", #""a\"\\/\n\r\t""#),
            ("\u{0}\u{1}\u{1F}", #""\u0000\u0001\u001f""#),
            ("\u{7F}é日😀\u{2028}", "\"\u{7F}é日😀\u{2028}\""), ([], "[]"), ([:], "{}"), ([1, "a", .null], #"[1,"a",null]"#),
            (["b": 1, "a": ["c": []]], #"{"a":{"c":[]},"b":1}"#), (["é": 1, "z": 2, "Z": 3], #"{"Z":3,"z":2,"é":1}"#),
        ] as [(JSON, String)])
    func encoding(json: JSON, expected: String) { #expect(json.description == expected) }

    @Test func longStringsWithEscapesAnywhere() throws {
        for length in 0..<40 {
            for escape in ["", "\"", "\\", "\n", "\u{1}", "é"] {
                let text = String(repeating: "x", count: length) + escape + String(repeating: "y", count: 40 - length)
                #expect(try JSON(parsing: JSON.string(text).encoded()) == .string(text))
            }
        }
    }

    @Test func prettyPrinting() {
        let json: JSON = ["a": [1, ["b": []]], "c": [:]]
        #expect(
            json.prettyPrinted() == """
                {
                  "a": [
                    1,
                    {
                      "b": []
                    }
                  ],
                  "c": {}
                }
                """)
    }
}
