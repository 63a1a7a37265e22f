import Kubernetes
import Testing

/// Expected values are what `kubectl patch --local --type strategic` 1.32 gives.
@Suite struct StrategicMergeTests {
    private let schema = TypeSchema(.object(ObjectType(Self.fields)))

    private static let string = TypeSchema(.string)
    private static let named = TypeSchema(
        .object(
            ObjectType([
                SchemaField("name", string), SchemaField("image", string), SchemaField("value", string),
                SchemaField("args", TypeSchema(.array(string))),
                SchemaField("env", list(of: TypeSchema(.object(ObjectType([SchemaField("name", string)]))), key: "name")),
            ])))

    private static func list(of element: TypeSchema, key: String?) -> TypeSchema {
        TypeSchema(.array(element), patchStrategy: .merge, mergeKey: key)
    }

    private static var fields: [SchemaField] {
        [
            SchemaField("finalizers", list(of: string, key: nil)), SchemaField("containers", list(of: named, key: "name")),
            SchemaField("args", TypeSchema(.array(string))), SchemaField("labels", TypeSchema(.map(string))),
            SchemaField(
                "strategy",
                TypeSchema(
                    .object(ObjectType([SchemaField("type", string), SchemaField("rollingUpdate", TypeSchema(.map(string)))])),
                    patchStrategy: .retainKeys)),
        ]
    }

    private static let containers: JSON = [
        ["name": "a", "image": "1", "env": [["name": "x", "value": "1"], ["name": "y", "value": "2"]]],
        ["name": "b", "image": "2"],
        ["name": "c", "image": "3"],
    ]

    private func names(_ json: JSON?) -> [String] { json?.array?.compactMap { $0["name"]?.string } ?? [] }

    // MARK: Objects

