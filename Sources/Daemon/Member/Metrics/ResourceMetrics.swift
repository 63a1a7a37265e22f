import APIServer
import Client
import Kubernetes

/// `metrics.k8s.io` of a simulated member: every container uses what it requests.
public struct ResourceMetrics: RequestExtension {
    private static let group = "metrics.k8s.io"
    private let client: any ObjectClient

    public init(client: any ObjectClient) { self.client = client }

    public func answers(_ resource: GroupResource, subresource: String?) -> Bool {
        resource.group == Self.group && subresource == nil
    }

    public func reply(to request: ExtensionRequest) async throws(APIError) -> ExtensionReply {
        guard request.method == "GET", !request.query.flag("watch") else { throw .methodNotAllowed }
        let isOfPods = request.resource == "pods"
        let key = ObjectKey(namespace: request.namespace ?? "", name: request.name)
        var options = ListOptions(namespace: request.namespace)
        options.labelSelector = request.query["labelSelector"] ?? ""
        options.fieldSelector = request.query["fieldSelector"] ?? ""
        let resource = isOfPods ? GroupVersionResource.pods : .nodes
        let objects = key.name.isEmpty ? try await client.list(resource, options).items : [try await client.get(resource, key)]
        let kind = isOfPods ? "PodMetrics" : "NodeMetrics"
        let items: [JSON]
        if isOfPods {
            items = objects.map(Pod.init).filter { $0.phase == .running }.map(Self.metrics(of:))
        } else {
            let usage = try await usageByNode()
            items = objects.map { Self.metrics(of: $0, usage[$0.key.name] ?? ResourceAmounts()) }
        }
        let type: JSON = ["kind": .string(kind), "apiVersion": .string(Self.group + "/v1beta1")]
        guard key.name.isEmpty else {
            guard var item = items.first else { throw .notFound(resource, name: key.name) }
            for (name, value) in type.object ?? [:] { item[name] = value }
            return ExtensionReply(json: item)
        }
        var list = type
        list["kind"] = .string(kind + "List")
        list["metadata"] = [:]
        list["items"] = .array(items)
        return ExtensionReply(json: list)
    }

    private func usageByNode() async throws(APIError) -> [String: ResourceAmounts] {
        var usage: [String: ResourceAmounts] = [:]
        for object in try await client.list(.pods, ListOptions()).items {
            let pod = Pod(object)
            if pod.phase == .running { usage[pod.nodeName, default: ResourceAmounts()] += pod.requests }
        }
        return usage
    }

    private static func metrics(of pod: Pod) -> JSON {
        let containers = pod.object.decoded().spec["containers"]?.array ?? []
        var metrics = frame(pod.object)
        metrics["containers"] = .array(
            containers.map { container in
                ["name": container["name"] ?? "", "usage": usage(ResourceAmounts(container["resources"]?["requests"]))]
            })
        return metrics
    }

    private static func metrics(of node: EncodedObject, _ amounts: ResourceAmounts) -> JSON {
        var metrics = frame(node)
        metrics["usage"] = usage(amounts)
        return metrics
    }

    private static func frame(_ object: EncodedObject) -> JSON {
        let now = JSON.string(Timestamp.now().description)
        var metadata: JSON = ["name": .string(object.key.name), "creationTimestamp": now]
        if !object.key.namespace.isEmpty { metadata["namespace"] = .string(object.key.namespace) }
        if !object.labels.isEmpty { metadata["labels"] = JSON(object.labels) }
        return ["metadata": metadata, "timestamp": now, "window": "15s"]
    }

    private static func usage(_ amounts: ResourceAmounts) -> JSON {
        ["cpu": .string("\(amounts.cpu)m"), "memory": .string("\(amounts.memory >> 10)Ki")]
    }
}
