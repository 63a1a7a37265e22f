import Kubernetes
import Testing

/// Keys and strings are compared by their UTF-8 bytes, not as text: Unicode has several spellings of one text.
@Suite struct ByteOrderTests {
    private let composed = "caf\u{E9}"
    private let decomposed = "cafe\u{301}"

    @Test func canonicallyEquivalentKeysAreDifferentMembers() throws {
        #expect(composed == decomposed, "Swift holds them for equal, which is what this is about")
        var object: JSONObject = [composed: 1, decomposed: 2]
        #expect(object.count == 2)
        #expect(object[composed] == 1)
        #expect(object[decomposed] == 2)
        object[decomposed] = nil
        #expect(object.count == 1)
        #expect(object[decomposed] == nil)
        object[decomposed] = 3
        #expect(Array(object.values) == [3, 1])
    }

    @Test func canonicallyEquivalentStringsDiffer() {
        #expect(JSON.string(composed) != JSON.string(decomposed))
        #expect(JSON.array([.string(composed)]) != JSON.array([.string(decomposed)]))
        #expect(["a": .string(composed)] as JSON != ["a": .string(decomposed)])
        #expect([composed: 1] as JSONObject != [decomposed: 1])
        // Combining marks in another order: as many bytes, the same text.
        #expect(JSON.string("q\u{307}\u{323}") != JSON.string("q\u{323}\u{307}"))
        #expect(JSON.string("\u{E9}") == JSON.string("\u{E9}"))
    }

    @Test func duplicatesAreKeysOfTheSameBytes() throws {
        var duplicates: [String] = []
        let text = #"{"\#(composed)":1,"\#(decomposed)":2,"x":{"\u00e9":1,"é":2}}"#
        let json = try JSON(parsing: Array(text.utf8)) { duplicates.append($0) }
        #expect(duplicates == ["x.\u{E9}"])
        #expect(json[composed] == 1)
        #expect(json[decomposed] == 2)
        #expect(json["x"] == ["\u{E9}": 2])
        #expect(try JSON(parsing: json.encoded()) == json)
    }

    @Test func orderIsThatOfTheBytes() {
        // U+FF61 comes before U+1F600 in UTF-8, and after it in UTF-16.
        let keys = [
            "", "a", "aa", "abcdefgh", "abcdefgha", "abcdefghb", "b", "z", "\u{E9}", "\u{FF61}", "\u{1F600}", "cafe\u{301}",
        ]
        for shuffled in [keys, Array(keys.reversed())] {
            let object = JSONObject(shuffled.map { key in (key, JSON.string(key)) })
            let sorted = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(Array(object.keys) == sorted)
            for key in keys { #expect(object[key] == .string(key)) }
        }
    }

    /// Against a model that knows bytes only, with keys that share prefixes and spellings.
    @Test func agreesWithAModelOfBytes() {
        var random = SeededGenerator(seed: 29)
        let parts = ["e", "\u{301}", "\u{E9}", "a", "aaaaaaa", "\u{0}", "\u{10FFFF}", "\u{323}", "\u{307}"]
        var object = JSONObject()
        var model: [[UInt8]: JSON] = [:]
        for step in 0..<5000 {
            let key = (0..<Int.random(in: 0...4, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            let value: JSON? = Bool.random(using: &random) ? .integer(Int64(step)) : nil
            object[key] = value
            model[Array(key.utf8)] = value
            #expect(object.count == model.count)
        }
        let sorted = model.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        #expect(object.map { Array($0.key.utf8) } == sorted.map(\.key))
        #expect(object.map(\.value) == sorted.map(\.value))
    }
}
