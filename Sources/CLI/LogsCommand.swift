import ArgumentParser
import Client
import Glibc
import Kubernetes
import NIOCore

/// `flotilla logs`: what a container of a pod in a member says.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print the logs for a container in a pod in a member cluster.")

    @Argument(help: ArgumentHelp("The pod: NAME or pod/NAME.", valueName: "pod"))
    var pod: String

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

    @Option(help: ArgumentHelp("Only what is newer than this.", valueName: "duration"))
    var since: GoDuration?

    private var name: String {
        for prefix in ["pod/", "pods/", "po/"] where pod.hasPrefix(prefix) { return String(pod.dropFirst(prefix.count)) }
        return pod
    }

    func run() async throws {
        let place = try await scope.place(in: try controlPlane.configuration())
        var query = ["follow=\(follow)", "previous=\(previous)", "timestamps=\(timestamps)"]
        if let container { query.append("container=\(container)") }
        if let tail { query.append("tailLines=\(tail)") }
        if let since { query.append("sinceSeconds=\(since.duration.components.seconds)") }
        let pods = GroupVersionResource(group: "", version: "v1", resource: "pods")
        let path = pods.path(namespace: namespace, name: name, subresource: "log") + "?" + query.joined(separator: "&")
        try await withClient(place.configuration) { client in
            let answer = try await client.relay(HTTPCall("GET", path))
            guard answer.status == 200 else { throw try await Self.failure(answer) }
            for try await chunk in answer.body {
                chunk.withUnsafeReadableBytes { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            }
        }
    }

    private static func failure(_ answer: RelayedAnswer) async throws -> CommandFailure {
        var body: [UInt8] = []
        for try await chunk in answer.body where body.count < 65_536 { body += chunk.readableBytesView }
        let error = (try? JSON(parsing: body)).flatMap(APIError.init(status:))
        return CommandFailure(error?.message ?? "the server answered with status \(answer.status)")
    }
}
