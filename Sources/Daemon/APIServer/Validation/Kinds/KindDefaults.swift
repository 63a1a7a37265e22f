import Kubernetes

/// The defaults of kinds that run no pods (Kubernetes API reference).
enum KindDefaults {
    static func fill(service: inout Object, isCreation: Bool) {
        service.withSpec { spec in
            spec.fill("sessionAffinity", "None")
            spec.fill("type", "ClusterIP")
            let type = spec.text("type")
            if spec.text("sessionAffinity") == "ClientIP" {
                spec.fill("sessionAffinityConfig", [:])
                spec.withObject("sessionAffinityConfig") { config in
                    config.fill("clientIP", [:])
                    config.withObject("clientIP") { $0.fill("timeoutSeconds", 10800) }
                }
            }
            spec.forEach(in: "ports") { port in
                port.fill("protocol", "TCP")
                if port["targetPort"] == nil || port["targetPort"] == 0 || port["targetPort"] == "" {
                    port["targetPort"] = port["port"]
                }
            }
            if type == "NodePort" || type == "LoadBalancer" { spec.fill("externalTrafficPolicy", "Cluster") }
            if type != "ExternalName" { spec.fill("internalTrafficPolicy", "Cluster") }
            if type == "LoadBalancer" { spec.fill("allocateLoadBalancerNodePorts", true) }
        }
        if isCreation { service.status.fill("loadBalancer", [:]) }
    }

    static func fill(persistentVolume: inout Object, isCreation: Bool) {
        persistentVolume.withSpec { spec in
            spec.fill("persistentVolumeReclaimPolicy", "Retain")
            spec.fill("volumeMode", "Filesystem")
            spec.withObject("hostPath") { $0.fill("type", "") }
            PodDefaults.fill(source: &spec)
        }
        if isCreation { persistentVolume.status = ["phase": "Pending"] }
    }

    static func fill(persistentVolumeClaim: inout Object, isCreation: Bool) {
        persistentVolumeClaim.withSpec { $0.fill("volumeMode", "Filesystem") }
        if isCreation { persistentVolumeClaim.status = ["phase": "Pending"] }
    }

    static func fill(endpoints: inout Object, isCreation: Bool) {
        endpoints.json.forEach(in: "subsets") { subset in subset.forEach(in: "ports") { $0.fill("protocol", "TCP") } }
    }

    static func fill(endpointSlice: inout Object, isCreation: Bool) {
        endpointSlice.json.forEach(in: "ports") {
            $0.fill("name", "")
            $0.fill("protocol", "TCP")
        }
    }

