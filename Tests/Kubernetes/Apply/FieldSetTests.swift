import Testing

@testable import Kubernetes

@Suite struct FieldSetTests {
    private static let deployment = SchemaLibrary.builtIn.schema(
        for: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))
    private static let service = SchemaLibrary.builtIn.schema(for: GroupVersionKind(group: "", version: "v1", kind: "Service"))

    @Test func ofAValueFollowsItsType() {
        let value: JSON = [
            "metadata": ["labels": ["a": "1"], "finalizers": ["x/y"], "annotations": [:]],
            "spec": [
                "replicas": 2, "selector": ["matchLabels": ["app": "a"]],
                "template": [
                    "spec": [
                        "containers": [["name": "c", "image": "i", "args": ["a", "b"], "ports": [["containerPort": 80]]]],
                        "securityContext": [:],
                    ]
                ],
            ],
        ]
        #expect(
            FieldSet(of: value, Self.deployment).fieldsV1 == [
                "f:metadata": ["f:labels": ["f:a": [:]], "f:finalizers": [#"v:"x/y""#: [:]], "f:annotations": [:]],
                "f:spec": [
                    "f:replicas": [:], "f:selector": [:],
                    "f:template": [
                        "f:spec": [
                            "f:containers": [
                                #"k:{"name":"c"}"#: [
                                    ".": [:], "f:name": [:], "f:image": [:], "f:args": [:],
                                    "f:ports": [#"k:{"containerPort":80,"protocol":"TCP"}"#: [".": [:], "f:containerPort": [:]]],
                                ]
                            ],
                            "f:securityContext": [:],
                        ]
                    ],
                ],
            ])
    }

    @Test func withoutATypeObjectsAreGranularAndListsAtomic() {
        let value: JSON = ["a": ["b": [1, 2], "c": nil ?? .null]]
        #expect(FieldSet(of: value, nil).fieldsV1 == ["f:a": [".": [:], "f:b": [:], "f:c": [:]]])
    }

    @Test(arguments: [
        ["f:a": [:]],
        ["f:a": [".": [:], "f:b": [:]], "f:c": ["f:d": [:]]],
        ["f:l": [#"k:{"name":"x","port":80}"#: [".": [:], "f:name": [:]], #"v:"s""#: [:], "i:3": [:]]],
    ] as [JSON]) func readsWhatItWrites(_ json: JSON) throws {
        #expect(try #require(FieldSet(fieldsV1: json)).fieldsV1 == json)
    }

    @Test(arguments: [["a": [:]], ["f:a": 1], ["k:{": [:]], ["v:": [:]], ["i:x": [:]], [1]] as [JSON])
    func refusesWhatIsNoSet(_ json: JSON) { #expect(FieldSet(fieldsV1: json) == nil) }

    @Test func keysOfAnyFormAreTheSame() throws {
        let set = try #require(FieldSet(fieldsV1: [#"k:{"b": 1, "a":"x"}"#: [:]]))
        #expect(set.fieldsV1 == [#"k:{"a":"x","b":1}"#: [:]])
        #expect(set.paths == [#"[a="x",b=1]"#])
    }

    @Test func takesMembersAwayButNotWhatIsBelow() throws {
        let set = try #require(FieldSet(fieldsV1: ["f:a": [".": [:], "f:b": [:]], "f:c": [:]]))
        let taken = try #require(FieldSet(fieldsV1: ["f:a": [:], "f:c": [:], "f:d": [:]]))
        #expect(set.subtracting(taken).fieldsV1 == ["f:a": ["f:b": [:]]])
        #expect(set.intersection(taken).fieldsV1 == ["f:a": [:], "f:c": [:]])
        #expect(set.union(taken).fieldsV1 == ["f:a": [".": [:], "f:b": [:]], "f:c": [:], "f:d": [:]])
    }

    @Test func algebraHoldsForRandomSets() {
        var random = SeededGenerator(seed: 7)
        func set(depth: Int) -> FieldSet {
            var result = FieldSet()
            for name in ["a", "b", "c"] where Bool.random(using: &random) {
                let below = depth == 0 ? FieldSet() : set(depth: depth - 1)
                result.add(.field(name), isMember: Bool.random(using: &random), below: below)
            }
            return result
        }
        for _ in 0..<500 {
            let a = set(depth: 3)
            let b = set(depth: 3)
            #expect(a.subtracting(b).union(a.intersection(b)) == a)
            #expect(a.union(b) == b.union(a))
            #expect(a.intersection(b) == b.intersection(a))
            #expect(a.subtracting(b).intersection(b).isEmpty)
            #expect(FieldSet(fieldsV1: a.fieldsV1) == a)
        }
    }

    @Test func changesNameWhatWasAddedModifiedAndRemoved() {
        let old: JSON = ["metadata": ["labels": ["a": "1", "b": "1"]], "spec": ["type": "ClusterIP"]]
        let new: JSON = [
            "metadata": ["labels": ["a": "2", "c": "1"]], "spec": ["type": "ClusterIP", "ports": [["port": 80, "name": "x"]]],
        ]
        let changes = FieldChanges(from: old, to: new, Self.service)
        #expect(changes.modified.paths == [".metadata.labels.a"])
        #expect(changes.removed.paths == [".metadata.labels.b"])
        #expect(
            changes.added.paths == [
                ".metadata.labels.c", ".spec.ports", #".spec.ports[port=80,protocol="TCP"]"#,
                #".spec.ports[port=80,protocol="TCP"].name"#, #".spec.ports[port=80,protocol="TCP"].port"#,
            ])
        #expect(FieldChanges(from: new, to: new, Self.service).isEmpty)
    }

    @Test func theOrderOfMergedListsIsNoChange() {
        let old: JSON = ["metadata": ["finalizers": ["a", "b"]]]
        let new: JSON = ["metadata": ["finalizers": ["b", "a"]]]
        #expect(FieldChanges(from: old, to: new, Self.service).isEmpty)
    }
}
