import ArgumentParser
import Client
import Glibc
import Kubernetes

/// The user's command line. Exit status 0 on success, 1 on failure with one line on standard error, 2 on wrong usage.
@main
struct Flotilla: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flotilla",
        abstract: "Runs applications across many Kubernetes clusters from one control plane.",
        subcommands: [
            GetCommand.self, DescribeCommand.self, LogsCommand.self, ExecCommand.self, TopCommand.self, CordonCommand.self,
            UncordonCommand.self, TaintCommand.self, PromoteCommand.self, JoinCommand.self, UnjoinCommand.self, TokenCommand.self,
            RegisterCommand.self, UnregisterCommand.self, ExplainCommand.self, SimulateCommand.self, TimelineCommand.self,
            ScheduleCommand.self, InterpretCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            switch exitCode(for: error) {
            case .success:
                print(fullMessage(for: error))  // --help
                Glibc.exit(0)
            case .validationFailure:
                complain(fullMessage(for: error))
                Glibc.exit(2)
            default:
                complain("error: \(message(for: error))")
                Glibc.exit(1)
            }
        }
    }
}

/// What a command says at its end that was to check only.
let dryRunNotice = "nothing was changed (dry run)"

/// Says something on standard error.
func complain(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// Why a command failed, in words for its user.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Of a server that refuses.
    init(_ answer: HTTPAnswer) {
        let error = (try? JSON(parsing: answer.body)).flatMap(APIError.init(status:))
        description = error?.message ?? "the server answered with status \(answer.status)"
    }
}
