import Kubernetes

extension KindRules {
    /// Only a Service of type LoadBalancer has a status worth telling.
    static let service = KindRules(
        retain: { desired, observed throws(InterpreterError) in
            // The member's API server allocates both.
            var desired = desired
            if let port = try observed.json.count("spec", "healthCheckNodePort"), port > 0 {
                desired["spec", "healthCheckNodePort"] = JSON(port)
            }
            if let address = try observed.json.text("spec", "clusterIP"), !address.isEmpty {
                desired["spec", "clusterIP"] = .string(address)
            }
            return desired
        },
        aggregateStatus: { object, items throws(InterpreterError) in
            guard try object.json.text("spec", "type") == "LoadBalancer" else { return object }
            return try LoadBalancerStatus.aggregate(object, items)
        },
        reflectStatus: { object throws(InterpreterError) in
            guard try object.json.text("spec", "type") == "LoadBalancer", let status = try object.json.members("status") else {
                return nil
            }
            return ["loadBalancer": try status.members("loadBalancer", within: "status.") ?? [:]]
        },
        isHealthy: { object throws(InterpreterError) in
            guard try object.json.text("spec", "type") == "LoadBalancer" else { return true }
            return try LoadBalancerStatus.hasAddress(object)
        },
        prune: { template in
            // `None` is the user's word for a headless Service; any other address is the control plane's.
            guard let address = template["spec", "clusterIP"]?.string, address != "None" else { return }
            template["spec", "clusterIP"] = nil
            template["spec", "clusterIPs"] = nil
        })
}
