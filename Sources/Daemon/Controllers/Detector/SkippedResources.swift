import Client
import Kubernetes
import Synchronization

/// What is never propagated: the control plane's own resources, and what `--skipped-propagating-apis` and
/// `--skipped-propagating-namespaces` add.
struct SkippedResources: Sendable {
    private var groups: Set<String> = [
        "cluster.karmada.io", "policy.karmada.io", "work.karmada.io", "config.karmada.io", "networking.karmada.io",
        "autoscaling.karmada.io", "remedy.karmada.io", "apps.karmada.io", "events.k8s.io",
    ]
    private var groupVersions: Set<GroupVersion> = [GroupVersion(group: "coordination.k8s.io", version: "v1")]
    private var kinds: Set<GroupVersionKind> = [GroupVersionKind(group: "", version: "v1", kind: "Event")]

    /// - Parameter apis: the value of `--skipped-propagating-apis`.
    init(apis: String) throws(ControllerConfigurationError) {
        for token in apis.split(separator: ";") { try skip(token) }
    }

    private mutating func skip(_ token: Substring) throws(ControllerConfigurationError) {
        let parts = token.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1: groups.insert(parts[0])
        case 2 where parts[0] == "v1": skip(kinds: parts[1], group: "", version: "v1")
        case 2: groupVersions.insert(GroupVersion(group: parts[0], version: parts[1]))
        case 3: skip(kinds: parts[2], group: parts[0], version: parts[1])
        default:
            throw ControllerConfigurationError("--skipped-propagating-apis: invalid parameter: \(token)")
        }
    }

    private mutating func skip(kinds list: String, group: String, version: String) {
        for kind in list.split(separator: ",") {
            kinds.insert(GroupVersionKind(group: group, version: version, kind: String(kind)))
        }
    }

    func contains(_ kind: GroupVersionKind) -> Bool {
        groups.contains(kind.group) || groupVersions.contains(kind.groupVersion) || kinds.contains(kind)
    }
}

/// The namespaces whose objects are not propagated.
final class SkippedNamespaces: Sendable {
    /// Expressions that match a whole name. `Regex` is no Sendable type, so it is used under the lock only.
    private let expressions: Mutex<[Regex<AnyRegexOutput>]>

    /// - Parameter patterns: the values of `--skipped-propagating-namespaces`.
    init(_ patterns: [String]) throws(ControllerConfigurationError) {
        var expressions: [Regex<AnyRegexOutput>] = []
        for pattern in patterns {
            guard let expression = try? Regex(pattern) else {
                throw ControllerConfigurationError("--skipped-propagating-namespaces: \"\(pattern)\" is no regular expression")
            }
            expressions.append(expression)
        }
        self.expressions = Mutex(expressions)
    }

    func contains(_ namespace: String) -> Bool {
        if namespace.isEmpty { return false }
        if ReservedNamespace.contains(namespace) { return true }
        return expressions.withLock { $0.contains { namespace.wholeMatch(of: $0) != nil } }
    }
}
