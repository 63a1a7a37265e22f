import ArgumentParser
import Client
import Kubernetes

/// `flotilla timeline`: how a resource moved between clusters, as the events tell it.
struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: "Show how a resource moved between clusters.",
        discussion: """
            Reads the events about the resource, its binding and its clusters from the control plane: when it was scheduled \
            where, which clusters were tainted, when it was applied and purged.
            """)

    enum Output: String, ExpressibleByArgument, CaseIterable { case table, svg }

    @OptionGroup var binding: BindingOptions

    @OptionGroup var controlPlane: ControlPlaneOptions

    @Option(parsing: .unconditional, help: ArgumentHelp("Only what happened since so long ago.", valueName: "duration"))
    var since: GoDuration?

    @Option(name: [.short, .long], help: "Output format.")
    var output = Output.table

    func validate() throws { try since?.validate("--since") }

    private static let events = GroupVersionResource(group: "", version: "v1", resource: "events")

    func run() async throws {
        let configuration = try controlPlane.configuration()
        try await withClient(configuration) { client in
            let object = try await binding.find(client)
            let now = Timestamp.now()
            let events = try await client.list(Self.events, ListOptions()).items.map { $0.decoded() }.filter { event in
                guard let since, let time = event["lastTimestamp"]?.string.flatMap({ Timestamp($0) }) else { return true }
                return now - time <= since.duration
            }
            let timeline = Timeline(ResourceBinding(object), events: events)
            guard !timeline.moments.isEmpty else { throw CommandFailure("there are no events about it") }
            switch output {
            case .svg: print(TimelinePicture(timeline, now: now))
            case .table:
                print(
                    Table(
                        ["TIME", "CLUSTER", "WHAT"],
                        timeline.moments.map { [$0.time.description, $0.cluster ?? "", $0.text] }))
            }
        }
    }
}
