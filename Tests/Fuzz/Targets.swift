import Client
import Foundation
import Kubernetes
import Logging
import Store
import Synchronization

// What is inside of the API server can be looked into in debug builds only, which `scripts/fuzz.sh` makes.
#if DEBUG
    @testable import APIServer
#else
    import APIServer
#endif

/// A parser, or what stands behind one.
struct Target: Sendable {
    var name: String
    /// Inputs to begin with.
    var seeds: [String]
    var binarySeeds: [[UInt8]] = []
    /// What mutations put in, besides bytes.
    var dictionary: [String]
    /// Returns whether the input was accepted; stops the process where a rule is broken.
    var run: @Sendable ([UInt8]) -> Bool

    static let all = [json, yaml, patches, selectors, quantities, urls, protobuf, bodies]

    private static let manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: default, labels: {app: web}, annotations: {a: "b"}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - {name: web, image: "nginx:1", ports: [{containerPort: 80, protocol: TCP}], resources: {requests: {cpu: 100m, memory: 1Gi}}}
        """
    private static let deployment = (try? YAML.parse(manifest).first?.json) ?? .null
    private static let words = [
        "null", "true", "false", "-0", "1e308", "1e-400", "9223372036854775808", "\\ud800", "\\u0000", "{}", "[]", "\"\"", "\u{FEFF}",
        "metadata", "spec", "name", "labels", "finalizers", "ownerReferences", "$patch", "$retainKeys", "$setElementOrder/containers",
        "$deleteFromPrimitiveList/finalizers", "replicas", "containers",
    ]

    static let json = Target(
        name: "json",
        seeds: [deployment.description, "[1,-2.5e3,\"a\\u00fc\\ud83d\\ude00\",true,null,{\"a\":{}}]", "0", "\"\\n\""],
        dictionary: words
    ) { input in
        guard let value = try? JSON(parsing: input) else { return false }
        // Not the values: a whole number may come back as an integer.
        let encoded = value.encoded()
        precondition((try? JSON(parsing: encoded))?.encoded() == encoded, "what was encoded does not say what was parsed")
        return true
    }

    static let yaml = Target(
        name: "yaml",
        seeds: [
            manifest, "a: &x [1, 2]\nb: *x\n---\nc: |\n  text\n  more\nd: >-\n  folded\n", "{a: 0x1F, b: 0o17, c: .inf, d: ~, e: 1_000}",
            "? [complex]\n: value\n", "<<: {a: b}\n", "!!str 5",
        ],
        dictionary: words + ["- ", ": ", "&a ", "*a", "<<", "!!", "|+\n", ">-\n", "---\n", "...\n", "%YAML 1.2\n", "\t"]
    ) { input in
        guard let documents = try? YAML.parse(input) else { return false }
        for document in documents {
            let again = (try? YAML.parse(YAML.encode(document.json)))?.first?.json ?? .null
            precondition(again.encoded() == document.json.encoded(), "what was encoded does not say what was parsed: \(document.json)")
        }
        return true
    }

    static let patches = Target(
        name: "patches",
        seeds: [
            #"[{"op":"replace","path":"/spec/replicas","value":3},{"op":"test","path":"/metadata/name","value":"web"}]"#,
            #"[{"op":"add","path":"/metadata/labels/a~1b","value":"c"},{"op":"copy","from":"/spec","path":"/status"}]"#,
            #"[{"op":"move","from":"/spec/template","path":"/x"},{"op":"remove","path":"/spec/template/spec/containers/0"}]"#,
            #"{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"b"},{"name":"c","$patch":"delete"}]}}}}"#,
            #"{"metadata":{"$retainKeys":["name"],"labels":null},"spec":{"$patch":"replace","replicas":1}}"#,
            #"{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"web"}],"containers":[{"name":"b"}]}}}}"#,
        ],
        dictionary: words + [#""op":"add""#, #""path":"/-""#, "/~0", "/~1", "/-1", "/00", "/18446744073709551616"]
    ) { input in
        guard let patch = try? JSON(parsing: input) else { return false }
        _ = deployment.merging(patch)
        var patched = deployment
        let isApplied = (try? patched.apply(jsonPatch: patch)) != nil
        let schema = SchemaLibrary.builtIn.schema(for: GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment"))
        let isMerged = (try? deployment.strategicMerging(patch, schema: schema)) != nil
        return isApplied || isMerged
    }

    static let selectors = Target(
        name: "selectors",
        seeds: ["app=web,tier in (a, b),!x,y notin (c),z!=1,v>5", "metadata.name=web,status.phase!=Running", "a==b", "example.com/x"],
        dictionary: ["in", "notin", "(", ")", "==", "!=", ",", "!", "=", ">", "\\,", "\\=", "metadata.namespace", "/"]
    ) { input in
        let text = String(decoding: input, as: UTF8.self)
        var isAccepted = false
        if let selector = try? LabelSelector(parsing: text) {
            isAccepted = true
            _ = selector.matches(["app": "web", "tier": "a", "v": "6"])
        }
        if let selector = try? FieldSelector(parsing: text) {
            isAccepted = true
            _ = selector.matches { _ in "web" }
        }
        if let json = try? JSON(parsing: input), (try? LabelSelector(json)) != nil { isAccepted = true }
        return isAccepted
    }

    static let quantities = Target(
        name: "quantities",
        seeds: ["100m", "1.5Gi", "-2e3", "0", "+.5", "9223372036854775807", "1n", "12345678901234567890123E", "1E6", "5Ki"],
        dictionary: ["Ki", "Mi", "Ei", "m", "u", "n", "k", "e", "E", "-", "+", ".", "e-9", "e18", "9999999999999999999"]
    ) { input in
        guard let quantity = Quantity(String(decoding: input, as: UTF8.self)) else { return false }
        precondition(Quantity(quantity.description) == quantity, "\(quantity) does not read as what it says")
        return true
    }

    static let urls = Target(
        name: "urls",
        seeds: [
            "/api/v1/namespaces/default/pods/web/log?follow=true&labelSelector=app%3Dweb", "/apis/apps/v1/deployments?watch=1&limit=5",
            "/api/v1/watch/pods", "/apis/cluster.karmada.io/v1alpha1/clusters/m1/proxy/api/v1/nodes?a=%zz&b=%c3%bc+x", "//", "/%2F?&&=",
        ],
        dictionary: ["%", "%00", "%2F", "..", "/", "?", "&", "=", "+", "fieldSelector=metadata.name%3Da", "continue=", "resourceVersion=-1"]
    ) { input in
        let info = RequestInfo(method: "GET", target: String(decoding: input, as: UTF8.self))
        return info.resource != nil
    }

    static let protobuf = Target(
        name: "protobuf", seeds: [],
        binarySeeds: [
            hex(
                """
                6b3873000a150a07617070732f7631120a4465706c6f796d656e7412ab010a1f0a0377656212001a0022002a003200380042005a0a0a0361\
                70701203776562127a0800120c0a0a0a0361707012037765621a600a1c0a0012001a0022002a003200380042005a0a0a0361707012037765\
                62124012220a056e67696e7812056e67696e782a0042006a007200800100880100900100a201001a00320042004a00520058006000680082\
                01008a01009a0100c2010022020a00280038001a0c0800100018002000280038001a002200
                """),
            hex(
                """
                6b3873000a0d0a02763112075365727669636512690a1f0a0373766312001a0022002a003200380042005a0a0a0361707012037376631242\
                0a1b0a0738302d38303830120354435018502207080010903f1a002800120a0a0361707012037376631a002209436c757374657249503a00\
                420052005a00600068001a020a001a002200
                """),
        ],
        dictionary: ["k8s\0", "\u{0A}\u{0F}\u{0A}\u{02}v1", "\u{7F}\u{7F}\u{7F}\u{7F}"]
    ) { input in (try? JSON(kubernetesProtobuf: input)) != nil }

    private static func hex(_ text: String) -> [UInt8] {
        let digits = Array(text.filter { !$0.isWhitespace })
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    /// Bodies of requests, all the way through decoding, admission, validation and the store.
    static let bodies = Target(
        name: "bodies",
        seeds: patches.seeds + [deployment.description, policy.description, definition.description],
        dictionary: words + ["propagation", "placement", "clusterAffinity", "replicaScheduling", "openAPIV3Schema", "x-kubernetes-int-or-string"]
    ) { input in
        let types = [
            "application/json", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
            "application/apply-patch+yaml", "application/yaml",
        ]
        // The same input by all ways: seeds do not say which they are for.
        return Server.shared.accepts(input, types: types)
    }

    private static let policy = parse(
        """
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: web, namespace: default}
        spec:
          resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, labelSelector: {matchLabels: {a: b}}}]
          placement:
            clusterAffinity: {clusterNames: [a], labelSelector: {matchExpressions: [{key: x, operator: In, values: [y]}]}}
            spreadConstraints: [{spreadByField: cluster, minGroups: 1, maxGroups: 2}]
            replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted}
        """)
    private static let definition = parse(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {plural: widgets, singular: widget, kind: Widget}
          versions:
          - name: v1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer, minimum: 1}}}}}}
        """)

    private static func parse(_ text: String) -> JSON { (try? YAML.parse(text).first?.json) ?? .null }
}