    @Test(
        arguments: [
            (["labels": ["a": "1"]], ["labels": ["b": "2"]], ["labels": ["a": "1", "b": "2"]]),
            (["labels": ["a": "1"]], ["labels": ["a": .null, "z": .null]], ["labels": [:]]),
            (["labels": ["a": "1"]], ["labels": .null], [:]),
            (["labels": ["a": "1"]], ["labels": ["$patch": "replace", "b": "2"]], ["labels": ["b": "2"]]),
            (["labels": ["a": "1"]], ["labels": ["$patch": "delete"]], ["labels": [:]]),
            ([:], ["labels": ["$patch": "delete"]], [:]),
            ([:], ["labels": ["a": .null, "b": "2"]], ["labels": ["b": "2"]]),
            (["labels": "x"], ["labels": ["a": "1"]], ["labels": ["a": "1"]]),
            (["args": ["1", "2"]], ["args": ["3"]], ["args": ["3"]]), (["unknown": [1, 2]], ["unknown": [3]], ["unknown": [3]]),
            (["unknown": ["a": ["b": 1]]], ["unknown": ["a": ["c": 2]]], ["unknown": ["a": ["b": 1, "c": 2]]]),
            (
                ["strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "1"]]],
                ["strategy": ["$retainKeys": ["type"], "type": "Recreate"]], ["strategy": ["type": "Recreate"]]
            ),
        ] as [(JSON, JSON, JSON)])
    func objects(original: JSON, patch: JSON, expected: JSON) throws {
        #expect(try original.strategicMerging(patch, schema: schema) == expected)
    }

    // MARK: Lists of scalars

    @Test(
        arguments: [
            (["finalizers": ["a", "b"]], ["finalizers": ["c"]], ["c", "a", "b"]),
            (["finalizers": ["a", "b"]], ["finalizers": ["b"]], ["a", "b"]),
            (["finalizers": ["a", "b", "c"]], ["$deleteFromPrimitiveList/finalizers": ["b", "z"]], ["a", "c"]),
            (["finalizers": ["a", "b"]], ["$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]], ["c", "b"]),
            (["finalizers": ["a", "b"]], ["$setElementOrder/finalizers": ["b", "a"]], ["b", "a"]),
            (["finalizers": ["a", "b"]], ["$setElementOrder/finalizers": ["b", "c"], "finalizers": ["c"]], ["a", "b", "c"]),
            ([:], ["finalizers": ["c", "a"], "$setElementOrder/finalizers": ["c", "a"]], ["c", "a"]),
        ] as [(JSON, JSON, JSON)])
    func finalizers(original: JSON, patch: JSON, expected: JSON) throws {
        #expect(try original.strategicMerging(patch, schema: schema)["finalizers"] == expected)
    }

    // MARK: Lists of objects

    @Test func elementsMergeByTheirKey() throws {
        let patch: JSON = ["containers": [["name": "b", "image": "9"], ["name": "d", "image": "4"]]]
        let result = try (["containers": Self.containers] as JSON).strategicMerging(patch, schema: schema)
        #expect(names(result["containers"]) == ["a", "b", "d", "c"])
        #expect(result["containers"]?[1] == ["name": "b", "image": "9"])
        #expect(result["containers"]?[0] == Self.containers[0])
    }

    @Test func nestedListsMergeToo() throws {
        let patch: JSON = [
            "containers": [
                [
                    "name": "a",
                    "env": [["name": "y", "$patch": "delete"], ["name": "z", "value": "3"], ["name": "x", "value": "8"]],
                ]
            ]
        ]
        let result = try (["containers": Self.containers] as JSON).strategicMerging(patch, schema: schema)
        #expect(result["containers"]?[0]?["env"] == [["name": "z", "value": "3"], ["name": "x", "value": "8"]])
    }

    @Test(
        arguments: [
            ([["name": "b", "$patch": "delete"]], nil, ["a", "c"]), ([["$patch": "replace"], ["name": "z"]], nil, ["z"]),
            ([["$patch": "replace"]], nil, []),
            ([], ["c", "a", "b"], ["c", "a", "b"]), (.null, ["c", "a"], ["b", "c", "a"]),
            ([["name": "d"]], ["d", "c", "b", "a"], ["d", "c", "b", "a"]),
            // An added element takes the place of a deleted one.
            ([["name": "d"], ["name": "b", "$patch": "delete"]], ["d", "b"], ["a", "c", "d"]),
        ] as [(JSON, [String]?, [String])])
    func directives(change: JSON, order: [String]?, expected: [String]) throws {
        var patch: JSON = change.isNull ? [:] : ["containers": change]
        if let order { patch["$setElementOrder/containers"] = .array(order.map { ["name": .string($0)] }) }
        let result = try (["containers": Self.containers] as JSON).strategicMerging(patch, schema: schema)
        #expect(names(result["containers"]) == expected)
    }

    @Test func addedValuesCarryNoDirectives() throws {
        let patch: JSON = [
            "containers": [
                [
                    "name": "a", "env": [["name": "x", "$patch": "delete"], ["name": "y", "value": .null]],
                    "$setElementOrder/env": [["name": "y"]],
                ]
            ]
        ]
        #expect(
            try ([:] as JSON).strategicMerging(patch, schema: schema) == ["containers": [["name": "a", "env": [["name": "y"]]]]])
    }

    @Test func withoutASchemaListsAreReplaced() throws {
        #expect(
            try (["a": [1], "b": ["c": 1]] as JSON).strategicMerging(["a": [2], "b": ["d": 2]], schema: nil) == [
                "a": [2], "b": ["c": 1, "d": 2],
            ])
    }

    @Test(
        arguments: [
            (
                ["labels": ["$patch": "merge"]], PatchError.Kind.malformed,
                "labels: unknown patch type: \"merge\" in map: {\"$patch\":\"merge\"}"
            ),
            (
                ["containers": [["image": "x"]]], .malformed,
                "containers: map: {\"image\":\"x\"} does not contain declared merge key: name"
            ),
            (
                ["containers": [["name": "a", "env": [["value": "x"]]]]], .malformed,
                "containers[name=\"a\"].env: map: {\"value\":\"x\"} does not contain declared merge key: name"
            ),
            (["containers": ["a"]], .inapplicable, "containers: list element types are not identical"),
            (["containers": [[]]], .inapplicable, "containers: lists of lists are not supported"),
            (
                ["strategy": ["$retainKeys": ["type"], "other": "x"]], .malformed,
                "strategy: invalid patch format of retainKeys: it does not list other"
            ),
            (["$deleteFromPrimitiveList": ["a"]], .malformed, "invalid patch format of primitive list: $deleteFromPrimitiveList"),
            (
                ["$setElementOrder/finalizers": "a"], .malformed,
                "finalizers: invalid patch format of setElementOrder list: not a list"
            ),
            (
                ["$setElementOrder/finalizers": ["b"], "finalizers": ["a"]], .malformed,
                "finalizers: The order in patch list: [\"a\"] doesn't match $setElementOrder list: [\"b\"]"
            ),
            ([1], .malformed, "invalid JSON document: a strategic merge patch is an object that changes an object"),
        ] as [(JSON, PatchError.Kind, String)])
    func errors(patch: JSON, kind: PatchError.Kind, message: String) {
        let original: JSON = [
            "labels": ["a": "1"], "containers": Self.containers, "finalizers": ["x"], "strategy": ["type": "x"],
        ]
        let error = #expect(throws: PatchError.self) { try original.strategicMerging(patch, schema: schema) }
        #expect(error?.kind == kind)
        #expect(error?.description == message)
    }

    @Test func randomPatchesNeverCrash() {
        var random = SeededGenerator(seed: 7)
        func mutate(_ json: JSON) -> JSON {
            switch json {
            case .object(let members):
                var result = JSONObject(members.map { ($0.key, mutate($0.value)) })
                switch Int.random(in: 0..<12, using: &random) {
                case 0: result["$patch"] = ["replace", "delete", "merge", 1].randomElement(using: &random)!
                case 1: result["$retainKeys"] = .array(members.keys.map(JSON.string))
                case 2: result["$setElementOrder/containers"] = [["name": "c"], ["name": "a"]]
                case 3: result["$deleteFromPrimitiveList/finalizers"] = ["a"]
                case 4: for key in members.keys.prefix(1) { result[key] = .null }
                default: break
                }
                return .object(result)
            case .array(let elements):
                return .array(
                    elements.shuffled(using: &random).dropLast(Int.random(in: 0...1, using: &random)).map { mutate($0) })
            default:
                return json
            }
        }
        let original: JSON = [
            "labels": ["a": "1"], "containers": Self.containers, "finalizers": ["a", "b"], "args": ["x"],
            "strategy": ["type": "y"],
        ]
        var applied = 0
        for _ in 0..<5000 {
            guard let result = try? original.strategicMerging(mutate(original), schema: schema) else { continue }
            applied += 1
            #expect(!result.description.contains("$setElementOrder"))
        }
        #expect(applied > 500)
    }
}
