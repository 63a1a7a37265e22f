/// Divides replicas in proportion to weights by the method of Webster (Sainte-Laguë): each replica in turn goes to the party
/// with the highest quotient weight / (2 × replicas + 1).
///
/// The result is that of handing out one replica after the other, but most are handed out at once: a party's share is near
/// weight × replicas / sum of weights, so only the few that this is off by are given or taken back one by one.
/// O(n + d log n) for n parties and d replicas that rounding is off by, which is at most about n.
public struct Webster: Sendable {
    /// Who wins when quotients are equal, and so are the replicas that both have.
    public enum TieBreak: Sendable {
        case lowerIndex, higherIndex

        /// Karmada's rule: an even hash of the resource's uid (FNV-1a, 32 bits) favours the names that sort first, an odd one
        /// those that sort last, so that remainders do not always go to the same clusters. No uid counts as even.
        public init(uid: String) {
            guard !uid.isEmpty else {
                self = .lowerIndex
                return
            }
            var hash: UInt32 = 2_166_136_261
            for byte in uid.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
            self = hash & 1 == 1 ? .higherIndex : .lowerIndex
        }
    }

    /// Hands out `replicas`.
    /// - Parameter weights: of the parties, in ascending order of their names; 0 or less gets nothing.
    /// - Returns: the replicas of each party; all 0 where no weight is positive.
    public static func divide(_ replicas: Int, by weights: [Int64], ties: TieBreak) -> [Int] {
        var shares = [Int](repeating: 0, count: weights.count)
        var sum = 0.0
        for weight in weights where weight > 0 { sum += Double(weight) }
        guard sum > 0, replicas > 0 else { return shares }

        // Start with all quotients above those of a replica's worth of weight. That is a beginning of the sequence of hand-outs,
        // as every party's quotients descend.
        let perReplica = sum / Double(replicas)
        let threshold = perReplica / 2
        var given = 0
        for index in weights.indices where weights[index] > 0 {
            let weight = Double(weights[index])
            var share = max(0, Int((weight / perReplica + 0.5).rounded(.down)))
            // Rounding may have gone either way: settle by the quotients themselves.
            while share > 0, weight / Double(2 * share - 1) <= threshold { share -= 1 }
            while weight / Double(2 * share + 1) > threshold { share += 1 }
            shares[index] = share
            given += share
        }
        if given < replicas {
            var queue = Queue(parties: weights.indices.filter { weights[$0] > 0 }.map { .next(of: $0, weights, shares) }) {
                Party.precedes($0, $1, ties)
            }
            while given < replicas {
                let party = queue.first.index
                shares[party] += 1
                given += 1
                queue.replaceFirst(with: .next(of: party, weights, shares))
            }
        } else if given > replicas {
            var queue = Queue(parties: shares.indices.filter { shares[$0] > 0 }.map { .last(of: $0, weights, shares) }) {
                Party.precedes($1, $0, ties)
            }
            while given > replicas {
                let party = queue.first.index
                shares[party] -= 1
                given -= 1
                if shares[party] > 0 { queue.replaceFirst(with: .last(of: party, weights, shares)) } else { queue.removeFirst() }
            }
        }
        return shares
    }

    /// One hand-out: its quotient, and what its party has before it.
    private struct Party {
        var quotient: Double
        var replicas: Int
        var index: Int

        /// The next hand-out to the party.
        static func next(of index: Int, _ weights: [Int64], _ shares: [Int]) -> Party {
            Party(quotient: Double(weights[index]) / Double(2 * shares[index] + 1), replicas: shares[index], index: index)
        }

        /// The latest hand-out to the party.
        static func last(of index: Int, _ weights: [Int64], _ shares: [Int]) -> Party {
            let replicas = shares[index] - 1
            return Party(quotient: Double(weights[index]) / Double(2 * replicas + 1), replicas: replicas, index: index)
        }

        static func precedes(_ left: Party, _ right: Party, _ ties: TieBreak) -> Bool {
            if left.quotient != right.quotient { return left.quotient > right.quotient }
            if left.replicas != right.replicas { return left.replicas < right.replicas }
            return ties == .lowerIndex ? left.index < right.index : left.index > right.index
        }
    }

    /// A binary heap whose first element precedes all others.
    private struct Queue {
        private var parties: [Party]
        private let precedes: (Party, Party) -> Bool

        init(parties: [Party], precedes: @escaping (Party, Party) -> Bool) {
            self.parties = parties
            self.precedes = precedes
            for index in stride(from: parties.count / 2 - 1, through: 0, by: -1) { sink(index) }
        }

        var first: Party { parties[0] }

        mutating func replaceFirst(with party: Party) {
            parties[0] = party
            sink(0)
        }

        mutating func removeFirst() {
            let last = parties.removeLast()
            if !parties.isEmpty { replaceFirst(with: last) }
        }

        private mutating func sink(_ start: Int) {
            var index = start
            let party = parties[index]
            while true {
                var child = 2 * index + 1
                guard child < parties.count else { break }
                if child + 1 < parties.count, precedes(parties[child + 1], parties[child]) { child += 1 }
                guard precedes(parties[child], party) else { break }
                parties[index] = parties[child]
                index = child
            }
            parties[index] = party
        }
    }
}
