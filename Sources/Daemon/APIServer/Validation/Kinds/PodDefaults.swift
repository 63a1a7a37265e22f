import Kubernetes

/// The defaults of pods and of pod templates (Kubernetes API reference, PodSpec and Container).
enum PodDefaults {
    static func fill(template: inout JSON) {
        template.withObject("spec") { fill(spec: &$0) }
    }

    static func fill(spec: inout JSON) {
        spec.fill("dnsPolicy", "ClusterFirst")
        spec.fill("restartPolicy", "Always")
        spec.fill("securityContext", [:])
        spec.fill("terminationGracePeriodSeconds", 30)
        spec.fill("schedulerName", "default-scheduler")
        if let account = spec["serviceAccountName"] ?? spec["serviceAccount"] {
            // Two names for one thing; both are shown.
            spec["serviceAccountName"] = account
            spec["serviceAccount"] = account
        }
        for list in ["initContainers", "containers", "ephemeralContainers"] { spec.forEach(in: list) { fill(container: &$0) } }
        spec.forEach(in: "volumes") { fill(volume: &$0) }
    }

    /// What a pod has beyond a template.
    static func fill(pod: inout Object, isCreation: Bool) {
        pod.withSpec { spec in
            fill(spec: &spec)
            spec.fill("enableServiceLinks", true)
            let isHostNetwork = spec["hostNetwork"]?.bool == true
            for list in ["initContainers", "containers"] {
                spec.forEach(in: list) { container in
                    requestWhatIsLimited(&container)
                    guard isHostNetwork else { return }
                    container.forEach(in: "ports") { $0.fill("hostPort", $0["containerPort"] ?? 0) }
                }
            }
        }
        guard isCreation else { return }
        pod.status = ["phase": "Pending", "qosClass": .string(qosClass(of: pod.spec))]
    }

    private static func requestWhatIsLimited(_ container: inout JSON) {
        guard case .object(let limits)? = container["resources", "limits"] else { return }
        for (name, limit) in limits where container["resources", "requests", name] == nil {
            container["resources", "requests", name] = limit
        }
    }

    /// Guaranteed where every container's requests equal its limits for cpu and memory, BestEffort where none has any.
    static func qosClass(of spec: JSON) -> String {
        let containers = spec.list("containers") + spec.list("initContainers")
        var isGuaranteed = true
        var hasAny = false
        for container in containers {
            for resource in ["cpu", "memory"] {
                let request = container["resources", "requests", resource]
                let limit = container["resources", "limits", resource]
                if request != nil || limit != nil { hasAny = true }
                if limit == nil || request != limit { isGuaranteed = false }
            }
        }
        return !hasAny ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
    }

    private static func fill(container: inout JSON) {
        container.fill("terminationMessagePath", "/dev/termination-log")
        container.fill("terminationMessagePolicy", "File")
        container.fill("resources", [:])
        container.fill("imagePullPolicy", isLatest(container.text("image")) ? "Always" : "IfNotPresent")
        container.forEach(in: "ports") { $0.fill("protocol", "TCP") }
        container.forEach(in: "env") { variable in
            variable.withObject("valueFrom") { source in
                source.withObject("fieldRef") { $0.fill("apiVersion", "v1") }
                source.withObject("resourceFieldRef") { $0.fill("divisor", "0") }
            }
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            container.withObject(probe) { probe in
                probe.fill("timeoutSeconds", 1)
                probe.fill("periodSeconds", 10)
                probe.fill("successThreshold", 1)
                probe.fill("failureThreshold", 3)
                fill(handler: &probe)
            }
        }
        container.withObject("lifecycle") { lifecycle in
            for hook in ["postStart", "preStop"] { lifecycle.withObject(hook) { fill(handler: &$0) } }
        }
    }

    private static func fill(handler: inout JSON) {
        handler.withObject("httpGet") {
            $0.fill("path", "/")
            $0.fill("scheme", "HTTP")
        }
        handler.withObject("grpc") { $0.fill("service", "") }
    }

    /// Whether an image reference names the tag `latest`, or no tag and no digest.
    static func isLatest(_ image: String) -> Bool {
        let name = image.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        if name.contains("@") { return false }
        guard let colon = name.firstIndex(of: ":") else { return true }
        return name[name.index(after: colon)...] == "latest"
    }

    static func fill(volume: inout JSON) {
        if volume.object?.count == 1, volume["name"] != nil { volume["emptyDir"] = [:] }
        volume.withObject("hostPath") { $0.fill("type", "") }
        for source in ["secret", "configMap", "projected", "downwardAPI"] {
            volume.withObject(source) { $0.fill("defaultMode", 420) }
        }
        volume.withObject("downwardAPI") { fill(downward: &$0) }
        volume.withObject("projected") { projected in
            projected.forEach(in: "sources") { source in
                source.withObject("serviceAccountToken") { $0.fill("expirationSeconds", 3600) }
                source.withObject("downwardAPI") { fill(downward: &$0) }
            }
        }
        volume.withObject("ephemeral") { ephemeral in
            ephemeral.withObject("volumeClaimTemplate") { template in
                template.withObject("spec") { $0.fill("volumeMode", "Filesystem") }
            }
        }
        fill(source: &volume)
    }

    private static func fill(downward: inout JSON) {
        downward.forEach(in: "items") { item in
            item.withObject("fieldRef") { $0.fill("apiVersion", "v1") }
        }
    }

    /// The sources that pods and persistent volumes share.
    static func fill(source: inout JSON) {
        source.withObject("iscsi") { $0.fill("iscsiInterface", "default") }
        source.withObject("rbd") {
            $0.fill("pool", "rbd")
            $0.fill("user", "admin")
            $0.fill("keyring", "/etc/ceph/keyring")
        }
        source.withObject("azureDisk") {
            $0.fill("cachingMode", "ReadWrite")
            $0.fill("kind", "Shared")
            $0.fill("fsType", "ext4")
            $0.fill("readOnly", false)
        }
        source.withObject("scaleIO") {
            $0.fill("storageMode", "ThinProvisioned")
            $0.fill("fsType", "xfs")
        }
    }
}
