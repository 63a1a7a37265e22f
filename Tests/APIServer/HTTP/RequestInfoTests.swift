import Kubernetes
import Testing

@testable import APIServer

@Suite struct RequestInfoTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var method: String
        var target: String
        var verb: String
        var resource: RequestInfo.ResourcePath?
        var testDescription: String { "\(method) \(target)" }

        init(
            _ method: String, _ target: String, _ verb: String, _ group: String, _ version: String, _ resource: String,
            namespace: String? = nil, name: String? = nil, subresource: String? = nil, subpath: String? = nil
        ) {
            self.method = method
            self.target = target
            self.verb = verb
            self.resource = RequestInfo.ResourcePath(
                resource: GroupVersionResource(group: group, version: version, resource: resource), namespace: namespace, name: name,
                subresource: subresource, subpath: subpath)
        }
    }

    @Test(arguments: [
        Case("GET", "/api/v1/pods", "list", "", "v1", "pods"),
        Case("GET", "/api/v1/pods?watch=true", "watch", "", "v1", "pods"),
        Case("GET", "/api/v1/pods?watch=0", "list", "", "v1", "pods"),
        Case("GET", "/api/v1/watch/pods", "watch", "", "v1", "pods"),
        Case("GET", "/api/v1/namespaces", "list", "", "v1", "namespaces"),
        Case("GET", "/api/v1/namespaces/a", "get", "", "v1", "namespaces", name: "a"),
        Case("PUT", "/api/v1/namespaces/a/finalize", "update", "", "v1", "namespaces", name: "a", subresource: "finalize"),
        Case("PATCH", "/api/v1/namespaces/a/status", "patch", "", "v1", "namespaces", name: "a", subresource: "status"),
        Case("POST", "/api/v1/namespaces/a/pods", "create", "", "v1", "pods", namespace: "a"),
        Case("DELETE", "/api/v1/namespaces/a/pods", "deletecollection", "", "v1", "pods", namespace: "a"),
        Case("DELETE", "/api/v1/namespaces/a/pods/p", "delete", "", "v1", "pods", namespace: "a", name: "p"),
        Case(
            "GET", "/apis/apps/v1/namespaces/a/deployments/web/scale", "get", "apps", "v1", "deployments", namespace: "a",
            name: "web", subresource: "scale"),
        Case(
            "GET", "/api/v1/namespaces/a/services/s/proxy/x/y", "get", "", "v1", "services", namespace: "a", name: "s",
            subresource: "proxy", subpath: "x/y"),
        Case("GET", "/apis/cluster.karmada.io/v1alpha1/clusters/m%201", "get", "cluster.karmada.io", "v1alpha1", "clusters", name: "m 1"),
        Case("HEAD", "/api/v1/pods", "list", "", "v1", "pods"),
        Case(
            "GET", "/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dp", "list", "", "v1", "pods", namespace: "a", name: "p"),
    ])
    func resources(_ example: Case) {
        let info = RequestInfo(method: example.method, target: example.target)
        #expect(info.verb == example.verb)
        #expect(info.resource == example.resource)
    }

    @Test(arguments: ["/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/version", "/healthz/ping", "/openapi/v3/api/v1"])
    func whatIsNoResource(_ path: String) {
        let info = RequestInfo(method: "GET", target: path + "?x=1")
        #expect(info.resource == nil)
        #expect(info.verb == "get")
        #expect(info.path == path)
    }

    @Test func doubledAndTrailingSlashesCountAsOne() {
        #expect(RequestInfo(method: "GET", target: "//api//v1/pods/").resource?.resource.resource == "pods")
    }

    @Test func brokenEncodingIsKept() {
        #expect(PercentEncoding.decode("a%zz%4") == "a%zz%4")
        #expect(PercentEncoding.decode("%ff") == "%ff")  // no UTF-8
        #expect(PercentEncoding.decodeForm("a+b%2B%3d") == "a b+=")
    }

    @Test func anyBytesAreReadWithoutATrap() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            let alphabet = Array("/?&=%+.-*{}apisv1namespaceswatch\u{e9}\u{0}".unicodeScalars)
            var text = ""
            for _ in 0..<Int.random(in: 0..<40, using: &generator) {
                text.unicodeScalars.append(alphabet.randomElement(using: &generator)!)
            }
            let info = RequestInfo(method: "GET", target: text)
            #expect(info.path.hasPrefix("/"))
        }
    }

    @Test func queryParametersKeepTheirOrder() {
        let query = QueryParameters(parsing: "a=1&b&a=2&c=x%3Dy&&d=")
        #expect(query["a"] == "1")
        #expect(query.all("a") == ["1", "2"])
        #expect(query["b"] == "")
        #expect(query["c"] == "x=y")
        #expect(query["missing"] == nil)
        #expect(query.flag("b"))
        #expect(!query.flag("missing"))
    }
}

/// SplitMix64: tests that use chance draw the same each time.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
