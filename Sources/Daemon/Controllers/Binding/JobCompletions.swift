import Kubernetes

/// How a Job's completions are divided over the clusters that run its pods, so that they end at about the same time.
enum JobCompletions {
    /// Completions by cluster, in proportion to the clusters' pods. Empty for a Job that does not say how many completions it
    /// needs (a work queue).
    static func divide(_ job: Object, over clusters: [TargetCluster]) -> [String: Int] {
        guard let completions = job.spec["completions"]?.int else { return [:] }
        return divide(completions, over: clusters, tieBreaker: job.uid)
    }

    /// Divides seats by votes with the Sainte-Laguë method: each seat goes to the party with the highest votes/(2·seats + 1).
    /// Of equals the one with fewer seats goes first, then by name, forwards or backwards as the hash of `tieBreaker` says.
    static func divide(_ seats: Int, over clusters: [TargetCluster], tieBreaker: String) -> [String: Int] {
        var result = Dictionary(clusters.map { ($0.name, 0) }) { first, _ in first }
        let parties = clusters.filter { $0.replicas > 0 }
        guard seats > 0, !parties.isEmpty else { return result }
        let descending = !tieBreaker.isEmpty && Names.fnv1a(tieBreaker) & 1 == 1

        // The seats whose score is above votes/2(seats - parties) are fewer than all, and certain: only the rest is contested.
        let votes = parties.reduce(Int128(0)) { $0 + Int128($1.replicas) }
        let certain = Int128(max(0, seats - parties.count))
        var given = parties.map { certain == 0 ? 0 : (2 * Int128($0.replicas) * certain + votes - 1) / (2 * votes) }
        for _ in 0..<(Int128(seats) - given.reduce(0, +)) {
            let winner = parties.indices.min { left, right in
                let leftScore = Int128(parties[left].replicas) * (2 * given[right] + 1)
                let rightScore = Int128(parties[right].replicas) * (2 * given[left] + 1)
                if leftScore != rightScore { return leftScore > rightScore }
                if given[left] != given[right] { return given[left] < given[right] }
                return descending ? parties[left].name > parties[right].name : parties[left].name < parties[right].name
            }
            if let winner { given[winner] += 1 }
        }
        for (party, seats) in zip(parties, given) { result[party.name] = Int(seats) }
        return result
    }
}
