import Kubernetes

/// Validates endpoints, network policies, and what nodes and events say, in Kubernetes' words.
enum NetworkValidation {
    // MARK: Endpoints

    static func validate(endpoints: Object, old: Object?, _ errors: inout FieldErrors) {
        for (index, subset) in (endpoints["subsets"]?.array ?? []).enumerated() {
            let path = FieldPath("subsets").index(index)
            for field in ["addresses", "notReadyAddresses"] {
                for (place, address) in subset.list(field).enumerated() {
                    validate(address: address["ip"], path.child(field).index(place).child("ip"), &errors)
                }
            }
            for (place, port) in subset.list("ports").enumerated() {
                errors.port(port["port"], path.child("ports").index(place).child("port"))
            }
        }
    }

    private static func validate(address: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard IPAddress.bytes(of: address?.string ?? "") == nil else { return }
        errors.invalid(path, address ?? "", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
    }

    static func validate(endpointSlice: Object, old: Object?, _ errors: inout FieldErrors) {
        let type = endpointSlice["addressType"]
        errors.oneOf(type, ["FQDN", "IPv4", "IPv6"], FieldPath("addressType"), isRequired: true)
        if let old { errors.immutable(type, old["addressType"], FieldPath("addressType")) }
        for (index, endpoint) in (endpointSlice["endpoints"]?.array ?? []).enumerated() {
            let path = FieldPath("endpoints").index(index).child("addresses")
            let addresses = endpoint.list("addresses")
            if addresses.isEmpty { errors.required(path, "must contain at least 1 address") }
            guard type != "FQDN" else { continue }
            for (place, address) in addresses.enumerated() { validate(address: address, path.index(place), &errors) }
        }
    }

    // MARK: Policies

    static func validate(networkPolicy: Object, old: Object?, _ errors: inout FieldErrors) {
        errors.labelSelector(networkPolicy.spec["podSelector"], FieldPath.spec.child("podSelector"))
        for direction in ["ingress", "egress"] {
            for (index, rule) in networkPolicy.spec.list(direction).enumerated() {
                for (place, port) in rule.list("ports").enumerated() {
                    let path = FieldPath.spec.child(direction).index(index).child("ports").index(place)
                    errors.port(port["port"], path.child("port"))
                    errors.oneOf(port["protocol"], ["SCTP", "TCP", "UDP"], path.child("protocol"))
                }
            }
        }
        for (index, type) in networkPolicy.spec.list("policyTypes").enumerated() {
            errors.oneOf(type, ["Egress", "Ingress"], FieldPath.spec.child("policyTypes").index(index))
        }
    }

    // MARK: Nodes and events

    static func validate(node: Object, old: Object?, _ errors: inout FieldErrors) {
        let taints = node.spec.list("taints")
        for (index, taint) in taints.enumerated() {
            let path = FieldPath.spec.child("taints").index(index)
            MetadataRules.validateQualifiedName(taint.text("key"), path.child("key"), &errors)
            for problem in LabelSyntax.problems(ofValue: taint.text("value")) {
                errors.invalid(path.child("value"), taint["value"], problem)
            }
            errors.oneOf(
                taint["effect"], ["NoSchedule", "PreferNoSchedule", "NoExecute"], path.child("effect"), isRequired: true)
            let isTwice = taints[..<index].contains { $0["key"] == taint["key"] && $0["effect"] == taint["effect"] }
            if isTwice { errors.duplicate(path, taint, "taints must be unique by key and effect pair") }
        }
    }

    static func validate(event: Object, old: Object?, _ errors: inout FieldErrors) {
        let namespace = event["involvedObject", "namespace"] ?? event["regarding", "namespace"]
        // What lies in no namespace has its events in "default".
        guard let text = namespace?.string, !text.isEmpty, text != event.namespace else { return }
        errors.invalid(FieldPath("involvedObject.namespace"), namespace, "does not match event.namespace")
    }
}
