import ArgumentParser
import Client
import Kubernetes

/// `flotilla get`: shows objects of the control plane, as tables that the server makes.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Display one or many resources.",
        discussion: "Resources go by their plural name, their kind or PLURAL.GROUP: clusters, deployment, works.work.karmada.io.")

    enum Output: String, ExpressibleByArgument, CaseIterable { case wide, json, yaml, name }

    @Argument(help: ArgumentHelp("What kind of objects.", valueName: "resource"))
    var resource: String

    @Argument(help: ArgumentHelp("Which of them; without, all.", valueName: "name"))
    var name: String?

    @OptionGroup var controlPlane: ControlPlaneOptions

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

    func validate() throws {
        if name != nil, isEverywhere { throw ValidationError("a resource cannot be retrieved by name across all namespaces.") }
        if name != nil, selector != nil { throw ValidationError("a name and --labels exclude each other.") }
    }

    func run() async throws {
        let configuration = try controlPlane.configuration()
        try await withClient(configuration) { client in
            let resource = try await client.resource(named: resource)
            let answer = try await request(resource, of: client)
            show(answer, resource)
        }
    }

    private func request(_ resource: APIResource, of client: HTTPObjectClient) async throws -> JSON {
        let scope = resource.isNamespaced && !isEverywhere ? namespace : nil
        var path = resource.resource.path(namespace: scope, name: name)
        if let selector { path += "?labelSelector=\(Self.percentEncoded(selector))" }
        let isTable = output == nil || output == .wide
        let accept = isTable ? "application/json;as=Table;v=v1;g=meta.k8s.io, application/json" : "application/json"
        let answer = try await client.request(HTTPCall("GET", path, headers: [("Accept", accept)]))
        let body = (try? JSON(parsing: answer.body)) ?? .null
        guard answer.status == 200 else {
            guard let error = APIError(status: body) else {
                throw CommandFailure("the server answered with status \(answer.status)")
            }
            throw CommandFailure(error.message)
        }
        return body
    }

    private func show(_ answer: JSON, _ resource: APIResource) {
        switch output {
        case nil, .wide:
            let table = Table(answer, isWide: output == .wide, showsNamespace: resource.isNamespaced && isEverywhere)
            if table.isEmpty {
                complain(
                    resource.isNamespaced && !isEverywhere
                        ? "No resources found in \(namespace) namespace." : "No resources found")
            } else {
                print(table)
            }
        case .json:
            print(answer.prettyPrinted())
        case .yaml:
            print(YAML.encode(answer), terminator: "")
        case .name:
            let prefix = resource.resource.group.isEmpty ? "" : ".\(resource.resource.group)"
            for item in answer["items"]?.array ?? [answer] {
                print("\(resource.kind.kind.lowercased())\(prefix)/\(Object(item).name)")
            }
        }
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            if byte < 128, character.isLetter || character.isNumber || "-._~".contains(character) { return String(character) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
