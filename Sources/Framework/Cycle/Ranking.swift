/// Ranks clusters by packed keys.
enum Ranking {
    /// The bits of a key, from the highest: overflow tier, how far the score is below the maximum, how far the available replicas
    /// are below the maximum. Lower keys rank first.
    static let tierBits: UInt64 = 10
    static let scoreBits: UInt64 = 20
    static let replicaBits: UInt64 = 34
    static let maximumTier = (1 << Int(tierBits)) - 1
    static let maximumScore: Int64 = (1 << Int64(scoreBits)) - 1
    static let maximumReplicas: Int64 = (1 << Int64(replicaBits)) - 1

    static func key(tier: Int, score: Int64, replicas: Int64) -> UInt64 {
        let tier = UInt64(min(max(tier, 0), maximumTier))
        let score = UInt64(maximumScore - min(max(score, 0), maximumScore))
        let replicas = UInt64(maximumReplicas - min(max(replicas, 0), maximumReplicas))
        return tier << (scoreBits + replicaBits) | score << replicaBits | replicas
    }

    /// The indices in the order of their keys; equal keys stay as they are.
    static func sort(_ entries: [(key: UInt64, index: Int)]) -> [Int] {
        guard entries.count > 64 else {
            return entries.sorted { $0.key == $1.key ? $0.index < $1.index : $0.key < $1.key }.map(\.index)
        }
        // A radix sort that leaves out the bytes in which all keys agree: mostly two or three of eight differ.
        var differing: UInt64 = 0
        for entry in entries { differing |= entry.key ^ entries[0].key }
        var source = entries
        var target = entries
        for shift in stride(from: UInt64(0), to: 64, by: 8) where (differing >> shift) & 0xFF != 0 {
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { starts in
                starts.initialize(repeating: 0)
                for entry in source { starts[Int((entry.key >> shift) & 0xFF)] += 1 }
                var start = 0
                for digit in 0..<256 {
                    let count = starts[digit]
                    starts[digit] = start
                    start += count
                }
                for entry in source {
                    let digit = Int((entry.key >> shift) & 0xFF)
                    target[starts[digit]] = entry
                    starts[digit] += 1
                }
            }
            swap(&source, &target)
        }
        return source.map(\.index)
    }
}
