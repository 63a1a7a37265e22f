import Testing

@testable import Framework

struct WebsterTests {
    /// The method as it is defined: one replica after the other, to the highest quotient.
    private func byDefinition(_ replicas: Int, _ weights: [Int64], _ ties: Webster.TieBreak) -> [Int] {
        var shares = [Int](repeating: 0, count: weights.count)
        guard weights.contains(where: { $0 > 0 }) else { return shares }
        for _ in 0..<replicas {
            var best: Int?
            for index in weights.indices where weights[index] > 0 {
                guard let current = best else {
                    best = index
                    continue
                }
                let mine = Double(weights[index]) / Double(2 * shares[index] + 1)
                let theirs = Double(weights[current]) / Double(2 * shares[current] + 1)
                if mine != theirs {
                    if mine > theirs { best = index }
                } else if shares[index] != shares[current] {
                    if shares[index] < shares[current] { best = index }
                } else if ties == .higherIndex {
                    best = index
                }
            }
            if let best { shares[best] += 1 }
        }
        return shares
    }

    @Test func agreesWithTheDefinition() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2000 {
            let count = Int.random(in: 1...20, using: &random)
            // Few distinct weights make many ties.
            let limit = Int64([1, 3, 10, 1000, 1_000_000].randomElement(using: &random) ?? 1)
            let weights = (0..<count).map { _ in Int64.random(in: 0...limit, using: &random) }
            let replicas = Int.random(in: 0...200, using: &random)
            for ties in [Webster.TieBreak.lowerIndex, .higherIndex] {
                let shares = Webster.divide(replicas, by: weights, ties: ties)
                #expect(shares == byDefinition(replicas, weights, ties), "\(replicas) by \(weights)")
            }
        }
    }

    @Test func conservesReplicasAndStaysNearExactShares() {
        var random = SeededRandom(seed: 2)
        for _ in 0..<500 {
            let weights = (0..<Int.random(in: 1...50, using: &random)).map { _ in Int64.random(in: 1...100, using: &random) }
            let replicas = Int.random(in: 0...Int(Int32.max), using: &random)
            let shares = Webster.divide(replicas, by: weights, ties: .lowerIndex)
            #expect(shares.reduce(0, +) == replicas)
            let sum = Double(weights.reduce(0, +))
            // Webster's method is never further from quota than this in practice; half a replica is usual.
            for (share, weight) in zip(shares, weights) {
                #expect(abs(Double(share) - Double(replicas) * Double(weight) / sum) < 2)
            }
        }
    }

    @Test func dividesTheLargestNumbers() {
        let shares = Webster.divide(Int(Int32.max), by: [.max, .max, 1], ties: .lowerIndex)
        #expect(shares == [1_073_741_824, 1_073_741_823, 0])
    }

    @Test func givesNothingWithoutWeights() {
        #expect(Webster.divide(5, by: [0, -3], ties: .lowerIndex) == [0, 0])
        #expect(Webster.divide(5, by: [], ties: .lowerIndex) == [])
    }

    @Test func breaksTiesByTheHashOfTheUID() {
        // FNV-1a of "a" is 0xe40c292c, of "b" 0xe70c2de5.
        #expect(Webster.TieBreak(uid: "a") == .lowerIndex)
        #expect(Webster.TieBreak(uid: "b") == .higherIndex)
        #expect(Webster.TieBreak(uid: "") == .lowerIndex)
        #expect(Webster.divide(1, by: [1, 1], ties: .higherIndex) == [0, 1])
    }
}

/// SplitMix64: the same numbers on every run.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
