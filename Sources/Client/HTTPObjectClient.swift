import AsyncHTTPClient
import Kubernetes
import Logging

/// A client of any Kubernetes API server, over HTTP/2 or HTTP/1.1.
///
/// Calls are bounded in time, and made again where that is harmless: reads on connection faults, 429 and 503; everything where
/// the server itself says when to come back.
public final class HTTPObjectClient: ObjectClient {
    let transport: HTTPTransport

    public init(_ configuration: ClientConfiguration, logger: Logger) throws(ClientConfigurationError) {
        transport = try HTTPTransport(configuration, logger: logger)
    }

    /// Closes the connections. No call may follow.
    public func shutdown() async { await transport.shutdown() }

    /// Makes a call of any kind; an answer of any status is an answer.
    /// - Throws: `ServiceUnavailable` or `Timeout` where there is none.
    public func request(_ call: HTTPCall) async throws(APIError) -> HTTPAnswer { try await transport.perform(call) }

    /// Passes a call on whose body and answer may be long, or never end. It is made once.
    /// - Parameter body: comes before the call's own; nil for none.
    /// - Throws: `ServiceUnavailable` or `Timeout` where there is no answer.
    public func relay(_ call: HTTPCall, body: RelayedRequestBody? = nil) async throws(APIError) -> RelayedAnswer {
        try await transport.relay(call, body: body)
    }

    /// Asks for a connection that speaks another protocol: `websocket`, `SPDY/3.1`. Asked once.
    /// - Throws: `ServiceUnavailable` or `Timeout` where there is no answer.
    public func upgrade(_ call: HTTPCall, to name: String) async throws(APIError) -> UpgradeAnswer {
        try await transport.upgrade(call, to: name)
    }

    // MARK: Reading

    public func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        try await object("GET", path(resource, key))
    }

    public func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        let query = PercentEncoding.query([
            ("labelSelector", options.labelSelector), ("fieldSelector", options.fieldSelector),
            ("limit", options.limit > 0 ? String(options.limit) : ""), ("continue", options.continue),
        ])
        let list = try await json("GET", PercentEncoding.path(resource.path(namespace: options.namespace)) + query)
        // Items of a list do not say what they are: the list's kind does (API conventions, "Lists").
        let apiVersion = list["apiVersion"] ?? .null
        let kind: JSON = list["kind"]?.string.map { .string($0.hasSuffix("List") ? String($0.dropLast(4)) : $0) } ?? .null
        let items = (list["items"]?.array ?? []).map { item in
            var item = item
            if item["kind"] == nil { item["kind"] = kind }
            if item["apiVersion"] == nil { item["apiVersion"] = apiVersion }
            return EncodedObject(Object(item))
        }
        let metadata = list["metadata"] ?? .null
        return ObjectList(
            items: items, resourceVersion: metadata["resourceVersion"]?.string ?? "",
            continue: metadata["continue"]?.string ?? "")
    }

    public func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        let query = PercentEncoding.query([
            ("watch", "true"), ("labelSelector", options.labelSelector), ("fieldSelector", options.fieldSelector),
            ("resourceVersion", options.resourceVersion), ("allowWatchBookmarks", options.allowBookmarks ? "true" : ""),
            ("timeoutSeconds", String(Int.random(in: HTTPTransport.watchTimeouts))),
        ])
        let call = HTTPCall(
            "GET", PercentEncoding.path(resource.path(namespace: options.namespace)) + query,
            headers: [("Accept", "application/json")])
        let (body, place) = try await transport.stream(call)
        let reader = WatchReader(body, on: place)
        // Pulled by its consumer, so that nothing queues up here: a slow consumer slows the connection.
        return WatchStream { [transport] in
            do {
                return try await reader.next()
            } catch {
                throw transport.failure(error, call)
            }
        }
    }

    // MARK: Writing

    public func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        let path = PercentEncoding.path(resource.path(namespace: object.namespace))
        return try await self.object("POST", path, object.json)
    }

    public func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        try await self.object("PUT", path(resource, object.key, subresource), object.json)
    }

    public func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        let path = path(resource, key, subresource)
        switch patch {
        case .json(let body): return try await object("PATCH", path, body, "application/json-patch+json")
        case .merge(let body): return try await object("PATCH", path, body, "application/merge-patch+json")
        case .strategicMerge(let body):
            return try await object("PATCH", path, body, "application/strategic-merge-patch+json")
        case .apply(let body, let fieldManager, let force):
            let query = PercentEncoding.query([("fieldManager", fieldManager), ("force", force ? "true" : "false")])
            return try await object("PATCH", path + query, body, "application/apply-patch+yaml")
        }
    }

    public func delete(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions
    ) async throws(APIError) {
        var body: JSON = ["kind": "DeleteOptions", "apiVersion": "v1"]
        if let uid = options.uid { body["preconditions"] = ["uid": .string(uid)] }
        if let propagation = options.propagation { body["propagationPolicy"] = .string(propagation.rawValue) }
        _ = try await json("DELETE", path(resource, key), body)
    }

    // MARK: The server

    public func discover() async throws(APIError) -> DiscoveredResources { try await Discovery(client: self).resources() }

    public func serverVersion() async throws(APIError) -> String {
        try await json("GET", "/version")["gitVersion"]?.string ?? ""
    }

    // MARK: -

    private func path(_ resource: GroupVersionResource, _ key: ObjectKey, _ subresource: String? = nil) -> String {
        PercentEncoding.path(resource.path(namespace: key.namespace, name: key.name, subresource: subresource))
    }

    /// Makes a call that is answered in JSON.
    func json(
        _ method: String, _ path: String, _ body: JSON? = nil, accept: String = "application/json"
    ) async throws(APIError) -> JSON {
        try await answer(method, path, body, accept: accept) { (bytes) throws(JSONSyntaxError) in try JSON(parsing: bytes) }
    }

    /// Makes a call that is answered with an object, whose bytes are kept as they came.
    private func object(
        _ method: String, _ path: String, _ body: JSON? = nil, _ type: String = "application/json"
    ) async throws(APIError) -> EncodedObject {
        try await answer(method, path, body, type) { (bytes) throws(JSONSyntaxError) in try EncodedObject(bytes: bytes) }
    }

    private func answer<Answer>(
        _ method: String, _ path: String, _ body: JSON?, _ type: String = "application/json",
        accept: String = "application/json", _ read: ([UInt8]) throws(JSONSyntaxError) -> Answer
    ) async throws(APIError) -> Answer {
        var call = HTTPCall(method, path, headers: [("Accept", accept)])
        if let body {
            call.body = body.encoded()
            call.headers.append(("Content-Type", type))
        }
        let answer = try await transport.perform(call)
        guard 200..<300 ~= answer.status else { throw APIError(answer: answer, method: method) }
        do {
            return try read(answer.body)
        } catch {
            throw transport.failure(error, call)
        }
    }
}
