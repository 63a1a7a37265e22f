import Kubernetes
import Store

/// What kube-apiserver's admission plugins Priority and DefaultTolerationSeconds fill into new pods.
struct PodAdmission: Sendable {
    static let priorityClasses = GroupResource(group: "scheduling.k8s.io", resource: "priorityclasses")
    /// How long a pod stays on a node that is gone, in seconds.
    private static let tolerationSeconds: JSON = 300

    let store: any ObjectStore

    func prepare(_ pod: inout Object) throws(APIError) {
        try setPriority(of: &pod)
        addTolerations(to: &pod)
    }

    // MARK: Priority

    private func setPriority(of pod: inout Object) throws(APIError) {
        let name = pod.spec.text("priorityClassName")
        let found = try name.isEmpty ? defaultClass() : priorityClass(name, for: pod)
        let priority = found?["value"]?.integer ?? 0
        if let given = pod.spec["priority"]?.integer, given != priority {
            throw Self.forbidden(
                pod,
                """
                the integer value of priority (\(given)) must not be provided in pod spec; priority admission controller computed \
                \(priority) from the given PriorityClass name
                """)
        }
        if name.isEmpty, let found { pod.spec["priorityClassName"] = .string(found.name) }
        pod.spec["priority"] = .integer(priority)
        pod.json["spec", default: [:]].fill("preemptionPolicy", found?["preemptionPolicy"] ?? "PreemptLowerPriority")
    }

    private func priorityClass(_ name: String, for pod: Object) throws(APIError) -> Object {
        guard let found = store.get(Self.priorityClasses, ObjectKey(name: name)) else {
            throw Self.forbidden(pod, "no PriorityClass with name \(name) was found")
        }
        return found.decoded()
    }

    /// Of several, the one of the lowest value.
    private func defaultClass() throws(APIError) -> Object? {
        do {
            return try store.list(Self.priorityClasses, ListQuery()).items.filter { $0.mentions("globalDefault") }.map {
                $0.decoded()
            }
            .filter { $0["globalDefault"]?.bool == true }.min { ($0["value"]?.integer ?? 0) < ($1["value"]?.integer ?? 0) }
        } catch {
            throw APIError(error)
        }
    }

    private static func forbidden(_ pod: Object, _ why: String) -> APIError {
        APIError(
            code: 403, reason: .forbidden, message: "pods \"\(pod.name)\" is forbidden: \(why)",
            details: .init(name: pod.name, kind: "pods"))
    }

    // MARK: Tolerations

    private func addTolerations(to pod: inout Object) {
        var tolerations = pod.spec.list("tolerations")
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let isTolerated = tolerations.contains { toleration in
                [key, ""].contains(toleration.text("key")) && ["NoExecute", ""].contains(toleration.text("effect"))
            }
            guard !isTolerated else { continue }
            tolerations.append([
                "key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": Self.tolerationSeconds,
            ])
        }
        pod.spec["tolerations"] = .array(tolerations)
    }
}
