import Kubernetes

extension KindRules {
    static let serviceAccount = KindRules(
        retain: { desired, observed throws(InterpreterError) in
            // The member's token controller adds secrets; without them here it would make new ones for ever.
            var desired = desired
            for field in ["secrets", "imagePullSecrets"] {
                var references = try desired.json.list(field)
                var names = Set(references.map { $0["name"]?.string })
                for reference in try observed.json.list(field) where names.insert(reference["name"]?.string).inserted {
                    references.append(reference)
                }
                desired[field] = references.isEmpty ? .null : .array(references)
            }
            return desired
        },
        prune: { template in
            let tokenPrefix = template.name + "-token-"
            guard let secrets = template["secrets"]?.array else { return }
            template["secrets"] = .array(secrets.filter { $0["name"]?.string?.hasPrefix(tokenPrefix) != true })
        })
}
