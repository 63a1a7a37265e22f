import ArgumentParser
import Client
import Kubernetes

/// `flotilla describe`: an object of the control plane or of a member, field by field, and its events.
struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show details of a specific resource in the control plane or a member cluster.")

    @Argument(help: ArgumentHelp("What kind of object.", valueName: "resource"))
    var resource: String

    @Argument(help: ArgumentHelp("Which of them.", valueName: "name"))
    var name: String

    @OptionGroup var controlPlane: ControlPlaneOptions
    @OptionGroup var scope: ClusterScopeOptions

    @Option(name: [.short, .long], help: ArgumentHelp("The namespace to look in.", valueName: "namespace"))
    var namespace = "default"

    func run() async throws {
        let place = try await scope.place(in: try controlPlane.configuration())
        try await withClient(place.configuration) { client in
            let resource = try await client.resource(named: resource)
            let key = ObjectKey(namespace: resource.isNamespaced ? namespace : "", name: name)
            let object = try await client.get(resource.resource, key).decoded()
            let events = try await client.list(
                GroupVersionResource(group: "", version: "v1", resource: "events"),
                ListOptions(
                    namespace: key.namespace.isEmpty ? "default" : key.namespace,
                    fieldSelector: "involvedObject.name=\(name),involvedObject.uid=\(object.uid)"))
            print(Self.description(of: object, events.items.map { $0.decoded() }))
        }
    }

    /// Fields in the way of `kubectl describe` for kinds that it does not know.
    static func description(of object: Object, _ events: [Object]) -> String {
        var lines = ["Name:         \(object.name)", "Namespace:    \(object.namespace)"]
        for (title, map) in [("Labels:", object.labels), ("Annotations:", object.annotations)] {
            let pairs = map.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let padded = title + String(repeating: " ", count: 14 - title.count)
            lines.append(padded + (pairs.first ?? "<none>"))
            lines += pairs.dropFirst().map { String(repeating: " ", count: 14) + $0 }
        }
        lines += ["API Version:  \(object.apiVersion)", "Kind:         \(object.kind)"]
        for (name, value) in object.json.object ?? [:] where !["apiVersion", "kind", "metadata"].contains(name) {
            lines += Self.lines(title(name), value, indentation: "")
        }
        guard !events.isEmpty else { return (lines + ["Events:  <none>"]).joined(separator: "\n") }
        let table = Table(
            ["TYPE", "REASON", "FROM", "MESSAGE"],
            events.map { event in
                [
                    event["type"]?.string ?? "", event["reason"]?.string ?? "", event["source", "component"]?.string ?? "",
                    event["message"]?.string ?? "",
                ]
            })
        return (lines + ["Events:", table.description]).joined(separator: "\n")
    }

    private static func lines(_ title: String, _ value: JSON, indentation: String) -> [String] {
        switch value {
        case .object(let fields):
            return ["\(indentation)\(title):"]
                + fields.flatMap { lines(self.title($0.key), $0.value, indentation: indentation + "  ") }
        case .array(let items):
            return ["\(indentation)\(title):"]
                + items.flatMap { item -> [String] in
                    guard case .object(let fields) = item else { return ["\(indentation)  \(text(item))"] }
                    return fields.flatMap { lines(self.title($0.key), $0.value, indentation: indentation + "  ") }
                }
        default: return ["\(indentation)\(title):  \(text(value))"]
        }
    }

    private static func text(_ value: JSON) -> String { value.string ?? value.description }

    /// `lastTransitionTime` → `Last Transition Time`.
    private static func title(_ name: String) -> String {
        var title = ""
        for character in name {
            if character.isUppercase, title.last?.isLowercase == true { title.append(" ") }
            title.append(title.isEmpty ? Character(character.uppercased()) : character)
        }
        return title
    }
}
