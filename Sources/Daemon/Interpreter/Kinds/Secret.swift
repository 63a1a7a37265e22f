import Kubernetes

extension KindRules {
    /// The token of a service account is its cluster's own.
    static let secret = KindRules(
        retain: { desired, observed throws(InterpreterError) in
            guard desired.isServiceAccountToken, let data = try observed.json.members("data") else { return desired }
            var desired = desired
            desired["data"] = data
            return desired
        },
        prune: { template in
            guard template.isServiceAccountToken else { return }
            template.removeAnnotation("kubernetes.io/service-account.uid")
            template["data"] = nil
        })
}

extension Object {
    fileprivate var isServiceAccountToken: Bool { self["type"]?.string == "kubernetes.io/service-account-token" }
}
