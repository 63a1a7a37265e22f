import Kubernetes
import Testing

@Suite struct JSONPatchTests {
    private func applied(_ patch: JSON, to document: JSON, replaceAddsMissing: Bool = false) throws(PatchError) -> JSON {
        var result = document
        try result.apply(jsonPatch: patch, replaceAddsMissing: replaceAddsMissing)
        return result
    }

    /// Most of RFC 6902, appendix A.
    @Test(
        arguments: [
            (["a": 1], [["op": "add", "path": "/b", "value": 2]], ["a": 1, "b": 2]),
            (["a": 1], [["op": "add", "path": "/a", "value": .null]], ["a": .null]),
            (["a": [1, 3]], [["op": "add", "path": "/a/1", "value": 2]], ["a": [1, 2, 3]]),
            (["a": [1]], [["op": "add", "path": "/a/-", "value": [2]]], ["a": [1, [2]]]),
            (["a": [1]], [["op": "add", "path": "/a/1", "value": 2]], ["a": [1, 2]]),
            (
                ["a": 1], [["op": "add", "path": "/c", "value": ["d": [:]]], ["op": "add", "path": "/c/d/e", "value": 1]],
                ["a": 1, "c": ["d": ["e": 1]]]
            ),
            (["a": 1, "b": 2], [["op": "remove", "path": "/b"]], ["a": 1]),
            (["a": [1, 2, 3]], [["op": "remove", "path": "/a/1"]], ["a": [1, 3]]),
            (["a": 1, "b": 2], [["op": "replace", "path": "/b", "value": "x"]], ["a": 1, "b": "x"]),
            (["a": [1, 2]], [["op": "replace", "path": "/a/0", "value": 9]], ["a": [9, 2]]),
            (
                ["a": ["b": 1, "c": 2], "d": [:]], [["op": "move", "from": "/a/b", "path": "/d/e"]],
                ["a": ["c": 2], "d": ["e": 1]]
            ),
            (["a": [1, 2, 3, 4]], [["op": "move", "from": "/a/1", "path": "/a/3"]], ["a": [1, 3, 4, 2]]),
            (["a": 1], [["op": "move", "from": "/a", "path": "/a"]], ["a": 1]),
            (["a": ["b": [1]]], [["op": "copy", "from": "/a/b", "path": "/c"]], ["a": ["b": [1]], "c": [1]]),
            (["a": ["b": 1]], [["op": "copy", "from": "", "path": "/a/c"]], ["a": ["b": 1, "c": ["a": ["b": 1]]]]),
            (["a": ["x", 1.5]], [["op": "test", "path": "/a", "value": ["x", 1.5]]], ["a": ["x", 1.5]]),
            (["a": 10], [["op": "test", "path": "/a", "value": .number(10)]], ["a": 10]),
            (["a": ["b": 1, "c": 2]], [["op": "test", "path": "/a", "value": ["c": 2, "b": 1]]], ["a": ["b": 1, "c": 2]]),
            (["a": 1], [["op": "test", "path": "/none", "value": .null]], ["a": 1]),
            (
                ["/": 9, "~1": 10, "": 1],
                [["op": "test", "path": "/~01", "value": 10], ["op": "remove", "path": "/~1"], ["op": "remove", "path": "/"]],
                ["~1": 10]
            ),
            (["a": 1], [["op": "add", "path": "", "value": [1]], ["op": "add", "path": "/-", "value": 2]], [1, 2]),
            (["a": 1], [["op": "replace", "path": "", "value": ["b": 2]]], ["b": 2]),
            (["é": ["日": 1]], [["op": "replace", "path": "/é/日", "value": 2]], ["é": ["日": 2]]),
            (["a": 1], [], ["a": 1]),
        ] as [(JSON, JSON, JSON)])
    func operations(document: JSON, patch: JSON, expected: JSON) throws { #expect(try applied(patch, to: document) == expected) }

    @Test(
        arguments: [
            (
                ["op": "add", "path": "/x/y", "value": 1],
                "add operation does not apply: doc is missing path: \"/x/y\": missing value"
            ),
            (
                ["op": "add", "path": "/list/5", "value": 1],
                "error in add for path: '/list/5': Unable to access invalid index: 5: invalid index referenced"
            ),
            (
                ["op": "add", "path": "/list/01", "value": 1],
                "error in add for path: '/list/01': Unable to access invalid index: 01: invalid index referenced"
            ),
            (
                ["op": "add", "path": "/list/x", "value": 1],
                "error in add for path: '/list/x': Unable to access invalid index: x: invalid index referenced"
            ),
            (["op": "add", "path": "/a/b", "value": 1], "error in add for path: '/a/b': cannot add a member to integer"),
            (["op": "remove", "path": "/none"], "error in remove for path: '/none': there is no value at '/none'"),
            (["op": "remove", "path": "/list/2"], "error in remove for path: '/list/2': there is no value at '/list/2'"),
            (["op": "remove", "path": "/list/-"], "error in remove for path: '/list/-': there is no value at '/list/-'"),
            (
                ["op": "replace", "path": "/none", "value": 1],
                "error in replace for path: '/none': doc is missing key: none: missing value"
            ),
            (
                ["op": "replace", "path": "/list/2", "value": 1],
                "error in replace for path: '/list/2': Unable to access invalid index: 2: invalid index referenced"
            ),
            (["op": "move", "from": "/none", "path": "/b"], "error in move for path: '/b': there is no value at '/none'"),
            (
                ["op": "move", "from": "/object", "path": "/object/x"],
                "error in move for path: '/object/x': a value cannot move into itself, from '/object'"
            ),
            (["op": "copy", "from": "/none", "path": "/b"], "error in copy for path: '/b': there is no value at '/none'"),
            (["op": "test", "path": "/a", "value": "1"], "testing value /a failed: test failed"),
            (["op": "test", "path": "/none", "value": 1], "testing value /none failed: test failed"),
        ] as [(JSON, String)])
    func operationsThatDoNotApply(operation: JSON, message: String) {
        let document: JSON = ["a": 1, "list": [1, 2], "object": [:]]
        var result = document
        let error = #expect(throws: PatchError.self) {
            try result.apply(jsonPatch: [["op": "add", "path": "/added", "value": 1], operation])
        }
        #expect(error == PatchError(.inapplicable, message))
        #expect(result == document, "a patch applies whole or not at all")
    }

