import Kubernetes
import Testing

@Suite struct MergePatchTests {
    /// RFC 7386, appendix A.
    @Test(
        arguments: [
            (["a": "b"], ["a": "c"], ["a": "c"]), (["a": "b"], ["b": "c"], ["a": "b", "b": "c"]), (["a": "b"], ["a": .null], [:]),
            (["a": "b", "b": "c"], ["a": .null], ["b": "c"]), (["a": ["b"]], ["a": "c"], ["a": "c"]),
            (["a": "c"], ["a": ["b"]], ["a": ["b"]]),
            (["a": ["b": "c"]], ["a": ["b": "d", "c": .null]], ["a": ["b": "d"]]), (["a": [["b": "c"]]], ["a": [1]], ["a": [1]]),
            (["a", "b"], ["c", "d"], ["c", "d"]), (["a": "b"], ["c"], ["c"]), (["a": "foo"], .null, .null),
            (["a": "foo"], "bar", "bar"),
            (["e": .null], ["a": 1], ["e": .null, "a": 1]), ([1, 2], ["a": "b", "c": .null], ["a": "b"]),
            ([:], ["a": ["bb": ["ccc": .null]]], ["a": ["bb": [:]]]),
        ] as [(JSON, JSON, JSON)])
    func merging(target: JSON, patch: JSON, expected: JSON) { #expect(target.merging(patch) == expected) }

    @Test(
        arguments: [
            (["a": 1], ["a": 1], [:]), (["a": 1], ["a": 2], ["a": 2]), (["a": 1, "b": 2], ["b": 2], ["a": .null]),
            (["a": ["b": 1, "c": 2]], ["a": ["b": 1, "c": 3, "d": 4]], ["a": ["c": 3, "d": 4]]),
            (["a": [1, 2]], ["a": [1]], ["a": [1]]),
            (["a": [:]], ["a": 1], ["a": 1]), (1, ["a": 1], ["a": 1]), (["a": ["b": 1]], ["a": [:]], ["a": ["b": .null]]),
        ] as [(JSON, JSON, JSON)])
    func differences(original: JSON, modified: JSON, patch: JSON) {
        #expect(JSON.mergePatch(from: original, to: modified) == patch)
    }

    @Test func aDifferenceLeadsFromOneToTheOther() {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<3000 {
            let original = random.json(depth: 4)
            let modified = random.json(depth: 4).withoutNulls ?? [:]
            let patch = JSON.mergePatch(from: original, to: modified)
            #expect(original.merging(patch) == modified)
        }
    }
}

extension JSON {
    /// The value without the nulls that a merge patch cannot set: those in objects.
    fileprivate var withoutNulls: JSON? {
        switch self {
        case .null: nil
        case .object(let members):
            .object(JSONObject(members.compactMap { key, value in value.withoutNulls.map { (key, $0) } }))
        default: self
        }
    }
}
