import ArgumentParser
import Client
import Kubernetes

/// A pod as users name it: NAME, pod/NAME, or something that has pods (deployment/NAME, service/NAME), for one of those.
struct PodReference: ExpressibleByArgument {
    private let type: String?
    private let name: String

    private static let resource = GroupVersionResource(group: "", version: "v1", resource: "pods")

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), !parts.contains("") else { return nil }
        type = parts.count == 2 && !["pod", "pods", "po"].contains(parts[0]) ? parts[0] : nil
        name = parts[parts.count - 1]
    }

    /// The path of a subresource of the pod.
    func path(_ subresource: String, in namespace: String, _ query: Query, by client: HTTPObjectClient) async throws -> String {
        let name = try await name(in: namespace, by: client)
        return Self.resource.path(namespace: namespace, name: name, subresource: subresource) + query.text
    }

    private func name(in namespace: String, by client: HTTPObjectClient) async throws -> String {
        guard let type else { return name }
        let owner = try await client.resource(named: type)
        let object = try await client.get(owner.resource, ObjectKey(namespace: namespace, name: name)).decoded()
        let labels = (object.spec["selector", "matchLabels"] ?? object.spec["selector"])?.stringMap ?? [:]
        guard !labels.isEmpty else { throw CommandFailure("\(type)/\(name) selects no pods") }
        let selector = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        let pods = try await client.list(Self.resource, ListOptions(namespace: namespace, labelSelector: selector)).items
        let running = pods.first { $0.decoded().status["phase"]?.string == "Running" }
        guard let pod = running ?? pods.first else { throw CommandFailure("\(type)/\(name) has no pods") }
        return pod.key.name
    }
}
