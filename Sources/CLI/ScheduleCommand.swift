import ArgumentParser

/// `flotilla schedule`: schedules the bindings of a file against the clusters of the same file, without any control plane.
struct ScheduleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Schedule bindings offline.",
        discussion: """
            Reads scenarios, one JSON object a line: {"id", "clusters": [Cluster…], "bindings": [{"name", "spec", \
            "status"}…]}; the file may be compressed by gzip. Writes one outcome a binding, in the same order: \
            {"id", "name", "clusters": {cluster: replicas}}, or {"id", "name", "unschedulable": reason}.
            """)

    @Option(help: ArgumentHelp("The scenarios to schedule.", valueName: "file"))
    var scenarios: String

    @Option(help: ArgumentHelp("Where to write the outcomes.", valueName: "file"))
    var out: String

    @Option(help: ArgumentHelp("The scheduler's profiles; without it, the default one.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("repeat"),
        help: ArgumentHelp("Schedule everything so many times, and print how long it took as one JSON line.", valueName: "n"))
    var repetitions: Int?

    @Flag(help: "Add to each outcome how it came about: what each plugin said of each cluster.")
    var explain = false

    @Option(name: [.short, .long], help: "With --explain: print it as tables, too, or leave it in the outcomes' JSON.")
    var output = ReportFormat.json

    func validate() throws {
        if output == .table, !explain { throw ValidationError("--output table is for --explain.") }
        if let repetitions, repetitions < 1 { throw ValidationError("--repeat must be at least 1.") }
    }

    func run() throws {
        let run = try ScheduleRun(configuration: config, isExplaining: explain, printsExplanations: output == .table)
        let timings = try run.schedule(scenarios, to: out, repetitions: repetitions)
        if let timings { print(timings) }
    }
}
