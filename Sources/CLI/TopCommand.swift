import ArgumentParser
import Client
import Kubernetes

/// `flotilla top`: what nodes and pods of members use, as their metrics servers say.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Display resource (CPU/memory) usage of member clusters.",
        subcommands: [TopPods.self, TopNodes.self])
}

/// What both have in common.
struct UsageOptions: ParsableArguments {
    enum Order: String, ExpressibleByArgument, CaseIterable { case cpu, memory }

    @Argument(help: ArgumentHelp("Which; without, all.", valueName: "name"))
    var name: String?

    @OptionGroup var controlPlane: ControlPlaneOptions
    @OptionGroup var scope: ClusterScopeOptions

    @Option(name: [.short, .customLong("selector")], help: ArgumentHelp("Only those with these labels.", valueName: "selector"))
    var labels: String?

    @Option(help: "Who uses most of it comes first.")
    var sortBy: Order?

    @Flag(help: "Print output without headers.")
    var noHeaders = false

    func validate() throws {
        if name != nil, labels != nil { throw ValidationError("only one of NAME or --selector can be provided") }
        if let scope = scope.scope, scope != .members { throw ValidationError("--operation-scope: only members have metrics.") }
    }

    /// What the members that are meant say of a resource of `metrics.k8s.io`; without clusters named, all do.
    func metrics(_ resource: String, namespace: String? = nil, fields: String? = nil) async throws -> [(Place, [Object])] {
        let path = GroupVersionResource(group: "metrics.k8s.io", version: "v1beta1", resource: resource)
            .path(namespace: namespace, name: name)
        var query = Query()
        if let labels { query.add("labelSelector", labels) }
        if let fields { query.add("fieldSelector", fields) }
        return try await scope.members(in: try controlPlane.configuration()).answers { [query] place in
            try await withClient(place.configuration) { client in
                let answer = try await client.request(HTTPCall("GET", path + query.text))
                let body = (try? JSON(parsing: answer.body)) ?? .null
                guard answer.status == 200 else {
                    // A server without the API does not say what kind of thing it misses.
                    let isMissing = answer.status == 404 && body["details", "kind"] == nil
                    throw isMissing ? CommandFailure("Metrics API not available") : CommandFailure(answer)
                }
                return (place, (body["items"]?.array ?? [body]).map { Object($0) })
            }
        }
    }

    func show(_ headings: [String], _ rows: [UsageRow], isSummed: Bool = false) {
        guard !rows.isEmpty else { return complain("No resources found") }
        let sorted = rows.sorted { left, right in
            switch sortBy {
            case .cpu where left.usage.cpu != right.usage.cpu: left.usage.cpu > right.usage.cpu
            case .memory where left.usage.memory != right.usage.memory: left.usage.memory > right.usage.memory
            default: left.titles.lexicographicallyPrecedes(right.titles)
            }
        }
        var cells = sorted.map(\.cells)
        if isSummed {
            let total = rows.reduce(into: Usage()) { $0 += $1.usage }
            let blank = Array(repeating: "", count: headings.count - 2)
            cells += [blank + ["________", "________"], blank + total.cells]
        }
        print(Table(headings, cells, showsHeadings: !noHeaders))
    }
}

/// What something uses: thousandths of a core, bytes.
struct Usage: Equatable {
    var cpu: Int64 = 0
    var memory: Int64 = 0

    init() {}

    /// Of a `ResourceList`.
    init(_ list: JSON?) {
        cpu = list?["cpu"]?.string.flatMap { Quantity($0) }?.milliValue ?? 0
        memory = list?["memory"]?.string.flatMap { Quantity($0) }?.value ?? 0
    }

    static func += (left: inout Self, right: Self) {
        left.cpu += right.cpu
        left.memory += right.memory
    }

    var cells: [String] { ["\(cpu)m", "\(memory / (1 << 20))Mi"] }

    /// With the parts of what there is.
    func cells(outOf available: Usage) -> [String] {
        func percent(_ used: Int64, _ all: Int64) -> String {
            all > 0 ? "\(Int(Double(used) / Double(all) * 100))%" : "<unknown>"
        }
        return [cells[0], percent(cpu, available.cpu), cells[1], percent(memory, available.memory)]
    }
}

struct UsageRow {
    /// Names of what and where.
    var titles: [String]
    var usage: Usage
    /// What there is of it, where that is shown.
    var available: Usage?

    fileprivate var cells: [String] { titles + (available.map { usage.cells(outOf: $0) } ?? usage.cells) }
}

struct TopPods: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pod", abstract: "Display resource (CPU/memory) usage of pods of member clusters.", aliases: ["pods", "po"])

    @OptionGroup var options: UsageOptions

    @Option(name: [.short, .long], help: ArgumentHelp("The namespace to look in.", valueName: "namespace"))
    var namespace = "default"

    @Flag(name: [.customShort("A"), .customLong("all-namespaces")], help: "Of all namespaces.")
    var isEverywhere = false

    @Option(help: ArgumentHelp("Only those with these fields.", valueName: "selector"))
    var fieldSelector: String?

    @Flag(help: "Print usage of containers within a pod.")
    var containers = false

    @Flag(help: "Print the sum of the resource usage.")
    var sum = false

    func run() async throws {
        let metrics = try await options.metrics("pods", namespace: isEverywhere ? nil : namespace, fields: fieldSelector)
        let rows = metrics.flatMap { place, pods in pods.flatMap { usage(of: $0, place) } }
        let headings = (isEverywhere ? ["NAMESPACE"] : []) + (containers ? ["POD"] : [])
        options.show(headings + ["NAME", "CLUSTER", "CPU(cores)", "MEMORY(bytes)"], rows, isSummed: sum)
    }

    private func usage(of pod: Object, _ place: Place) -> [UsageRow] {
        let parts = (pod.json["containers"]?.array ?? []).map { ($0["name"]?.string ?? "", Usage($0["usage"])) }
        let namespace = isEverywhere ? [pod.namespace] : []
        guard !containers else {
            return parts.map { UsageRow(titles: namespace + [pod.name, $0, place.title], usage: $1) }
        }
        return [UsageRow(titles: namespace + [pod.name, place.title], usage: parts.reduce(into: Usage()) { $0 += $1.1 })]
    }
}

struct TopNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Display resource (CPU/memory) usage of nodes of member clusters.",
        aliases: ["nodes", "no"])

    @OptionGroup var options: UsageOptions

    @Flag(help: "Print node resources based on Capacity instead of Allocatable (default) of the nodes.")
    var showCapacity = false

    private static let nodes = GroupVersionResource(group: "", version: "v1", resource: "nodes")

    func run() async throws {
        var rows: [UsageRow] = []
        for (place, metrics) in try await options.metrics("nodes") {
            let nodes = try await withClient(place.configuration) { try await $0.list(Self.nodes, ListOptions()).items }
            let available = Dictionary(
                nodes.map { node in
                    (node.key.name, Usage(node.decoded().status[showCapacity ? "capacity" : "allocatable"]))
                }, uniquingKeysWith: { $1 })
            rows += metrics.map { node in
                UsageRow(
                    titles: [node.name, place.title], usage: Usage(node.json["usage"]), available: available[node.name] ?? Usage())
            }
        }
        options.show(["NAME", "CLUSTER", "CPU(cores)", "CPU%", "MEMORY(bytes)", "MEMORY%"], rows)
    }
}
