import Kubernetes
import Testing

@Suite struct EncodedObjectTests {
    private func configMap(_ name: String, bytes: Int) -> Object {
        var object = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: name)
        object["data"] = ["value": .string(String(repeating: "x", count: bytes))]
        return object
    }

    /// Trees are kept for the newest objects only; those of the others come back from their bytes.
    @Test func theTreeIsTheOneThatWasEncoded() {
        var first = configMap("a", bytes: 10)
        first["data", "number"] = .number(3)
        let encoded = EncodedObject(first, revision: 7)
        first.resourceVersion = "7"
        #expect(encoded.decoded() == first)
        let others = (0..<64).map { EncodedObject(configMap("other-\($0)", bytes: 200_000)) }
        #expect(encoded.decoded() == first)
        #expect(encoded.decoded().json.encoded() == encoded.bytes)
        #expect(others.allSatisfy { $0.decoded().json.encoded() == $0.bytes })
    }

    /// An object larger than all that is kept is decoded whenever it is asked for.
    @Test func largeObjectsDecode() {
        let object = configMap("large", bytes: 10 << 20)
        let encoded = EncodedObject(object)
        #expect(encoded.decoded() == object && encoded.decoded() == object)
    }

    @Test func revisionsThatAreNoNumbersAreZero() {
        var object = configMap("a", bytes: 1)
        object.resourceVersion = "abc"
        #expect(EncodedObject(object).revision == 0 && EncodedObject(object).decoded().resourceVersion == "abc")
    }
}

@Suite struct ObjectEntryTests {
    @Test func singleLabelsAndAnnotations() {
        var object = Object(apiVersion: "v1", kind: "ConfigMap", name: "a")
        let plain = object
        object[label: "x"] = nil
        #expect(object == plain && object[label: "x"] == nil)
        object[label: "x"] = "1"
        object[label: "y"] = "2"
        object[annotation: "z"] = "3"
        #expect(object.labels == ["x": "1", "y": "2"] && object.annotations == ["z": "3"])
        object[label: "x"] = nil
        #expect(object.labels == ["y": "2"] && object[label: "y"] == "2")
        object[label: "y"] = nil
        object[annotation: "z"] = nil
        #expect(object == plain)
    }

    @Test func membersAreComparedButForSome() throws {
        let left = try #require(JSON(parsing: #"{"a":1,"b":{"c":2},"d":3}"#).object)
        let right = try #require(JSON(parsing: #"{"a":1,"b":{"c":2},"e":4}"#).object)
        #expect(left.isEqual(to: right, except: ["d", "e"]))
        #expect(!left.isEqual(to: right, except: ["d"]) && !left.isEqual(to: right, except: ["e"]))
    }

    @Test func wholeNumbersAreEqualHoweverTheyAreHeld() {
        #expect(JSON.integer(3) == .number(3) && JSON.number(3) == .integer(3))
        #expect(JSON.integer(3) != .number(3.5) && JSON.number(1e300) != .integer(.max))
    }
}
