import Client
import Interpreter
import Kubernetes

/// The clusters of a simulation, and what there is already beside the files.
struct SimulationWorld {
    var clusters: [Cluster]
    var policies: [PropagationPolicy] = []
    var bindings: [Object] = []

    init(_ client: any ObjectClient) async throws {
        clusters = try await client.memberClusters()
        for resource in [PropagationPolicy.resource, PropagationPolicy.clusterResource] {
            policies += try await client.list(resource, ListOptions()).items.map { PropagationPolicy($0.decoded()) }
        }
        bindings = try await client.bindings()
    }

    init(clustersOf file: String) throws {
        clusters = try Manifest.read(file).map { manifest in
            guard manifest.object.kind == Cluster.kind.kind else { throw manifest.failure("kind", "must be Cluster") }
            return Cluster(manifest.object)
        }
        guard !clusters.isEmpty else { throw CommandFailure("\(file): there is no Cluster in it") }
    }
}

/// What the files of a simulation hold.
struct SimulationInput {
    private var templates: [Manifest] = []
    private var policies: [PropagationPolicy] = []
    private var bindings: [Object] = []
    private let files: [String]

    /// - Parameter namespace: of objects that name none.
    init(_ files: [String], namespace: String) throws {
        self.files = files
        for file in files {
            for var manifest in try Manifest.read(file) {
                switch manifest.object.kind {
                case "PropagationPolicy", "ClusterPropagationPolicy":
                    try manifest.admit(namespace: namespace)
                    policies.append(PropagationPolicy(manifest.object))
                case "ResourceBinding", "ClusterResourceBinding":
                    bindings.append(manifest.object)
                default:
                    try manifest.admit(namespace: namespace)
                    templates.append(manifest)
                }
            }
        }
    }

    /// The bindings to simulate. The files' policies go before those of the world, and so do their bindings.
    func subjects(in world: SimulationWorld) async throws -> [WhatIf.Subject] {
        guard !files.isEmpty else {
            return world.bindings.map(ResourceBinding.init).filter { !$0.isBeingDeleted }.sorted { $0.key < $1.key }
                .map { WhatIf.Subject(binding: $0, existing: $0) }
        }
        guard !templates.isEmpty else {
            throw CommandFailure("\(files.joined(separator: ", ")): there is no resource to propagate")
        }
        var subjects: [WhatIf.Subject] = []
        for template in templates {
            guard
                let policy = Self.policy(for: template.object, among: policies)
                    ?? Self.policy(for: template.object, among: world.policies)
            else {
                throw template.failure("metadata.name", "no policy selects \(template.object.kind) \(template.object.key)")
            }
            let existing = (bindings + world.bindings).first { Self.isBinding($0, of: template.object) }
            do throws(InterpreterError) {
                subjects.append(try await WhatIf.Subject(template.object, policy: policy, existing: existing))
            } catch {
                throw template.failure(error.field, error.message)
            }
        }
        return subjects
    }

    private static func isBinding(_ binding: Object, of template: Object) -> Bool {
        let reference = ResourceBinding.ObjectReference(binding.spec["resource"] ?? .null)
        return reference.groupVersionKind == template.groupVersionKind && reference.key == template.key
    }

    /// The policy that gets the template: its namespace's go before cluster-wide ones.
    private static func policy(for template: Object, among policies: [PropagationPolicy]) -> PropagationPolicy? {
        var best: (policy: PropagationPolicy, fit: ResourceSelector.Fit)?
        for policy in policies where policy.key.namespace.isEmpty || policy.key.namespace == template.namespace {
            let fit = policy.spec.resourceSelectors.fit(template)
            guard fit != .none, !policy.isBeingDeleted else { continue }
            if let best {
                let isSameScope = policy.key.namespace == best.policy.key.namespace
                let precedes =
                    isSameScope
                    ? policy.precedes(best.policy, fit: fit, otherFit: best.fit) : best.policy.key.namespace.isEmpty
                if !precedes { continue }
            }
            best = (policy, fit)
        }
        return best?.policy
    }
}
