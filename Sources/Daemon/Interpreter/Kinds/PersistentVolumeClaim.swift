import Kubernetes

extension KindRules {
    static let persistentVolumeClaim = KindRules(
        retain: { desired, observed throws(InterpreterError) in
            // The member's volume controller binds the claim, for good.
            guard let volume = try observed.json.text("spec", "volumeName"), !volume.isEmpty else { return desired }
            var desired = desired
            desired["spec", "volumeName"] = .string(volume)
            return desired
        },
        aggregateStatus: { object, items throws(InterpreterError) in
            // Bound if it is so everywhere; one lost claim is worse than any other phase.
            var phase = "Bound"
            for item in items {
                guard let status = item.reported else { continue }
                let reported = try status.text("phase", within: item.fieldPrefix) ?? ""
                if reported != "Bound" { phase = reported }
                if reported == "Lost" { break }
            }
            var result = object
            result.status = phase.isEmpty ? [:] : ["phase": .string(phase)]
            return result
        },
        isHealthy: { object throws(InterpreterError) in try object.json.text("status", "phase") == "Bound" },
        prune: { $0.removeAnnotation("volume.kubernetes.io/selected-node") })
}
