import Kubernetes
import Testing

@Suite struct APIErrorTests {
    private let pods = GroupVersionResource(group: "", version: "v1", resource: "pods")

    /// As kube-apiserver answers.
    @Test func wireForms() {
        #expect(
            APIError.notFound(pods, name: "x").status == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": "pods \"x\" not found",
                "reason": "NotFound", "details": ["name": "x", "kind": "pods"], "code": 404,
            ])
        let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
        #expect(
            APIError.stale(deployments, name: "x").status == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                "message":
                    "Operation cannot be fulfilled on deployments.apps \"x\": the object has been modified; please apply your changes to the latest version and try again",
                "reason": "Conflict", "details": ["name": "x", "group": "apps", "kind": "deployments"], "code": 409,
            ])
    }

    @Test func invalidListsEveryCause() {
        let kind = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
        let one = APIError.Cause(reason: "FieldValueRequired", message: "Required value", field: "spec.selector")
        let two = APIError.Cause(reason: "FieldValueInvalid", message: "Invalid value: -1", field: "spec.replicas")
        #expect(
            APIError.invalid(kind, name: "x", [one]).message == "Deployment.apps \"x\" is invalid: spec.selector: Required value")
        let both = APIError.invalid(kind, name: "x", [one, two])
        #expect(
            both.message == "Deployment.apps \"x\" is invalid: [spec.selector: Required value, spec.replicas: Invalid value: -1]")
        #expect(
            both.status["details", "causes"]?[1] == [
                "reason": "FieldValueInvalid", "message": "Invalid value: -1", "field": "spec.replicas",
            ])
        #expect(both.code == 422)
    }

    @Test func everyErrorComesBack() {
        let errors: [APIError] = [
            .badRequest("b"), .unauthorized, .notFound(pods, name: "x"), .noSuchResource, .alreadyExists(pods, name: "x"),
            .conflict(pods, name: "x", "why"), .stale(pods, name: "x"), .expired("e"), .internalError("i"),
            .invalid(
                GroupVersionKind(group: "", version: "v1", kind: "Pod"), name: "x",
                [APIError.Cause(reason: "r", message: "m", field: "f")]),
            APIError(
                code: 429, reason: .tooManyRequests, message: "slow", details: .init(name: "n", uid: "u", retryAfterSeconds: 3)),
            APIError(code: 599, reason: .unknown, message: ""),
        ]
        for error in errors { #expect(APIError(status: error.status) == error) }
    }

    @Test func otherObjectsAreNoErrors() {
        #expect(APIError(status: ["kind": "Pod"]) == nil)
        #expect(APIError(status: ["kind": "Status", "status": "Success"]) == nil)
        #expect(APIError(status: .null) == nil)
        #expect(APIError(status: ["kind": "Status"])?.code == 500)
    }
}
