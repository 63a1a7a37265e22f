import Kubernetes

/// Flux: `toolkit.fluxcd.io`.
extension KindRules {
    static let flux: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "helm.toolkit.fluxcd.io/v2beta1", kind: "HelmRelease"): fluxKind(
            ReportedStatus(
                counters: ["failures", "upgradeFailures", "installFailures"],
                latest: [
                    "lastAttemptedRevision", "lastAppliedRevision", "lastAttemptedValuesChecksum", "helmChart",
                    "lastReleaseRevision",
                ]),
            readyFor: ["ReconciliationSucceeded"],
            secrets: [["chart", "spec", "verify", "secretRef"], ["kubeConfig", "secretRef"]]),
        GroupVersionKind(apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization"): fluxKind(
            ReportedStatus(latest: ["lastAppliedRevision", "lastAttemptedRevision"]),
            readyFor: ["ReconciliationSucceeded"], secrets: [["decryption", "secretRef"], ["kubeConfig", "secretRef"]]),
        GroupVersionKind(apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository"): fluxKind(
            ReportedStatus(latest: ["artifact"], others: ["observedIgnore", "observedRecurseSubmodules"]),
            secrets: [["secretRef"], ["verify", "secretRef"]]),
        GroupVersionKind(apiVersion: "source.toolkit.fluxcd.io/v1beta2", kind: "Bucket"): fluxKind(
            ReportedStatus(latest: ["artifact", "url"], others: ["observedIgnore"]), secrets: [["secretRef"]]),
        GroupVersionKind(apiVersion: "source.toolkit.fluxcd.io/v1beta2", kind: "HelmChart"): fluxKind(
            ReportedStatus(latest: ["artifact", "observedChartName", "observedSourceArtifactRevision", "url"]),
            readyFor: ["Succeeded", "ChartPullSucceeded"], secrets: [["verify", "secretRef"]]),
        GroupVersionKind(apiVersion: "source.toolkit.fluxcd.io/v1beta2", kind: "HelmRepository"): fluxKind(
            ReportedStatus(latest: ["artifact", "url"]), secrets: [["secretRef"]]),
        GroupVersionKind(apiVersion: "source.toolkit.fluxcd.io/v1beta2", kind: "OCIRepository"): fluxKind(
            ReportedStatus(latest: ["artifact", "url"], others: ["observedIgnore", "observedLayerSelector"]),
            secrets: [["secretRef"], ["verify", "secretRef"], ["certSecretRef"]]),
    ]

    /// - Parameters:
    ///   - reasons: for which its condition Ready counts.
    ///   - secrets: where below `spec` it refers to Secrets.
    private static func fluxKind(
        _ fields: ReportedStatus, readyFor reasons: Set<String> = ["Succeeded"], secrets: [[String]]
    ) -> KindRules {
        var status = fields
        status.mergesConditions = true
        status.tracksGenerations = true
        return KindRules(
            // Whoever suspends it in a member means that member.
            retain: { desired, observed throws(InterpreterError) in desired.retaining("suspend", of: observed) },
            aggregateStatus: { [status] object, items throws(InterpreterError) in try status.aggregate(object, items) },
            reflectStatus: { [status] object throws(InterpreterError) in try status.reflect(object) },
            isHealthy: { object throws(InterpreterError) in try object.hasCondition("Ready", reasons: reasons) },
            dependencies: { object throws(InterpreterError) in
                var references: Set<DependentObjectReference> = []
                func add(_ kind: String, _ name: JSON?) {
                    guard let name = name?.string, !name.isEmpty else { return }
                    references.insert(object.reference(to: kind, named: name))
                }
                for path in secrets { add("Secret", object.spec[path + ["name"]]) }
                add("ServiceAccount", object["spec", "serviceAccountName"])
                for source in try object.json.list("spec", "valuesFrom") {
                    guard let kind = source["kind"]?.string, ["ConfigMap", "Secret"].contains(kind) else { continue }
                    add(kind, source["name"])
                }
                return references.sorted()
            })
    }
}
