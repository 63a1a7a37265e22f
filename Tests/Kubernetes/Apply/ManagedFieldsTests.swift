import Testing

@testable import Kubernetes

@Suite struct ManagedFieldsTests {
    private static let deployment = SchemaLibrary.builtIn.schema(
        for: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))

    /// An object with its owners, written to by applying and updating.
    private struct Subject {
        var live: JSON
        var owners = ManagedFields()
        var schema = ManagedFieldsTests.configMap

        @discardableResult
        mutating func apply(
            _ configuration: JSON, by manager: String, force: Bool = false, at seconds: Int64 = 1
        ) throws(ApplyConflict) -> JSON {
            live = try owners.apply(
                configuration, to: live, by: .init(manager, .apply, apiVersion: "v1"), apiVersion: "v1", force: force, schema,
                at: Timestamp(seconds: seconds))
            return live
        }

        mutating func update(_ new: JSON, by manager: String, subresource: String? = nil, at seconds: Int64 = 1) {
            owners.recordUpdate(
                from: live, to: new, by: .init(manager, .update, apiVersion: "v1", subresource: subresource), apiVersion: "v1",
                schema, at: Timestamp(seconds: seconds))
            live = new
        }

        func fields(of manager: String) -> JSON? {
            owners.json?.array?.first { $0["manager"]?.string == manager }?["fieldsV1"]
        }
    }

    private static let configMap = SchemaLibrary.builtIn.schema(for: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"))

    private static let configuration: JSON = ["metadata": ["name": "x"], "data": ["a": "1", "b": "1"]]

    @Test func appliersShareAnObject() throws {
        var subject = Subject(live: ["metadata": ["name": "x", "uid": "u"]])
        try subject.apply(Self.configuration, by: "m1")
        try subject.apply(["data": ["c": "1"]], by: "m2")
        #expect(subject.live == ["metadata": ["name": "x", "uid": "u"], "data": ["a": "1", "b": "1", "c": "1"]])
        #expect(subject.fields(of: "m2") == ["f:data": ["f:c": [:]]])
    }

    @Test func conflictsNameOwnersAndFields() throws {
        var subject = Subject(live: [:])
        try subject.apply(Self.configuration, by: "m1")
        let before = subject
        #expect {
            try subject.apply(["data": ["a": "9"]], by: "m2")
        } throws: { error in
            let status = (error as? ApplyConflict)?.error.status
            return status == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "code": 409, "reason": "Conflict",
                "message": #"Apply failed with 1 conflict: conflict with "m1": .data.a"#,
                "details": [
                    "causes": [["reason": "FieldManagerConflict", "message": #"conflict with "m1""#, "field": ".data.a"]]
                ],
            ]
        }
        #expect(subject.live == before.live)

        subject.update(["metadata": ["name": "x"], "data": ["a": "1", "b": "5"]], by: "editor", subresource: "status")
        #expect {
            try subject.apply(["data": ["a": "9", "b": "9"]], by: "m2")
        } throws: { error in
            (error as? ApplyConflict)?.error.message == """
                Apply failed with 2 conflicts: conflicts with "editor" with subresource "status" using v1:
                - .data.b
                conflicts with "m1":
                - .data.a
                """
        }
    }

    @Test func forceTakesOver() throws {
        var subject = Subject(live: [:])
        try subject.apply(Self.configuration, by: "m1")
        try subject.apply(["data": ["a": "9", "c": "1"]], by: "m2", force: true)
        #expect(subject.fields(of: "m1") == ["f:data": ["f:b": [:]]])
        try subject.apply(["data": ["a": "9"]], by: "m1")
        #expect(subject.live["data"] == ["a": "9", "c": "1"], "b was m1's alone")
        #expect(subject.fields(of: "m1") == ["f:data": ["f:a": [:]]])
    }

    @Test func equalValuesAreShared() throws {
        var subject = Subject(live: [:])
        try subject.apply(["data": ["a": "1"]], by: "m1")
        try subject.apply(["data": ["a": "1"]], by: "m2")
        try subject.apply(["data": ["b": "1"]], by: "m1")
        #expect(subject.live["data"] == ["a": "1", "b": "1"], "m2 wants it still")
        try subject.apply(["data": [:]], by: "m2")
        #expect(subject.live["data"] == ["b": "1"])
    }

    @Test func applyingTheSameAgainChangesNothing() throws {
        var subject = Subject(live: [:])
        try subject.apply(Self.configuration, by: "m1", at: 1)
        let before = subject
        try subject.apply(Self.configuration, by: "m1", at: 2)
        #expect(subject.live == before.live)
        #expect(subject.owners == before.owners)
    }

    @Test func elementsAndWhatTheServerFilledInGoTogether() throws {
        func deployment(_ containers: [JSON], strategy: JSON? = nil) -> JSON {
            var object: JSON = ["spec": ["template": ["spec": ["containers": .array(containers)]]]]
            object["spec", "strategy"] = strategy
            return object
        }
        var subject = Subject(live: [:], schema: Self.deployment)
        try subject.apply(
            deployment([["name": "a", "image": "1"], ["name": "b", "image": "1"]], strategy: ["type": "Recreate"]), by: "m1")
        var defaulted = deployment(
            [["name": "a", "image": "1", "imagePullPolicy": "Always"], ["name": "b", "image": "1", "imagePullPolicy": "Always"]],
            strategy: ["type": "Recreate", "rollingUpdate": ["maxSurge": 1]])
        defaulted["spec", "progressDeadlineSeconds"] = 600
        subject.live = defaulted
        try subject.apply(deployment([["name": "x", "image": "1"]]), by: "m2")
        try subject.apply(deployment([["name": "b", "image": "2"]]), by: "m1")
        var expected = deployment([["name": "b", "image": "2", "imagePullPolicy": "Always"], ["name": "x", "image": "1"]])
        expected["spec", "progressDeadlineSeconds"] = 600
        #expect(subject.live == expected)
    }

    @Test func listsMergeInTheOrderOfTheConfiguration() throws {
        func object(_ finalizers: [String]) -> JSON { ["metadata": ["finalizers": JSON(finalizers)]] }
        var subject = Subject(live: object(["a", "x", "b"]), schema: Self.deployment)
        try subject.apply(object(["b", "a", "c"]), by: "m")
        #expect(subject.live == object(["x", "b", "a", "c"]))
    }

    @Test func updatesTakeWhatTheyChange() throws {
        var subject = Subject(live: [:])
        try subject.apply(Self.configuration, by: "m1")
        subject.update(["metadata": ["name": "x"], "data": ["a": "2", "c": "1"]], by: "editor")
        #expect(subject.fields(of: "m1") == nil, "a was changed and b removed")
        #expect(subject.fields(of: "editor") == ["f:data": ["f:a": [:], "f:c": [:]]])
        subject.update(subject.live, by: "nobody")
        #expect(subject.fields(of: "nobody") == nil)
    }

    @Test func metadataOfTheServerIsNobodys() {
        var subject = Subject(live: [:])
        subject.update(
            ["apiVersion": "v1", "kind": "X", "metadata": ["name": "x", "uid": "1", "labels": ["a": "b"]]], by: "m")
        #expect(subject.fields(of: "m") == ["f:metadata": ["f:labels": [".": [:], "f:a": [:]]]])
    }

    @Test func oldUpdatesArePutTogether() {
        var subject = Subject(live: [:])
        for index in 0..<25 {
            var new = subject.live
            new["f\(index)"] = 1
            subject.update(new, by: "m\(index)", at: Int64(index))
        }
        let entries = subject.owners.json?.array ?? []
        #expect(entries.count == ManagedFields.maximumUpdateClaims)
        #expect(subject.fields(of: "ancient-changes")?.object?.count == 25 - ManagedFields.maximumUpdateClaims + 1)
        #expect(subject.fields(of: "m24") == ["f:f24": [:]])
    }

    @Test func readsWhatItWrites() throws {
        var subject = Subject(live: [:])
        try subject.apply(Self.configuration, by: "m1")
        subject.update(["data": ["z": "1"]], by: "m1", subresource: "status")
        let json = try #require(subject.owners.json)
        #expect(json[0]?["operation"] == "Update" && json.array?.count == 1)
        #expect(json[0]?["subresource"] == "status" && json[0]?["time"] == "1970-01-01T00:00:01Z")
        #expect(ManagedFields(json) == subject.owners)
        #expect(ManagedFields([["manager": "m"]]) == nil)
        #expect(ManagedFields.isReset([[:]]) && !ManagedFields.isReset([]) && !ManagedFields.isReset(nil))
    }

    /// Whatever several managers apply, each finds what it applied last in the object, and nothing stays that nobody wants.
    @Test func everyApplierGetsWhatItWants() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            var subject = Subject(live: [:])
            var wanted: [String: Set<String>] = [:]
            for _ in 0..<8 {
                let manager = ["m1", "m2", "m3"].randomElement(using: &random) ?? "m1"
                let keys = ["a", "b", "c", "d"].filter { _ in Bool.random(using: &random) }
                try subject.apply(["data": .object(JSONObject(keys.map { ($0, "v") }))], by: manager, force: true)
                wanted[manager] = Set(keys)
                let all = wanted.values.reduce(into: Set<String>()) { $0.formUnion($1) }
                #expect(Set(subject.live["data"]?.object?.keys.map { $0 } ?? []) == all)
            }
        }
    }
}