    @Test(
        arguments: [
            (["op": "add"], "a JSON patch must be an array of operations, not object"),
            ([1], "operation 0 of the JSON patch must be an object, not integer"),
            ([["path": "/a"]], "operation 0 of the JSON patch has no op"),
            ([["op": "frob", "path": "/a"]], "Unexpected kind: frob"),
            ([["op": "add", "value": 1]], "add operation 0 of the JSON patch is missing its path"),
            ([["op": "add", "path": "a", "value": 1]], "add operation 0 of the JSON patch: path 'a' is no JSON pointer"),
            ([["op": "add", "path": "/~2", "value": 1]], "add operation 0 of the JSON patch: path '/~2' is no JSON pointer"),
            ([["op": "add", "path": "/a"]], "add operation 0 of the JSON patch for path '/a' is missing its value"),
            ([["op": "copy", "path": "/a"]], "copy operation 0 of the JSON patch is missing its from"),
        ] as [(JSON, String)])
    func malformedPatches(patch: JSON, message: String) {
        let error = #expect(throws: PatchError.self) { try applied(patch, to: [:]) }
        #expect(error == PatchError(.malformed, message))
    }

    @Test func replaceMayAddWhereTheAPIServerLetsIt() throws {
        let patch: JSON = [["op": "replace", "path": "/b", "value": 2]]
        #expect(try applied(patch, to: ["a": 1], replaceAddsMissing: true) == ["a": 1, "b": 2])
        #expect(throws: PatchError.self) {
            try applied([["op": "replace", "path": "/3", "value": 2]], to: [1], replaceAddsMissing: true)
        }
    }

    @Test func sizesAreBounded() {
        let many = JSON.array(Array(repeating: ["op": "test", "path": "", "value": 1], count: JSON.maximumPatchOperations + 1))
        #expect(throws: PatchError(.tooLarge, "The allowed maximum operations in a JSON patch is 10000, got 10001")) {
            try applied(many, to: 1)
        }
        // Each copy doubles the document.
        let doubling = JSON.array((0..<40).map { ["op": "copy", "from": "", "path": .string("/a\($0)")] })
        #expect(throws: PatchError.self) { try applied(doubling, to: ["text": .string(String(repeating: "x", count: 1000))]) }
        // Each pair of operations adds a level.
        let nesting = JSON.array(
            (0..<600).flatMap { _ -> [JSON] in
                [
                    ["op": "copy", "from": "/a", "path": "/b"], ["op": "add", "path": "/a", "value": [:]],
                    ["op": "move", "from": "/b", "path": "/a/c"],
                ]
            })
        let error = #expect(throws: PatchError.self) { try applied(nesting, to: ["a": [:]]) }
        #expect(error?.kind == .tooLarge)
        #expect(error?.message == "move operation for path '/a/c' nests deeper than 256 levels")
    }

    @Test func pointers() throws {
        #expect(JSONPointer("")?.tokens == [])
        #expect(JSONPointer("/")?.tokens == [""])
        #expect(JSONPointer("/a~1b/m~0n/~01")?.tokens == ["a/b", "m~n", "~1"])
        #expect(JSONPointer(["a/b", "m~n"]).description == "/a~1b/m~0n")
        #expect(JSONPointer("a") == nil)
        #expect(JSONPointer("/~") == nil)
        let document: JSON = ["a": [["b": 1]]]
        #expect(document[try #require(JSONPointer("/a/0/b"))] == 1)
        #expect(document[try #require(JSONPointer("/a/00/b"))] == nil)
        #expect(document[try #require(JSONPointer("/a/1"))] == nil)
    }
}
