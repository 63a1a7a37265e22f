import ArgumentParser
import Client
import Glibc
import Logging

/// How to reach the control plane.
struct ControlPlaneOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Path to the kubeconfig file to use for CLI requests.", valueName: "file"))
    var kubeconfig: String?

    @Option(
        name: .customLong("karmada-context"),
        help: ArgumentHelp("The name of the kubeconfig context to use.", valueName: "name"))
    var context: String?

    func configuration() throws -> ClientConfiguration { try KubeconfigLocation.configuration(kubeconfig, context: context) }
}

/// How to reach the member cluster.
struct MemberClusterOptions: ParsableArguments {
    @Option(name: .customLong("cluster-kubeconfig"), help: ArgumentHelp("Path of the cluster's kubeconfig.", valueName: "file"))
    var kubeconfig: String?

    @Option(
        name: .customLong("cluster-context"),
        help: ArgumentHelp("Name of cluster context in kubeconfig. The current context is used by default.", valueName: "name"))
    var context: String?

    @Option(
        name: .customLong("cluster-namespace"),
        help: ArgumentHelp(
            """
            Namespace of the cluster's secrets in the control plane and of its accounts in the cluster; without, that of the \
            Cluster's secrets, or karmada-cluster.
            """, valueName: "namespace"))
    var namespace: String?
}

/// Where the kubeconfig is: where the user says, or in `KUBECONFIG`, or in the home directory.
enum KubeconfigLocation {
    static func configuration(_ path: String?, context: String?) throws -> ClientConfiguration {
        guard let path = path ?? fromEnvironment() else {
            throw CommandFailure("no kubeconfig: give --kubeconfig, or set KUBECONFIG, or put one at ~/.kube/config")
        }
        return try Kubeconfig.load(path).configuration(context: context)
    }

    /// `KUBECONFIG` may list several files; the first that exists is taken.
    private static func fromEnvironment() -> String? {
        if let list = getenv("KUBECONFIG").map({ String(cString: $0) }), !list.isEmpty {
            let paths = list.split(separator: ":").map(String.init)
            return paths.first { access($0, F_OK) == 0 } ?? paths.first
        }
        guard let home = getenv("HOME") else { return nil }
        let path = String(cString: home) + "/.kube/config"
        return access(path, F_OK) == 0 ? path : nil
    }
}

/// Hands a client to `body` and closes its connections afterwards.
func withClient<Result>(
    _ configuration: ClientConfiguration, _ body: (HTTPObjectClient) async throws -> Result
) async throws -> Result {
    let client = try HTTPObjectClient(configuration, logger: Logger(label: "flotilla") { _ in SwiftLogNoOpLogHandler() })
    do {
        let result = try await body(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}

/// A span of time as Go writes it: `90s`, `1m30s`, `500ms`, `-1h`; ten years at most.
struct GoDuration: ExpressibleByArgument, CustomStringConvertible {
    /// In milliseconds.
    private static let maximum = 10 * 365 * 86_400_000.0

    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        let units: [(suffix: String, milliseconds: Double)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        let isNegative = argument.hasPrefix("-")
        var rest = argument.dropFirst(isNegative ? 1 : 0)
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let suffix = String(rest.prefix { $0.isLetter })
            rest = rest.dropFirst(suffix.count)
            guard let number = Double(digits), let unit = units.first(where: { $0.suffix == suffix }) else { return nil }
            total += number * unit.milliseconds
        }
        guard total <= Self.maximum else { return nil }
        duration = .milliseconds(Int64(isNegative ? -total : total))
    }

    /// - Throws: `ValidationError` for no time at all, or less.
    func validate(_ option: String) throws {
        guard duration > .zero else { throw ValidationError("\(option) \(self) must be a positive duration, e.g. 1m0s.") }
    }

    var description: String {
        let (seconds, attoseconds) = duration.components
        let fraction = attoseconds / 1_000_000_000_000_000
        return fraction == 0 ? "\(seconds)s" : "\(seconds * 1000 + fraction)ms"
    }

    var defaultValueDescription: String { description }
}
