import Kubernetes

/// The objects that say behind which addresses a Service is served (Kubernetes, "Service", "EndpointSlices").
struct ServiceEndpoints {
    static let managerLabel = "endpoints.kubernetes.io/managed-by"
    /// The most endpoints in one slice, and in one Endpoints object.
    static let maximumInSlice = 100
    static let maximumInEndpoints = 1000

    let service: Object
    /// With an address, in the order of their names.
    let pods: [Pod]

    func sliceKey(_ number: Int) -> ObjectKey {
        let suffix = Hashing.safe(Hashing.fnv1a(Array("\(service.uid)/\(number)".utf8))).prefix(5)
        return ObjectKey(namespace: service.namespace, name: "\(service.name)-\(suffix)")
    }

    /// At least one, though it may be empty.
    var slices: [Object] {
        let starts = Array(stride(from: 0, to: max(1, pods.count), by: Self.maximumInSlice))
        return starts.enumerated().map { number, start in
            let key = sliceKey(number)
            var slice = Object(
                apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: key.namespace, name: key.name)
            slice.labels = service.labels.merging([
                "kubernetes.io/service-name": service.name,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            ]) { $1 }
            slice.ownerReferences = [OwnerReference(controller: service)]
            slice["addressType"] = "IPv4"
            slice["endpoints"] = .array(pods[start..<min(pods.count, start + Self.maximumInSlice)].map(endpoint))
            slice["ports"] = .array(ports(of: pods.first))
            return slice
        }
    }

    private var publishesUnready: Bool { service.spec["publishNotReadyAddresses"]?.bool ?? false }

    private func endpoint(_ pod: Pod) -> JSON {
        let isServing = pod.isReady
        return [
            "addresses": [.string(pod.ip ?? "")],
            "conditions": [
                "ready": .bool(publishesUnready || isServing && !pod.isTerminating), "serving": .bool(isServing),
                "terminating": .bool(pod.isTerminating),
            ],
            "nodeName": .string(pod.nodeName), "targetRef": reference(pod),
        ]
    }

    var endpoints: Object {
        var endpoints = Object(apiVersion: "v1", kind: "Endpoints", namespace: service.namespace, name: service.name)
        endpoints.labels = service.labels.merging([Self.managerLabel: "endpoint-controller"]) { $1 }
        let listed = pods.filter { !$0.isTerminating }.prefix(Self.maximumInEndpoints)
        guard !listed.isEmpty else { return endpoints }
        var subset: JSON = [:]
        let ready = listed.filter { $0.isReady || publishesUnready }
        let unready = listed.filter { !$0.isReady && !publishesUnready }
        if !ready.isEmpty { subset["addresses"] = .array(ready.map(address)) }
        if !unready.isEmpty { subset["notReadyAddresses"] = .array(unready.map(address)) }
        let ports = ports(of: listed.first)
        if !ports.isEmpty { subset["ports"] = .array(ports) }
        endpoints["subsets"] = [subset]
        return endpoints
    }

    private func address(_ pod: Pod) -> JSON {
        ["ip": .string(pod.ip ?? ""), "nodeName": .string(pod.nodeName), "targetRef": reference(pod)]
    }

    private func reference(_ pod: Pod) -> JSON {
        ["kind": "Pod", "namespace": .string(pod.key.namespace), "name": .string(pod.key.name), "uid": .string(pod.uid)]
    }

    /// The Service's ports as the pod has them; those whose name the pod does not know are left out.
    private func ports(of pod: Pod?) -> [JSON] {
        (service.spec["ports"]?.array ?? []).compactMap { port in
            guard let number = target(port, in: pod) else { return nil }
            var result: JSON = ["port": JSON(number), "protocol": port["protocol"] ?? "TCP"]
            result["name"] = port["name"]
            result["appProtocol"] = port["appProtocol"]
            return result
        }
    }

    private func target(_ port: JSON, in pod: Pod?) -> Int? {
        switch port["targetPort"] {
        case .string(let name):
            let containers = pod?.object.decoded().spec["containers"]?.array ?? []
            let ports = containers.flatMap { $0["ports"]?.array ?? [] }
            return ports.first { $0["name"]?.string == name }?["containerPort"]?.int
        case let target?: return target.int
        case nil: return port["port"]?.int
        }
    }
}
