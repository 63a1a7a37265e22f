import Kubernetes
import Testing

@Suite struct JSONValueTests {
    @Test func membersAreSortedAndUnique() {
        let object = JSONObject([("b", 1), ("a", 2), ("b", 3), ("", 4), ("é", 5), ("Z", 6)])
        #expect(Array(object.keys) == ["", "Z", "a", "b", "é"])
        #expect(object["b"] == 3)
        #expect(object["c"] == nil)
        #expect(object.count == 5)
    }

    @Test func objectsBehaveLikeDictionaries() {
        var random = SeededGenerator(seed: 11)
        var object = JSONObject()
        var model: [String: JSON] = [:]
        for _ in 0..<5000 {
            let key = "k\(Int.random(in: 0..<40, using: &random))"
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                object[key] = nil
                model[key] = nil
            case 1:
                #expect(object[key] == model[key])
            default:
                let value = JSON.integer(Int64.random(in: 0..<100, using: &random))
                object[key] = value
                model[key] = value
            }
            #expect(object.count == model.count)
        }
        #expect(Array(object.keys) == model.keys.sorted())
        #expect(object == JSONObject(model.map { ($0.key, $0.value) }))
    }

    @Test func readingByType() {
        #expect(JSON.integer(3).int == 3)
        #expect(JSON.number(3).integer == 3)
        #expect(JSON.number(3.5).integer == nil)
        #expect(JSON.number(1e300).integer == nil)
        #expect(JSON.string("3").integer == nil)
        #expect(JSON.integer(3).double == 3)
        #expect((["a", 1, "b"] as JSON).strings == ["a", "b"])
        #expect((["a": "x", "b": 1] as JSON).stringMap == ["a": "x"])
        #expect(JSON.null.strings.isEmpty && JSON.null.stringMap.isEmpty)
        #expect(JSON.null.isNull && !JSON.bool(false).isNull)
        #expect(
            [JSON.null, true, 1, 1.5, "", [], [:]].map(\.typeName) == [
                "null", "boolean", "integer", "number", "string", "array", "object",
            ])
    }

    @Test func paths() {
        var json: JSON = ["a": ["b": ["c": 1]], "list": [1, 2]]
        #expect(json["a", "b", "c"] == 1)
        #expect(json["a", "x", "c"] == nil)
        #expect(json[["a", "b"]] == ["c": 1])
        #expect(json["list"]?[1] == 2)
        #expect(json["list"]?[2] == nil)
        #expect(json["list"]?[-1] == nil)
        json["a", "b", "d"] = 2
        json["x", "y", "z"] = 3
        json["a", "b", "c"] = nil
        json["no", "such"] = nil
        #expect(json == ["a": ["b": ["d": 2]], "list": [1, 2], "x": ["y": ["z": 3]]])
        json["x"]?["y"] = "gone deep"
        json["n", default: [:]]["m"] = 1
        #expect(json["x", "y"] == "gone deep")
        #expect(json["n", "m"] == 1)
        json[[]] = [:]
        #expect(json == [:])
        var scalar: JSON = 1
        scalar["a"] = 2
        #expect(scalar == ["a": 2])
    }

    @Test func copiesDoNotShareChanges() {
        let original: JSON = ["a": ["b": [1, 2]]]
        var copy = original
        copy["a"]?["b"] = 3
        #expect(original == ["a": ["b": [1, 2]]])
        #expect(copy == ["a": ["b": 3]])
    }
}
