import Testing

@testable import Plugins

struct GroupCombinationTests {
    /// By trying all combinations: a begun one ends as soon as it suffices.
    private func byTrying(_ groups: [GroupCombination.Group], _ minGroups: Int, _ maxGroups: Int, _ minClusters: Int) -> [Int] {
        var best: (path: [Int], score: Int64, clusters: Int)?
        func search(_ path: [Int], _ clusters: Int, from begin: Int) {
            if clusters >= minClusters, path.count >= minGroups, path.count <= maxGroups {
                let score = path.reduce(0) { $0 + groups[$1].score }
                if best.map({ score > $0.score || (score == $0.score && clusters > $0.clusters) }) ?? true {
                    best = (path, score, clusters)
                }
                return
            }
            guard path.count < maxGroups else { return }
            for index in begin..<groups.count { search(path + [index], clusters + groups[index].clusters, from: index + 1) }
        }
        search([], 0, from: 0)
        return best?.path ?? []
    }

    @Test func agreesWithTryingAll() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<3000 {
            let groups = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                GroupCombination.Group(
                    clusters: .random(in: 1...4, using: &random), score: .random(in: 0...5, using: &random) * 1000)
            }.sorted { $0.clusters < $1.clusters }
            let minGroups = Int.random(in: 0...4, using: &random)
            let maxGroups = Int.random(in: 0...6, using: &random)
            let minClusters = Int.random(in: 0...9, using: &random)
            let best = GroupCombination(groups, minGroups: minGroups, maxGroups: maxGroups, minClusters: minClusters).best()
            #expect(
                best == byTrying(groups, minGroups, maxGroups, minClusters), "\(groups) \(minGroups) \(maxGroups) \(minClusters)")
        }
    }

    @Test func isQuickWithManyGroups() {
        // There are about 10²⁹ combinations of these.
        let groups = (0..<100).map { GroupCombination.Group(clusters: 1 + $0 / 10, score: Int64($0 * 37 % 101)) }
        let best = GroupCombination(groups, minGroups: 10, maxGroups: 100, minClusters: 150).best()
        #expect(best.reduce(0) { $0 + groups[$1].clusters } >= 150)
    }

    @Test func asksForMoreThanThereIs() {
        #expect(GroupCombination([.init(clusters: 3, score: 1)], minGroups: 1, maxGroups: 5, minClusters: .max).best() == [])
        #expect(GroupCombination([], minGroups: 1, maxGroups: .max, minClusters: 0).best() == [])
    }
}
