import Kubernetes

/// `status.loadBalancer` of Services and Ingresses: the addresses at which members can be reached.
enum LoadBalancerStatus {
    /// The object with the addresses of all its members, each once, in order.
    @Sendable static func aggregate(_ object: Object, _ items: [AggregatedStatusItem]) throws(InterpreterError) -> Object {
        var ports: [Address: [JSON]] = [:]
        for item in items {
            guard let status = item.reported else { continue }
            for ingress in try status.list("loadBalancer", "ingress", within: item.fieldPrefix) {
                ports[Address(ingress), default: []] += ingress["ports"]?.array ?? []
            }
        }
        let ingress = ports.sorted { $0.key < $1.key }.map { $0.key.json(ports: $0.value) }
        var result = object
        result.status = ["loadBalancer": ingress.isEmpty ? [:] : ["ingress": .array(ingress)]]
        return result
    }

    /// Whether clients can reach the object.
    @Sendable static func hasAddress(_ object: Object) throws(InterpreterError) -> Bool {
        try object.json.list("status", "loadBalancer", "ingress").contains {
            $0["ip"]?.string?.isEmpty == false || $0["hostname"]?.string?.isEmpty == false
        }
    }

    /// Where a load balancer listens. In order: by host name, those without one last; then by IP address.
    private struct Address: Hashable, Comparable {
        var hostname: String
        var ip: String
        var ipMode: String?

        init(_ json: JSON) {
            hostname = json["hostname"]?.string ?? ""
            ip = json["ip"]?.string ?? ""
            ipMode = json["ipMode"]?.string
        }

        static func < (left: Self, right: Self) -> Bool {
            if left.hostname != right.hostname {
                return right.hostname.isEmpty || (!left.hostname.isEmpty && left.hostname < right.hostname)
            }
            if left.ip != right.ip { return left.ip < right.ip }
            guard let leftMode = left.ipMode else { return false }
            return right.ipMode.map { leftMode < $0 } ?? true
        }

        func json(ports: [JSON]) -> JSON {
            var json: JSON = [:]
            if !hostname.isEmpty { json["hostname"] = .string(hostname) }
            if !ip.isEmpty { json["ip"] = .string(ip) }
            if let ipMode { json["ipMode"] = .string(ipMode) }
            if !ports.isEmpty { json["ports"] = .array(LoadBalancerStatus.unique(ports)) }
            return json
        }
    }

    /// Each port once: by number, protocol and error, those without one first.
    private static func unique(_ ports: [JSON]) -> [JSON] {
        func order(_ port: JSON) -> (Int64, String, String) {
            (port["port"]?.integer ?? 0, port["protocol"]?.string ?? "", port["error"]?.string ?? "")
        }
        return ports.sorted { order($0) < order($1) }.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
}
