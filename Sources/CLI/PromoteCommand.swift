import ArgumentParser
import Client
import Interpreter
import Kubernetes

/// `flotilla promote`: takes a resource that a member has into the control plane, which manages it from then on.
struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Promote resources from legacy clusters to the control plane.")

    @Argument(help: ArgumentHelp("What kind of object.", valueName: "resource"))
    var resource: String

    @Argument(help: ArgumentHelp("Which of them.", valueName: "name"))
    var name: String

    @OptionGroup var controlPlane: ControlPlaneOptions

    @Option(
        name: [.customShort("C"), .customLong("cluster")],
        help: ArgumentHelp("The cluster that has it.", valueName: "cluster"))
    var cluster: String

    @Option(name: [.short, .long], help: ArgumentHelp("The namespace to look in.", valueName: "namespace"))
    var namespace = "default"

    @Flag(inversion: .prefixedNo, help: "Make the policy that keeps it in the cluster.")
    var autoCreatePolicy = true

    @Option(help: ArgumentHelp("What the policy is to be called; NAME-KIND without.", valueName: "name"))
    var policyName: String?

    @Flag(name: .customLong("dry-run"), help: "Print what would be created, and create nothing.")
    var isDryRun = false

    func run() async throws {
        let configuration = try controlPlane.configuration()
        let place = Place.member(cluster, of: configuration)
        let (found, object) = try await withClient(place.configuration) { client in
            let found = try await client.resource(named: resource)
            let key = ObjectKey(namespace: found.isNamespaced ? namespace : "", name: name)
            return (found, try await client.get(found.resource, key).decoded())
        }
        let template = template(of: object)
        guard !isDryRun else {
            print(YAML.encode(template.json), terminator: "")
            if autoCreatePolicy { print("---\n" + YAML.encode(policy(for: template, found).json), terminator: "") }
            return
        }
        try await withClient(configuration) { client in
            let resource = try await client.resource(named: found.resource.groupResource.description)
            guard try await client.find(resource.resource, template.key) == nil else {
                throw CommandFailure("\(template.kind) \(template.key) already exists in the control plane")
            }
            if found.isNamespaced {
                if try await client.find(.namespaces, ObjectKey(name: namespace)) == nil {
                    _ = try await client.create(Object(apiVersion: "v1", kind: "Namespace", name: namespace), in: .namespaces)
                }
            }
            _ = try await client.create(template, in: resource.resource)
            if autoCreatePolicy {
                let policies = found.isNamespaced ? PropagationPolicy.resource : PropagationPolicy.clusterResource
                _ = try await client.create(policy(for: template, found), in: policies)
            }
        }
        print("Resource \"\(found.resource)\"(\(template.key)) is promoted successfully")
    }

    /// The object without what its cluster added. The cluster's own is to be taken over, not refused.
    private func template(of object: Object) -> Object {
        var template = Interpreter().prune(object)
        template.json["status"] = nil
        template.annotations["work.karmada.io/conflict-resolution"] = "overwrite"
        return template
    }

    private func policy(for template: Object, _ resource: APIResource) -> Object {
        let kind = resource.isNamespaced ? "PropagationPolicy" : "ClusterPropagationPolicy"
        var policy = Object(
            apiVersion: "policy.karmada.io/v1alpha1", kind: kind, namespace: resource.isNamespaced ? namespace : "",
            name: policyName ?? "\(template.name)-\(template.kind)".lowercased())
        policy.spec = [
            "resourceSelectors": [
                ["apiVersion": .string(template.apiVersion), "kind": .string(template.kind), "name": .string(template.name)]
            ],
            "placement": ["clusterAffinity": ["clusterNames": [.string(cluster)]]],
        ]
        return policy
    }
}
