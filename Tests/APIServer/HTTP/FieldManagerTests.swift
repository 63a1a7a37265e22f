import Client
import Kubernetes
import Testing

@testable import APIServer

/// What a request says about its field manager, and how it applies.
@Suite struct FieldManagerTests {
    @Test(arguments: [
        ("fieldManager=me", "kubectl/v1.32.0 (linux/amd64)", "me"), ("", "kubectl/v1.32.0 (linux/amd64)", "kubectl"),
        ("fieldManager=", "curl", "curl"), ("", "a\u{1}b\nc/1", "abc"),
        ("", String(repeating: "ä", count: 100), String(repeating: "ä", count: 64)), ("", nil, ""),
    ] as [(String, String?, String)])
    func managersComeFromTheParameterOrTheUserAgent(query: String, userAgent: String?, name: String) throws {
        let options = try QueryParameters(parsing: query).writeOptions(for: "CreateOptions", userAgent: userAgent)
        #expect(options.fieldManager == .client(name))
    }

    @Test(arguments: ["fieldManager=a%0Ab", "fieldManager=" + String(repeating: "a", count: 129)])
    func badManagersAreRefused(query: String) {
        #expect {
            _ = try QueryParameters(parsing: query).writeOptions(for: "UpdateOptions")
        } throws: { error in
            let error = error as? APIError
            return error?.code == 422 && error?.details?.causes.first?.field == "fieldManager"
        }
    }

    @Test func configurationsAreYAMLOrJSON() throws {
        let resource = try #require(
            ResourceCatalog.controlPlane.served(GroupVersionResource(group: "", version: "v1", resource: "configmaps")))
        for body in ["kind: ConfigMap\ndata:\n  a: '1'\n", #"{"kind":"ConfigMap","data":{"a":"1"}}"#] {
            let request = APIRequest(
                info: RequestInfo(
                    method: "PATCH", target: "/api/v1/namespaces/default/configmaps/a?fieldManager=me&force=true"),
                user: UserInfo(name: "test"), accept: nil, contentType: "application/apply-patch+yaml", body: Array(body.utf8))
            guard case .apply(let json, let manager, let force) = try BodyDecoding.patch(request, for: resource) else {
                Issue.record("not read as a configuration")
                return
            }
            #expect(json == ["kind": "ConfigMap", "data": ["a": "1"]])
            #expect(manager == "me" && force)
        }
    }
}
