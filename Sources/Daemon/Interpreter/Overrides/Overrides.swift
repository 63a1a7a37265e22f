import Kubernetes

/// The override policies of a control plane, ready to be applied to the objects that go to its members.
///
/// ClusterOverridePolicies come first, then the OverridePolicies of the object's namespace. Among each, the policy that
/// describes the object more closely comes later and so has the last word: by kind before by label before by name, and in the
/// order of their names where they are equal. A policy's rules apply in their order.
public struct Overrides: Sendable {
    private let clusterPolicies: [OverridePolicy]
    private let policies: [String: [OverridePolicy]]

    /// - Parameter policies: of both kinds, in any order.
    public init(_ policies: [OverridePolicy]) {
        let sorted = policies.sorted { $0.key < $1.key }
        clusterPolicies = sorted.filter(\.isClusterScoped)
        self.policies = Dictionary(grouping: sorted.filter { !$0.isClusterScoped }, by: \.key.namespace)
    }

    /// Changes the object to what it shall be in the cluster. On an error the object is left as it was.
    ///
    /// - Returns: what was applied, in order.
    public func apply(to object: inout Object, for cluster: Cluster) throws(OverrideError) -> AppliedOverrides {
        var result = object
        var applied = AppliedOverrides()
        applied.clusterScoped = try Self.apply(clusterPolicies, to: &result, for: cluster)
        if let policies = policies[object.namespace], !object.namespace.isEmpty {
            applied.namespaced = try Self.apply(policies, to: &result, for: cluster)
        }
        object = result
        return applied
    }

    /// Which policies match is decided before the first of them changes the object.
    private static func apply(
        _ policies: [OverridePolicy], to object: inout Object, for cluster: Cluster
    ) throws(OverrideError) -> [AppliedOverrides.Item] {
        var matching: [(policy: OverridePolicy, fit: ResourceSelector.Fit)] = []
        for policy in policies {
            let fit = policy.fit(object)
            if fit != .none { matching.append((policy, fit)) }
        }
        // A stable sort, and the policies are in the order of their names.
        matching.sort { $0.fit < $1.fit }

        var applied: [AppliedOverrides.Item] = []
        for (policy, _) in matching {
            for rule in policy.rules where rule.targetCluster?.matches(cluster) ?? true {
                do {
                    try rule.overriders.apply(to: &object)
                } catch {
                    throw OverrideError(policy: policy.key, message: error.description)
                }
                applied.append(AppliedOverrides.Item(policy: policy.key, overriders: rule.overriders.json))
            }
        }
        return applied
    }
}

/// Which policies changed an object.
public struct AppliedOverrides: Sendable, Equatable {
    public struct Item: Sendable, Equatable {
        public var policy: ObjectKey
        /// As the policy has them.
        public var overriders: JSON
    }

    /// ClusterOverridePolicies, in the order in which they were applied.
    public var clusterScoped: [Item] = []
    /// OverridePolicies, in the order in which they were applied.
    public var namespaced: [Item] = []

    public init() {}

    public var isEmpty: Bool { clusterScoped.isEmpty && namespaced.isEmpty }

    /// The annotations by which a Work tells what was applied: JSON, in the order of the policies' names. None where nothing
    /// was.
    public var annotations: [String: String] {
        var annotations: [String: String] = [:]
        annotations["policy.karmada.io/applied-cluster-overrides"] = Self.text(clusterScoped)
        annotations["policy.karmada.io/applied-overrides"] = Self.text(namespaced)
        return annotations
    }

    private static func text(_ items: [Item]) -> String? {
        if items.isEmpty { return nil }
        let list = items.sorted { $0.policy.name < $1.policy.name }.map { item -> JSON in
            ["policyName": .string(item.policy.name), "overriders": item.overriders]
        }
        return JSON.array(list).description
    }
}

/// Why a policy could not be applied to an object.
public struct OverrideError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Without a namespace for a ClusterOverridePolicy.
    public var policy: ObjectKey
    public var message: String

    public init(policy: ObjectKey, message: String) {
        self.policy = policy
        self.message = message
    }

    public var description: String {
        "\(policy.namespace.isEmpty ? "cluster override policy" : "override policy") \(policy): \(message)"
    }
}
