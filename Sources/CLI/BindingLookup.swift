import ArgumentParser
import Client
import Kubernetes

/// Which binding a command is about: by its resource, or by its own name.
struct BindingOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("deployment, any other kind of resource, or binding.", valueName: "kind"))
    var kind: String

    @Argument(help: ArgumentHelp("The resource's name; for a binding, its own.", valueName: "name"))
    var name: String

    @Option(name: [.short, .long], help: ArgumentHelp("The namespace to look in.", valueName: "namespace"))
    var namespace = "default"

    private static let bindingNames: Set = ["binding", "resourcebinding", "resourcebindings", "rb"]
    private static let clusterBindingNames: Set = ["clusterresourcebinding", "clusterresourcebindings", "crb"]

    func find(_ client: any ObjectClient) async throws -> Object {
        let wanted = kind.lowercased()
        if Self.bindingNames.contains(wanted) {
            return try await client.get(ResourceBinding.resource, ObjectKey(namespace: namespace, name: name)).decoded()
        }
        if Self.clusterBindingNames.contains(wanted) {
            return try await client.get(ResourceBinding.clusterResource, ObjectKey(name: name)).decoded()
        }
        let resource = try await client.resource(named: kind)
        let scope = resource.isNamespaced ? namespace : ""
        let found = try await client.bindings(in: scope).first { binding in
            let reference = ResourceBinding.ObjectReference(binding.spec["resource"] ?? .null)
            return reference.kind == resource.kind.kind && reference.groupVersionKind.group == resource.kind.group
                && reference.key == ObjectKey(namespace: scope, name: name)
        }
        guard let found else {
            throw CommandFailure(
                "\(resource.kind.kind) \(ObjectKey(namespace: scope, name: name)) has no binding: either it does not exist, or "
                    + "no policy selects it")
        }
        return found
    }
}
