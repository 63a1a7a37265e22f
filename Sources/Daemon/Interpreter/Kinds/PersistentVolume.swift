import Kubernetes

extension KindRules {
    static let persistentVolume = KindRules(
        retain: { desired, observed throws(InterpreterError) in
            // The member's volume controller binds the volume.
            guard let claim = observed["spec", "claimRef"] else { return desired }
            var desired = desired
            desired["spec", "claimRef"] = claim
            return desired
        },
        aggregateStatus: { object, items throws(InterpreterError) in
            var phases: Set<String> = []
            for item in items {
                guard let status = item.reported else {
                    // Not collected yet: as good as pending.
                    phases.insert("Pending")
                    continue
                }
                phases.insert(try status.text("phase", within: item.fieldPrefix) ?? "")
            }
            // The phase that is the furthest from serving.
            let phase = ["Failed", "Pending", "Available", "Bound", "Released"].first(where: phases.contains)
            var result = object
            result.status = phase.map { ["phase": .string($0)] } ?? [:]
            return result
        })
}
