import APIServer
import ArgumentParser
import Kubernetes
import Member

struct MemberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member",
        abstract: "Run a simulated member cluster: a Kubernetes API server with nodes, whose workloads become ready pods.")

    @OptionGroup var server: ServerOptions

    @Option(help: "The cluster's name; its nodes are called NAME-node-1, NAME-node-2, …")
    var name: String

    @Option(help: "How many nodes it has.")
    var nodes = 3

    @Option(help: "CPU of a node.")
    var nodeCpu = Quantity.cores(16)

    @Option(help: "Memory of a node.")
    var nodeMemory = Quantity.gibibytes(64)

    @Option(help: "How many pods a node takes.")
    var nodePods = 110

    @Option(help: "Where the addresses of pods begin, below 10.0.0.0/8.")
    var podNetwork = IPv4.pods

    @Flag(help: "Answer HTTP for the pods, on their containers' ports: for 10.1.2.3 at 127.1.2.3.")
    var servePods = false

    @Option(help: "Region of the nodes.")
    var region = ""

    @Option(help: "Zones of the nodes, which take turns at them; separated by commas.")
    var zone = CommaSeparated([])

    @Flag(help: "Run its API server only: no nodes come, and workloads stay as they were written.")
    var apiOnly = false

    @Option(help: "sqlite keeps its objects in the data directory, memory nowhere.")
    var store = StoreKind.sqlite

    func validate() throws {
        // The rule for names of nodes, which are made of it (RFC 1123, "subdomain"), and shorter than for labels that hold them.
        guard name.wholeMatch(of: /[a-z0-9]([-a-z0-9]{0,46}[a-z0-9])?/) != nil else {
            throw ValidationError(
                "--name: must be 1 to 48 lower case letters, digits or '-', and neither begin nor end with '-'; not \"\(name)\"")
        }
        guard (0...10_000).contains(nodes) else { throw ValidationError("--nodes: must be between 0 and 10000, not \(nodes)") }
        guard podNetwork.rawValue >> 24 == 10 else {
            throw ValidationError("--pod-network: must be below 10.0.0.0/8, not \(podNetwork)")
        }
        guard nodePods >= 1 else { throw ValidationError("--node-pods: must be at least 1, not \(nodePods)") }
    }

    func run() async throws {
        let nodes = NodeSpecification(
            namePrefix: name, count: nodes, cpu: nodeCpu, memory: nodeMemory, ephemeralStorage: .gibibytes(100), pods: nodePods,
            podNetwork: podNetwork, region: region, zones: zone.items)
        let logger = server.logger("member")
        let options = server
        let (store, servesPods, apiOnly) = (store, servePods, apiOnly)
        try await runServer(options, catalog: .member) {
            // A simulation need not outlive its machine.
            try await store.open(in: options.dataDirectory, syncs: false)
        } components: { apiServer in
            let client = apiServer.client(as: .internalComponent("kube-controller-manager"))
            apiServer.extend(by: PodLogs(client: client))
            apiServer.extend(by: PodStreams(client: client))
            apiServer.extend(by: ResourceMetrics(client: client))
            let simulation = Simulation(client: client, nodes: nodes, servesPods: servesPods, logger: logger)
            return apiOnly
                ? [{ await apiServer.runControllers() }] : [{ await simulation.run() }, { await apiServer.runControllers() }]
        }
    }
}

extension IPv4: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    public var defaultValueDescription: String { description }
}

extension Quantity: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    public var defaultValueDescription: String { description }

    fileprivate static func cores(_ count: Int) -> Quantity { Quantity("\(count)") ?? .zero }
    fileprivate static func gibibytes(_ count: Int) -> Quantity { Quantity("\(count)Gi") ?? .zero }
}
