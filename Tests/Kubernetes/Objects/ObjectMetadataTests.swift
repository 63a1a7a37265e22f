import Kubernetes
import Testing

@Suite struct ObjectMetadataTests {
    /// What is set to nothing is gone, and not a null: a null is a value to validation and to merge patches.
    @Test func emptyMetadataIsRemoved() {
        var object = Object(apiVersion: "v1", kind: "ConfigMap", name: "a")
        let plain = object
        object.labels = ["a": "b"]
        object.annotations = ["a": "b"]
        object.finalizers = ["a/b"]
        object.ownerReferences = [OwnerReference(controller: plain)]
        object.namespace = "n"
        object.labels = [:]
        object.annotations = [:]
        object.finalizers = []
        object.ownerReferences = []
        object.namespace = ""
        #expect(object == plain)
    }
}
