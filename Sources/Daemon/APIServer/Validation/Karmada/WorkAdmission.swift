import Kubernetes

/// Work: its manifests carry no trace of the cluster they come from, and name the Work they belong to.
enum WorkAdmission {
    private static let permanentID = "work.karmada.io/permanent-id"
    private static let managedAnnotations = "resourcetemplate.karmada.io/managed-annotations"
    private static let managedLabels = "resourcetemplate.karmada.io/managed-labels"

    static func fill(work: inout Object, isCreation: Bool) {
        work.fillPermanentID(permanentID)
        let id = work.metadata["labels"]?[permanentID]
        work.withSpec { spec in
            spec.fill("workload", [:])
            spec.withObject("workload") { workload in
                workload.forEach(in: "manifests") { manifest in
                    guard manifest.object != nil else { return }
                    prune(&manifest)
                    record(&manifest, id)
                }
            }
        }
    }

    private static let systemMetadata = [
        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields",
        "resourceVersion", "selfLink", "uid", "ownerReferences", "finalizers",
    ]

    /// Removes what the API server of the origin filled in and no other may have.
    private static func prune(_ manifest: inout JSON) {
        if manifest["status"] != nil { manifest["status"] = nil }
        if let metadata = manifest["metadata"]?.object, systemMetadata.contains(where: { metadata[$0] != nil }) {
            manifest.withObject("metadata") { metadata in for field in systemMetadata { metadata[field] = nil } }
        }
        switch manifest.text("kind") {
        case "Deployment":
            removeAnnotations(["deployment.kubernetes.io/revision", "deployment.kubernetes.io/revision-history"], &manifest)
        case "Job":
            manifest.withObject("spec") { pruneJob(spec: &$0) }
        case "Secret" where manifest.text("type") == "kubernetes.io/service-account-token":
            removeAnnotations(["kubernetes.io/service-account.uid"], &manifest)
            manifest["data"] = .null
        case "ServiceAccount":
            let prefix = "\(manifest["metadata"]?.text("name") ?? "")-token-"
            if let secrets = manifest["secrets"]?.array {
                manifest["secrets"] = .array(secrets.filter { !$0.text("name").hasPrefix(prefix) })
            }
        case "Service":
            manifest.withObject("spec") { spec in
                guard let address = spec["clusterIP"]?.string, address != "None" else { return }
                spec["clusterIP"] = nil
                spec["clusterIPs"] = nil
            }
        case "PersistentVolumeClaim": removeAnnotations(["volume.kubernetes.io/selected-node"], &manifest)
        default: break
        }
    }

    private static func removeAnnotations(_ names: [String], _ manifest: inout JSON) {
        manifest.withObject("metadata") { metadata in
            metadata.withObject("annotations") { annotations in for name in names { annotations[name] = nil } }
        }
    }

    /// A job's selector and the labels that go with it are made by each cluster, and its end of life is the control plane's.
    private static func pruneJob(spec: inout JSON) {
        spec["ttlSecondsAfterFinished"] = nil
        guard spec["manualSelector"]?.bool != true else { return }
        let selectors = ["controller-uid", "batch.kubernetes.io/controller-uid"]
        if spec["selector", "matchLabels"] != nil { for label in selectors { spec["selector", "matchLabels", label] = nil } }
        if spec["template", "metadata", "labels"] != nil {
            for label in selectors + ["job-name", "batch.kubernetes.io/job-name"] {
                spec["template", "metadata", "labels", label] = nil
            }
        }
    }

    /// Notes which labels and annotations the control plane owns, so that it can take back those it no longer wants.
    private static func record(_ manifest: inout JSON, _ id: JSON?) {
        var object = Object(manifest)
        if let id = id?.string { object[label: permanentID] = id }
        var names = Array((object.metadata["annotations"]?.object ?? [:]).keys)
        for own in [managedAnnotations, managedLabels] where !names.contains(own) { names.append(own) }
        object[annotation: managedAnnotations] = names.sorted().joined(separator: ",")
        object[annotation: managedLabels] = (object.metadata["labels"]?.object ?? [:]).keys.joined(separator: ",")
        manifest = object.json
    }
}

/// ResourceBinding. (What it uses of quotas is another matter: see ``FederatedQuotas``.)
enum BindingAdmission {
    private static let dependencies = "resourcebinding.karmada.io/dependencies"

    static func admit(_ binding: Object, validatesComponents: Bool) throws(APIError) {
        var errors = FieldErrors()
        if let text = binding.metadata["annotations"]?[dependencies]?.string, !isList(text) {
            errors.invalid(
                FieldPath("metadata.annotations").child(dependencies), .string(text), "annotation value must be a valid JSON")
        }
        try errors.deny(webhook)
        if validatesComponents { validate(components: binding.spec.list("components"), &errors) }
        try errors.deny(webhook)
    }

    private static let webhook = "resourcebinding.karmada.io"

    private static func isList(_ text: String) -> Bool {
        guard let json = try? JSON(parsing: Array(text.utf8)) else { return false }
        return json.isNull || json.array?.allSatisfy { $0.object != nil } ?? false
    }

    private static func validate(components: [JSON], _ errors: inout FieldErrors) {
        var names: Set<String> = []
        for (index, component) in components.enumerated() {
            let name = component.text("name")
            let path = FieldPath.spec.child("components").index(index).child("name")
            if name.isEmpty {
                errors.invalid(path, "", "component names must be non-empty")
            } else if !names.insert(name).inserted {
                errors.invalid(path, .string(name), "component names must be unique")
            }
        }
    }
}
