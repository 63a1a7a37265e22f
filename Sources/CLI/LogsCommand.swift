import ArgumentParser
import Client
import Kubernetes
import NIOCore

/// `flotilla logs`: what a container of a pod in a member says.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print the logs for a container in a pod in a member cluster.")

    @Argument(help: ArgumentHelp("The pod: NAME, or TYPE/NAME for one of those that something has.", valueName: "pod"))
    var pod: PodReference

    @OptionGroup var controlPlane: ControlPlaneOptions
    @OptionGroup var scope: ClusterScopeOptions

    @Option(name: [.short, .long], help: ArgumentHelp("The pod's namespace.", valueName: "namespace"))
    var namespace = "default"

    @Option(name: [.short, .long], help: ArgumentHelp("The container, where the pod has several.", valueName: "container"))
    var container: String?

    @Flag(name: [.short, .long], help: "Go on with what it says later.")
    var follow = false

    @Flag(name: [.short, .long], help: "Of the container's last run instead.")
    var previous = false

    @Flag(help: "Begin each line with its time.")
    var timestamps = false

    @Option(help: ArgumentHelp("Only the last lines.", valueName: "number"))
    var tail: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Only what is newer than this.", valueName: "duration"))
    var since: GoDuration?

    func validate() throws {
        try scope.requirePlace()
        try since?.validate("--since")
    }

    func run() async throws {
        let place = try await scope.place(in: try controlPlane.configuration())
        var query = Query([("follow", "\(follow)"), ("previous", "\(previous)"), ("timestamps", "\(timestamps)")])
        if let container { query.add("container", container) }
        if let tail { query.add("tailLines", "\(tail)") }
        if let since { query.add("sinceSeconds", "\(since.duration.components.seconds)") }
        try await withClient(place.configuration) { [query] client in
            let answer = try await client.relay(HTTPCall("GET", try await pod.path("log", in: namespace, query, by: client)))
            guard answer.status == 200 else { throw try await Self.failure(answer) }
            for try await chunk in answer.body { Terminal.show(chunk) }
        }
    }

    private static func failure(_ answer: RelayedAnswer) async throws -> CommandFailure {
        var body: [UInt8] = []
        for try await chunk in answer.body where body.count < 65_536 { body += chunk.readableBytesView }
        return CommandFailure(HTTPAnswer(status: answer.status, headers: answer.headers, body: body))
    }
}
