import Framework
import Kubernetes

/// Runs workloads where they cost least: on no cluster above a limit, and on the cheapest of the others as far as they have room.
struct Thrifty: FilterPlugin, ScorePlugin, AssignPlugin {
    static let name = "Thrifty"

    struct Arguments: PluginArguments {
        var label = "example.com/price-per-core"
        var limit = 1.0
    }

    let arguments: Arguments
    let normalization = Normalization.minMax

    init(arguments: Arguments) throws {
        guard arguments.limit > 0 else { throw ArgumentError(field: "limit", "must be above 0") }
        self.arguments = arguments
    }

    private func price(of cluster: ClusterView) -> Double { cluster.labels[arguments.label].flatMap(Double.init) ?? .infinity }

    func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict {
        price(of: cluster) <= arguments.limit ? .passes : .fails("cluster(s) cost more than \(arguments.limit)")
    }

    func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore { -price(of: cluster) }

    func applies(to binding: BindingView) -> Bool { !binding.isDuplicated }

    func assign(
        _ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle
    ) throws(SchedulingError) -> [Assignment] {
        var assignments: [Assignment] = []
        var rest = replicas
        for index in candidates.ordered(in: cycle) where rest > 0 {
            let share = min(rest, Int(cycle.available[index]))
            cycle.note("Thrifty gives \(share) of \(rest) replicas to \(cycle.snapshot.names[index])")
            assignments.append(Assignment(index: index, replicas: share))
            rest -= share
        }
        guard rest == 0 else { throw .notEnoughReplicas("\(rest) of \(replicas) replicas have no affordable place") }
        return assignments.sorted { $0.index < $1.index }
    }
}
