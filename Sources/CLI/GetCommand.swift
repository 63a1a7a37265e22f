import ArgumentParser
import Client
import Kubernetes

/// `flotilla get`: shows objects of the control plane and of the members, as tables that their servers make.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Display one or many resources.",
        discussion: """
            Resources go by their plural name, their kind, a short name or PLURAL.GROUP: clusters, deployment, deploy, \
            works.work.karmada.io; several are separated by commas.
            """)

    enum Output: String, ExpressibleByArgument, CaseIterable { case wide, json, yaml, name }

    @Argument(help: ArgumentHelp("What kind of objects.", valueName: "resource"))
    var resource: String

    @Argument(help: ArgumentHelp("Which of them; without, all.", valueName: "name"))
    var name: String?

    @OptionGroup var controlPlane: ControlPlaneOptions
    @OptionGroup var scope: ClusterScopeOptions

    @Option(name: [.short, .long], help: ArgumentHelp("The namespace to look in.", valueName: "namespace"))
    var namespace = "default"

    @Flag(name: [.customShort("A"), .customLong("all-namespaces")], help: "List the objects of all namespaces.")
    var isEverywhere = false

    @Option(
        name: [.customShort("l"), .customLong("labels")],
        help: ArgumentHelp("Only objects with these labels.", valueName: "selector"))
    var selector: String?

    @Option(name: [.short, .long], help: "Output format.")
    var output: Output?

    private var kinds: [String] { resource.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }

    func validate() throws {
        if kinds.contains("") { throw ValidationError("resource \"\(resource)\": the name of a resource must not be empty.") }
        if name != nil, isEverywhere { throw ValidationError("a resource cannot be retrieved by name across all namespaces.") }
        if name != nil, selector != nil { throw ValidationError("a name and --labels exclude each other.") }
    }

    /// What one place answered.
    private struct Answer: Sendable {
        var place: Place
        var resource: APIResource
        var body: JSON
    }

    func run() async throws {
        let places = try await scope.places(in: try controlPlane.configuration())
        var answers: [[Answer]] = []
        for kind in kinds { answers.append(try await places.answers { try await ask($0, for: kind) }) }
        answers.removeAll(where: \.isEmpty)
        guard !answers.isEmpty else { throw CommandFailure("nothing was found") }
        show(answers, isMerged: places.count > 1 || places.first?.cluster != nil)
    }

    private func ask(_ place: Place, for kind: String) async throws -> Answer {
        try await withClient(place.configuration) { client in
            let resource = try await client.resource(named: kind)
            return Answer(place: place, resource: resource, body: try await request(resource, of: client))
        }
    }

    private func request(_ resource: APIResource, of client: HTTPObjectClient) async throws -> JSON {
        let scope = resource.isNamespaced && !isEverywhere ? namespace : nil
        var path = resource.resource.path(namespace: scope, name: name)
        if let selector { path += Query([("labelSelector", selector)]).text }
        let isTable = output == nil || output == .wide
        let accept = isTable ? "application/json;as=Table;v=v1;g=meta.k8s.io, application/json" : "application/json"
        return try await client.json(HTTPCall("GET", path, headers: [("Accept", accept)]))
    }

    /// - Parameters:
    ///   - answers: by kind; of each at least one.
    ///   - isMerged: whether the reader has to be told which cluster is meant.
    private func show(_ answers: [[Answer]], isMerged: Bool) {
        let all = answers.flatMap(\.self)
        switch output {
        case nil, .wide:
            let tables = answers.map { table(of: $0, isMerged: isMerged) }.filter { !$0.isEmpty }
            if tables.isEmpty {
                complain(
                    all[0].resource.isNamespaced && !isEverywhere
                        ? "No resources found in \(namespace) namespace." : "No resources found")
            } else {
                print(tables.map(\.description).joined(separator: "\n\n"))
            }
        case .json: print(document(all, isMerged: isMerged).prettyPrinted())
        case .yaml: print(YAML.encode(document(all, isMerged: isMerged)), terminator: "")
        case .name:
            for answer in all {
                let group = answer.resource.resource.group
                let prefix = answer.resource.kind.kind.lowercased() + (group.isEmpty ? "" : ".\(group)")
                for item in answer.body["items"]?.array ?? [answer.body] { print("\(prefix)/\(Object(item).name)") }
            }
        }
    }

    private func table(of answers: [Answer], isMerged: Bool) -> Table {
        Table(
            merging: answers.map { answer in
                Table(
                    answer.body, isWide: output == .wide, showsNamespace: answer.resource.isNamespaced && isEverywhere,
                    place: isMerged ? answer.place : nil)
            })
    }

    /// What the only place answered about the only kind, or a list of all, each object with the cluster that it is from.
    private func document(_ answers: [Answer], isMerged: Bool) -> JSON {
        guard isMerged || answers.count > 1 else { return answers[0].body }
        let items = answers.flatMap { answer in
            (answer.body["items"]?.array ?? [answer.body]).map { item in
                var object = Object(item)
                if let cluster = answer.place.cluster {
                    object.annotations["resource.karmada.io/cached-from-cluster"] = cluster
                }
                return object.json
            }
        }
        return ["apiVersion": "v1", "kind": "List", "metadata": ["resourceVersion": ""], "items": .array(items)]
    }
}

extension HTTPObjectClient {
    /// Makes a call that is answered in JSON.
    /// - Throws: `CommandFailure` with what the server says where it refuses.
    func json(_ call: HTTPCall) async throws -> JSON {
        let answer = try await request(call)
        guard 200..<300 ~= answer.status else { throw CommandFailure(answer) }
        return (try? JSON(parsing: answer.body)) ?? .null
    }
}
