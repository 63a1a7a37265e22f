import ArgumentParser
import Controllers

/// How many calls members get. The names are Karmada's; the default is no limit: servers look after themselves (API priority and
/// fairness), and are asked to come back later by those that cannot.
struct MemberLimitOptions: ParsableArguments {
    @Option(help: "Calls a second to a cluster's API server; 0 for no limit.")
    var clusterApiQps = 0.0

    @Option(help: "Calls at once to a cluster's API server, before --cluster-api-qps slows them down.")
    var clusterApiBurst = 60

    func validate() throws {
        guard clusterApiQps >= 0 else { throw ValidationError("--cluster-api-qps: must not be negative") }
        guard clusterApiBurst >= 1 else { throw ValidationError("--cluster-api-burst: must be at least 1") }
    }

    var limits: MemberLimits { MemberLimits(queriesPerSecond: clusterApiQps, burst: clusterApiBurst) }
}