    /// Missing limits and requests of containers follow from the maximum and the minimum.
    static func fill(limitRange: inout Object, isCreation: Bool) {
        limitRange.withSpec { spec in
            spec.forEach(in: "limits") { limit in
                guard limit.text("type") == "Container" else { return }
                for (source, target) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
                    for (name, value) in limit[source]?.object ?? [:] where limit[target, name] == nil {
                        limit[target, name] = value
                    }
                }
            }
        }
    }

    static func fill(networkPolicy: inout Object, isCreation: Bool) {
        networkPolicy.withSpec { spec in
            spec.fill("podSelector", [:])
            for direction in ["ingress", "egress"] {
                spec.forEach(in: direction) { rule in rule.forEach(in: "ports") { $0.fill("protocol", "TCP") } }
            }
            spec.fill("policyTypes", spec.list("egress").isEmpty ? ["Ingress"] : ["Ingress", "Egress"])
        }
    }

    static func fill(ingress: inout Object, isCreation: Bool) {
        if isCreation { ingress.status.fill("loadBalancer", [:]) }
    }

    static func fill(ingressClass: inout Object, isCreation: Bool) {
        ingressClass.json.withObject("spec") { spec in spec.withObject("parameters") { $0.fill("scope", "Cluster") } }
    }

    static func fill(podDisruptionBudget: inout Object, isCreation: Bool) {
        guard isCreation else { return }
        for count in ["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"] {
            podDisruptionBudget.status.fill(count, 0)
        }
    }

    static func fill(autoscaler: inout Object, isCreation: Bool) {
        let isV1 = autoscaler.apiVersion == "autoscaling/v1"
        let hasMetrics = autoscaler.annotations["autoscaling.alpha.kubernetes.io/metrics"] != nil
        autoscaler.withSpec { spec in
            spec.fill("minReplicas", 1)
            if isV1 {
                if !hasMetrics { spec.fill("targetCPUUtilizationPercentage", 80) }
                return
            }
            if spec.list("metrics").isEmpty {
                let target: JSON = ["type": "Utilization", "averageUtilization": 80]
                spec["metrics"] = [["type": "Resource", "resource": ["name": "cpu", "target": target]]]
            }
            spec.withObject("behavior") { fill(behavior: &$0) }
        }
        if isCreation {
            autoscaler.status.fill("desiredReplicas", 0)
            autoscaler.status.fill("currentReplicas", 0)
        }
    }

    private static func fill(behavior: inout JSON) {
        for (direction, policies) in [
            (
                "scaleUp",
                [["type": "Pods", "value": 4, "periodSeconds": 15], ["type": "Percent", "value": 100, "periodSeconds": 15]]
            ),
            ("scaleDown", [["type": "Percent", "value": 100, "periodSeconds": 15]]),
        ] as [(String, JSON)] {
            behavior.fill(direction, [:])
            behavior.withObject(direction) { rules in
                if direction == "scaleUp" { rules.fill("stabilizationWindowSeconds", 0) }
                rules.fill("selectPolicy", "Max")
                rules.fill("policies", policies)
            }
        }
    }

    private static let rbacGroup: JSON = "rbac.authorization.k8s.io"

    static func fill(binding: inout Object, isCreation: Bool) {
        binding.json.withObject("roleRef") { $0.fill("apiGroup", rbacGroup) }
        binding.json.forEach(in: "subjects") { subject in
            if ["User", "Group"].contains(subject.text("kind")) { subject.fill("apiGroup", rbacGroup) }
        }
    }

    static func fill(storageClass: inout Object, isCreation: Bool) {
        storageClass.json.fill("reclaimPolicy", "Delete")
        storageClass.json.fill("volumeBindingMode", "Immediate")
    }

    static func fill(driver: inout Object, isCreation: Bool) {
        driver.withSpec { spec in
            spec.fill("attachRequired", true)
            for flag in ["podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount"] { spec.fill(flag, false) }
            spec.fill("fsGroupPolicy", "ReadWriteOnceWithFSType")
            spec.fill("volumeLifecycleModes", ["Persistent"])
        }
    }

    static func fill(priorityClass: inout Object, isCreation: Bool) {
        priorityClass.json.fill("preemptionPolicy", "PreemptLowerPriority")
    }

    static func fill(webhooks configuration: inout Object, isCreation: Bool) {
        let isMutating = configuration.kind == "MutatingWebhookConfiguration"
        configuration.json.forEach(in: "webhooks") { webhook in
            webhook.fill("failurePolicy", "Fail")
            webhook.fill("matchPolicy", "Equivalent")
            webhook.fill("namespaceSelector", [:])
            webhook.fill("objectSelector", [:])
            webhook.fill("timeoutSeconds", 10)
            if isMutating { webhook.fill("reinvocationPolicy", "Never") }
            webhook.forEach(in: "rules") { $0.fill("scope", "*") }
            webhook.withObject("clientConfig") { client in client.withObject("service") { $0.fill("port", 443) } }
        }
    }

    static func fill(admissionPolicy: inout Object, isCreation: Bool) {
        admissionPolicy.withSpec { spec in
            spec.fill("failurePolicy", "Fail")
            spec.withObject("matchConstraints") { constraints in
                constraints.fill("matchPolicy", "Equivalent")
                constraints.fill("namespaceSelector", [:])
                constraints.fill("objectSelector", [:])
                constraints.forEach(in: "resourceRules") { $0.fill("scope", "*") }
            }
        }
    }

    static func fill(resourceDefinition: inout Object, isCreation: Bool) {
        resourceDefinition.withSpec { spec in
            spec.withObject("names") { names in
                let kind = names.text("kind")
                if !kind.isEmpty {
                    names.fill("singular", .string(kind.lowercased()))
                    names.fill("listKind", .string(kind + "List"))
                }
            }
            spec.fill("conversion", ["strategy": "None"])
        }
    }
}