/// An API server in memory.
private final class Server: Sendable {
    static let shared = Server()

    private let server: APIServer
    private let client: any ObjectClient

    private init() {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flotilla-fuzz-\(getpid())").path
        let server = wait {
            try? await APIServer(
                store: LocalStore(), catalog: .controlPlane, configuration: .init(dataDirectory: directory),
                logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
        }
        guard let server else { preconditionFailure("the API server does not start") }
        self.server = server
        client = server.client(as: .internalComponent("fuzz"))
    }

    func accepts(_ input: [UInt8], types: [String]) -> Bool {
        wait { [client, server] in
            var isAccepted = false
            for type in types { if await Self.send(input, type, client, server) { isAccepted = true } }
            return isAccepted
        }
    }

    #if DEBUG
        private static func send(_ input: [UInt8], _ type: String, _ client: any ObjectClient, _ server: APIServer) async -> Bool {
            let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
            let request = APIRequest(
                info: RequestInfo(method: "PATCH", target: "/apis/apps/v1/namespaces/default/deployments/web?fieldManager=fuzz"),
                user: UserInfo(name: "fuzz"), accept: nil, contentType: type, body: input, knownVersion: nil)
            do {
                if type == "application/json" || type == "application/yaml" {
                    let object = Object(try BodyDecoding.json(request).json)
                    guard let definition = server.objects.catalog.definition(of: object.groupVersionKind) else { return false }
                    let resource = definition.resource(object.groupVersionKind.version)
                    let stored = try await client.create(object, in: resource)
                    if stored.key.name != "web" { try? await client.delete(resource, stored.key) }
                } else if let served = server.objects.catalog.served(deployments) {
                    let patch = try BodyDecoding.patch(request, for: served)
                    _ = try await client.patch(deployments, ObjectKey(namespace: "default", name: "web"), patch, subresource: nil)
                }
                return true
            } catch {
                return false
            }
        }
    #else
        private static func send(_: [UInt8], _: String, _: any ObjectClient, _: APIServer) async -> Bool {
            preconditionFailure("bodies are fuzzed in debug builds")
        }
    #endif
}

/// Waits for asynchronous work, off the cooperative pool's threads.
private func wait<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Value?>(nil)
    Task {
        let value = await body()
        result.withLock { $0 = value }
        done.signal()
    }
    done.wait()
    guard let value = result.withLock({ $0 }) else { preconditionFailure("signalled without a result") }
    return value
}
