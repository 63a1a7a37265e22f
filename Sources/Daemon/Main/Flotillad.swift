import ArgumentParser
import Foundation

/// The daemon's command line. Exit status 0 on success, 1 on failure with one line on standard error, 2 on wrong usage.
@main
struct Flotillad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flotillad",
        abstract: "Flotilla's daemon: a multi-cluster control plane, the agent of a member, or a simulated member cluster.",
        subcommands: [
            ServeCommand.self, AgentCommand.self, EstimatorCommand.self, MemberCommand.self, BackupCommand.self,
            RestoreCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let status = exitCode(for: error)
            switch status {
            case .success: print(fullMessage(for: error))  // --help
            case .validationFailure: complain(fullMessage(for: error))
            default: complain("flotillad: \(message(for: error))")
            }
            exit(status: status)
        }
    }

    private static func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    private static func exit(status: ExitCode) -> Never {
        Foundation.exit(status == .success ? 0 : status == .validationFailure ? 2 : 1)
    }
}
