/// Chooses, among groups of clusters, the combination with the highest sum of scores that has `minGroups`…`maxGroups` groups
/// with `minClusters` clusters in all.
///
/// A combination is minimal: without its largest group it would not do. Of equal sums the one with more clusters counts, then
/// the one whose groups come first. There are exponentially many combinations, but how a begun one can go on depends only on how
/// many groups and clusters it has: so this is dynamic programming over (group, groups so far, clusters so far).
struct GroupCombination {
    struct Group {
        var clusters: Int
        var score: Int64
    }

    private struct Sum {
        var score: Int64
        var clusters: Int

        func isBetter(than other: Sum?) -> Bool {
            guard let other else { return true }
            return score == other.score ? clusters > other.clusters : score > other.score
        }
    }

    private let groups: [Group]
    private let minGroups: Int
    private let maxGroups: Int
    private let minClusters: Int

    /// - Parameter groups: by ascending number of clusters, none empty.
    init(_ groups: [Group], minGroups: Int, maxGroups: Int, minClusters: Int) {
        self.groups = groups
        self.minGroups = max(minGroups, 0)
        self.maxGroups = min(maxGroups, groups.count)
        self.minClusters = max(minClusters, 0)
    }

    private func suffices(_ count: Int, _ clusters: Int) -> Bool { count >= minGroups && clusters >= minClusters }

    /// Whether groups of these sizes are a combination.
    func isMinimal(_ sizes: [Int]) -> Bool {
        let sum = sizes.reduce(0, +)
        guard suffices(sizes.count, sum), sizes.count <= maxGroups, let largest = sizes.max() else { return false }
        return !suffices(sizes.count - 1, sum - largest)
    }

    /// Ascending indices into the groups; empty where there is no combination.
    func best() -> [Int] {
        guard maxGroups > 0, minGroups <= maxGroups, !suffices(0, 0),
            groups.reduce(0, { $0 + $1.clusters }) >= minClusters
        else { return [] }
        // Clusters beyond `minClusters` make no difference to how a combination goes on.
        let width = minClusters + 1
        let states = maxGroups * width
        var sums = [Sum?](repeating: nil, count: states)
        var takes = [Bool](repeating: false, count: groups.count * states)
        for index in groups.indices.reversed() {
            let group = groups[index]
            // A state only looks at states with more groups, of the round before: going upwards overwrites none that is needed.
            for count in 0..<maxGroups {
                for clusters in 0..<width where !suffices(count, clusters) {
                    let state = count * width + clusters
                    guard let taken = sum(taking: group, after: count, clusters, sums, width) else { continue }
                    // Of equals the one that takes the earlier group counts.
                    if let skipped = sums[state], skipped.isBetter(than: taken) { continue }
                    sums[state] = taken
                    takes[index * states + state] = true
                }
            }
        }
        guard sums[0] != nil else { return [] }
        var result: [Int] = []
        var count = 0
        var clusters = 0
        for index in groups.indices where !suffices(count, clusters) && takes[index * states + count * width + clusters] {
            result.append(index)
            count += 1
            clusters = min(clusters + groups[index].clusters, minClusters)
        }
        return result
    }

    private func sum(taking group: Group, after count: Int, _ clusters: Int, _ sums: [Sum?], _ width: Int) -> Sum? {
        let total = min(clusters + group.clusters, minClusters)
        if suffices(count + 1, total) { return Sum(score: group.score, clusters: group.clusters) }
        guard count + 1 < maxGroups, let rest = sums[(count + 1) * width + total] else { return nil }
        return Sum(score: group.score + rest.score, clusters: group.clusters + rest.clusters)
    }
}
