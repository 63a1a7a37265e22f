import Foundation
import Synchronization

/// `Fuzz TARGET|all [--seconds N] [--seed N]`: feeds mutated inputs to one parser after the other. A crash ends the process, a hang
/// is ended by a watchdog; both leave the input and the seed that leads to it.
struct Options {
    var targets = Target.all
    var seconds = 600.0
    var seed = UInt64.random(in: 0...UInt64.max)

    init() throws {
        var arguments = CommandLine.arguments.dropFirst()
        func value<T: LosslessStringConvertible>(of name: String) throws -> T {
            guard let text = arguments.popFirst(), let value = T(text) else { throw Usage(text: "\(name) needs a number") }
            return value
        }
        while let argument = arguments.popFirst() {
            switch argument {
            case "all": break
            case "--seconds": seconds = try value(of: argument)
            case "--seed": seed = try value(of: argument)
            default:
                targets = Target.all.filter { $0.name == argument }
                guard !targets.isEmpty else { throw Usage(text: "no target \(argument)") }
            }
        }
    }
}

struct Usage: Error { var text: String }

/// Ends the process when an input takes too long.
final class Watchdog: Sendable {
    private static let limit = Duration.seconds(10)
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    init() {
        Thread.detachNewThread {
            while true {
                Thread.sleep(forTimeInterval: 0.5)
                let begin = self.since.withLock { $0 }
                guard let begin, ContinuousClock.now - begin > Self.limit else { continue }
                complain("hang: the input above takes more than \(Self.limit)")
                abort()
            }
        }
    }

    func watch(_ body: () -> Void) {
        since.withLock { $0 = .now }
        body()
        since.withLock { $0 = nil }
    }
}

func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// Runs one target until the time is up. The last input is kept in `file`, so that it is there after a crash.
func fuzz(_ target: Target, _ options: Options, _ watchdog: Watchdog, file: String) {
    let end = ContinuousClock.now + .seconds(options.seconds)
    var mutator = Mutator(seed: options.seed, dictionary: target.dictionary)
    var corpus = target.seeds.map { Array($0.utf8) } + target.binarySeeds
    let own = corpus.count
    guard let output = fopen(file, "w+") else { return complain("\(file): cannot be written") }
    defer { fclose(output) }
    setvbuf(output, nil, _IONBF, 0)
    var runs = 0
    var accepted = 0
    while ContinuousClock.now < end {
        let input = mutator.mutate(corpus)
        rewind(output)
        ftruncate(fileno(output), 0)
        fwrite(input, 1, input.count, output)
        var isAccepted = false
        watchdog.watch { isAccepted = target.run(input) }
        runs += 1
        guard isAccepted else { continue }
        accepted += 1
        // What is taken leads further than what is refused at once.
        if corpus.count < own + 512 { corpus.append(input) } else { corpus[own + runs % 512] = input }
    }
    unlink(file)
    say("\(target.name): \(runs) inputs, \(accepted) of them accepted, no crash, no hang")
}

do {
    let options = try Options()
    let watchdog = Watchdog()
    for target in options.targets {
        let file = "fuzz-\(target.name)-\(options.seed).input"
        say("\(target.name): seed \(options.seed); \(file) has the last input after a crash")
        fuzz(target, options, watchdog, file: file)
    }
} catch let usage as Usage {
    complain("\(usage.text)\nusage: Fuzz [all|\(Target.all.map(\.name).joined(separator: "|"))] [--seconds N] [--seed N]")
    exit(2)
}
