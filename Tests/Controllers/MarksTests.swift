import Client
import Kubernetes
import Testing

@testable import Controllers

@Suite struct MarksTests {
    private static let applied: Object = {
        var object = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "a")
        object.generation = 1
        object.labels = ["app": "a"]
        object.annotations = [
            "team": "x", Annotation.managedLabels: "app",
            Annotation.managedAnnotations: "team,\(Annotation.managedAnnotations),\(Annotation.managedLabels)",
        ]
        return object
    }()

    /// Members write annotations of their own on what they run: a Deployment's revision. Nothing has to be put right then.
    @Test func whatIsTheMembersOwnIsNoDrift() {
        let marks = ObjectMarks(Self.applied)
        func mayDiffer(_ change: (inout Object) -> Void) -> Bool {
            var object = Self.applied
            change(&object)
            return ObjectMarks(object).mayDiffer(from: marks)
        }
        #expect(!mayDiffer { $0[annotation: "deployment.kubernetes.io/revision"] = "1" })
        #expect(!mayDiffer { $0[label: "own"] = "1" })
        #expect(mayDiffer { $0[annotation: "team"] = "y" })
        #expect(mayDiffer { $0[annotation: "team"] = nil })
        #expect(mayDiffer { $0[label: "app"] = nil })
        #expect(mayDiffer { $0[annotation: Annotation.managedLabels] = nil })
        #expect(mayDiffer { $0.generation = 2 })
        #expect(mayDiffer { $0.generation = 0 })
    }

    /// Fingerprints that are taken for the same without being made are the same.
    @Test func statusAndBookkeepingDoNotCount() {
        func areSame(_ change: (inout Object) -> Void) -> Bool {
            var object = Self.applied
            change(&object)
            let same = TemplateFingerprint.areSame(EncodedObject(Self.applied), EncodedObject(object))
            #expect(!same || TemplateFingerprint(Self.applied) == TemplateFingerprint(object))
            return same
        }
        #expect(areSame { $0.status = ["replicas": 1] })
        #expect(areSame { $0.resourceVersion = "8" })
        #expect(!areSame { $0.spec["replicas"] = 2 })
        #expect(!areSame { $0[label: "app"] = "b" })
        #expect(!areSame { $0.uid = "2" })
    }
}
