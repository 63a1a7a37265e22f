import Kubernetes
import Testing

@Suite struct ObjectTests {
    @Test func metadata() {
        var object = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web")
        #expect(
            object.json == ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web", "namespace": "default"]])
        #expect(object.groupVersionKind == GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))
        #expect(object.key == ObjectKey(namespace: "default", name: "web"))
        object.labels = ["a": "b"]
        object.annotations = ["c": "d"]
        object.finalizers = ["e"]
        object.uid = "u"
        object.resourceVersion = "7"
        object.generation = 2
        #expect(
            object.metadata == [
                "annotations": ["c": "d"], "finalizers": ["e"], "generation": 2, "labels": ["a": "b"], "name": "web",
                "namespace": "default",
                "resourceVersion": "7", "uid": "u",
            ])
        object.labels = [:]
        object.annotations = [:]
        object.finalizers = []
        object.uid = ""
        object.resourceVersion = ""
        object.namespace = ""
        #expect(object.metadata == ["generation": 2, "name": "web"])
        #expect(!object.isBeingDeleted)
        object["metadata", "deletionTimestamp"] = "2024-01-01T00:00:00Z"
        #expect(object.isBeingDeleted)
    }

    @Test func accessorsTakeAnything() {
        for json: JSON in [
            .null, 1, "x", [], ["metadata": 1], ["metadata": ["labels": [1], "finalizers": "x", "ownerReferences": ["y"]]],
        ] {
            let object = Object(json)
            #expect(object.name.isEmpty && object.labels.isEmpty && object.finalizers.isEmpty && object.generation == 0)
            #expect(object.ownerReferences.allSatisfy { $0.uid.isEmpty })
            #expect(object.spec.isNull && object.status.isNull && object.deletionTimestamp == nil)
        }
    }

    @Test func owners() {
        let owner = Object(["apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": ["name": "r", "uid": "1"]])
        var pod = Object(apiVersion: "v1", kind: "Pod", name: "p")
        #expect(pod.controller == nil)
        let plain = OwnerReference(["apiVersion": "v1", "kind": "Node", "name": "n", "uid": "2"])
        pod.ownerReferences = [plain, OwnerReference(controller: owner)]
        #expect(pod.controller?.uid == "1")
        #expect(pod.controller?.blocksOwnerDeletion == true)
        #expect(!plain.isController)
        #expect(pod.ownerReferences.count == 2)
    }

    @Test func encodedObjectsKeepWhatIndexesNeed() throws {
        let object = Object([
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "namespace": "n", "uid": "u", "labels": ["a": "b"]],
        ])
        let encoded = EncodedObject(object, revision: 42)
        #expect(encoded.key == ObjectKey(namespace: "n", name: "p"))
        #expect(encoded.labels == ["a": "b"] && encoded.uid == "u" && encoded.revision == 42)
        #expect(encoded.decoded().resourceVersion == "42")
        let again = try EncodedObject(bytes: encoded.bytes)
        #expect(again.revision == 42 && again.key == encoded.key && again.decoded() == encoded.decoded())
        #expect(throws: JSONSyntaxError.self) { try EncodedObject(bytes: Array("{".utf8)) }
        #expect(try EncodedObject(bytes: Array(#"{"metadata":{"resourceVersion":"x"}}"#.utf8)).revision == 0)
    }

    @Test func partsOfObjectsAreReadWithoutTheRest() throws {
        let object = Object([
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p", "uid": "u", "resourceVersion": "7", "labels": ["a": "b"]],
            "spec": ["nodeName": "n", "containers": [["name": "c", "image": "i"]]],
        ])
        let mask: JSONMask = ["spec": ["containers": ["image": .all]]]
        let received = try EncodedObject(bytes: object.json.encoded())
        #expect(received.decoded(only: mask).json == ["spec": ["containers": [["image": "i"]]]])
        let reduced = received.reduced(to: mask)
        #expect(reduced.decoded().json == ["spec": ["containers": [["image": "i"]]]])
        #expect(reduced.key == received.key && reduced.uid == "u" && reduced.revision == 7 && reduced.labels == ["a": "b"])
        // Where there is a tree, its parts are as good.
        #expect(received.decoded() == object)
        #expect(received.decoded(only: mask).spec["containers"] == object.spec["containers"])
    }

    @Test func membersAreFoundByTheirNames() {
        func mentions(_ json: JSON) -> Bool { EncodedObject(Object(json)).mentions("deletionTimestamp") }
        #expect(mentions(["metadata": ["deletionTimestamp": "x"]]) && mentions(["a": [["b": "deletionTimestamp"]]]))
        #expect(!mentions(["xdeletionTimestamp": 1, "deletionTimestampx": 2, "a": "deletionTimestamp "]))
        #expect(mentions(["adeletionTimestamp": ["deletionTimestamp": 1]]))
    }
}
