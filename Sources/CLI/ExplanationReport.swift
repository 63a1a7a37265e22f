import Framework
import Kubernetes

/// An explanation as tables for people.
struct ExplanationReport: CustomStringConvertible {
    private let explanation: Explanation

    init(_ explanation: Explanation) { self.explanation = explanation }

    var description: String {
        var sections = [result, "Clusters\n\(clusters)"]
        if explanation.clusters.contains(where: \.isFeasible) { sections.append("Scores and estimates\n\(ratings)") }
        if !explanation.steps.isEmpty {
            sections.append("Selection and division\n" + explanation.steps.map(text).joined(separator: "\n"))
        }
        return sections.joined(separator: "\n\n")
    }

    private var result: String {
        let group = explanation.affinityName.isEmpty ? "" : ", group of clusters \(explanation.affinityName)"
        let result = explanation.failure.map { "unschedulable: \($0)" } ?? "scheduled"
        return "Profile \(explanation.schedulerName)\(group): \(result)"
    }

    /// What the filters say, and what comes of it.
    private var clusters: Table {
        let plugins = unique(explanation.clusters.flatMap { $0.filters.map(\.plugin) })
        return Table(
            ["CLUSTER"] + plugins.map { $0.uppercased() } + ["HAD", "GETS", "REASON"],
            explanation.clusters.map { cluster in
                let verdicts = plugins.map { plugin in
                    switch cluster.filters.first(where: { $0.plugin == plugin })?.verdict {
                    case .passes?: "passes"
                    case .fails?: "FAILS"
                    case nil: "-"
                    }
                }
                return [cluster.name] + verdicts + [text(cluster.previousReplicas), text(cluster.replicas), cluster.reason]
            })
    }

    /// What the feasible clusters are worth, and what they have room for.
    private var ratings: Table {
        let feasible = explanation.clusters.filter(\.isFeasible)
        let scorers = feasible.first?.scores.map(\.plugin) ?? []
        let estimators = feasible.first?.estimates.map(\.plugin) ?? []
        return Table(
            ["CLUSTER"] + scorers.map { $0.uppercased() } + ["SCORE"] + estimators.map { $0.uppercased() }
                + ["ROOM", "RANK", "SELECTED"],
            feasible.map { cluster in
                let scores = cluster.scores.map { "\(decimal($0.normalized)) x \($0.weight)" }
                return [cluster.name] + scores + ["\(cluster.totalScore)"] + cluster.estimates.map { text($0.replicas) }
                    + [text(cluster.room), text(cluster.rank), cluster.isSelected ? "yes" : "no"]
            })
    }

    private func text(_ step: Explanation.Step) -> String {
        switch step {
        case .remark(let text):
            return text
        case .grouping(let grouping):
            let table = Table(
                [grouping.field.uppercased(), "SCORE", "CHOSEN", "CLUSTERS"],
                grouping.groups.map { group in
                    [group.name, "\(group.score)", group.isChosen ? "yes" : "no", group.clusters.joined(separator: ", ")]
                })
            return "\(grouping.plugin) chooses by \(grouping.field): \(grouping.rule)\n\(table)"
        case .division(let division):
            let table = Table(
                ["CLUSTER", "WEIGHT", "QUOTA", "SHARE", "KEEPS", "TOTAL"],
                division.parties.map { party in
                    [
                        party.cluster, "\(party.weight)", decimal(party.quota), "\(party.share)", "\(party.kept)",
                        "\(party.share + party.kept)",
                    ]
                })
            let winner = division.ties == .lowerIndex ? "first" : "last"
            return "\(division.plugin) divides \(division.replicas) replicas (\(division.purpose)) in proportion to weights, by "
                + "Webster's method; equal claims go to the name that sorts \(winner)\n\(table)"
        }
    }

    private func text(_ value: (some BinaryInteger)?) -> String { value.map { "\($0)" } ?? "-" }

    /// With two decimals, or none where they are zero.
    private func decimal(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded())
        let fraction = abs(hundredths % 100)
        return fraction == 0 ? "\(hundredths / 100)" : "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
