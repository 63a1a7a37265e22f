/// A set of clusters of one snapshot, by index: a bit a cluster.
public struct ClusterSet: Sendable, Equatable {
    @usableFromInline var words: [UInt64]
    /// How many clusters the snapshot has.
    public let capacity: Int

    public init(capacity: Int) {
        self.capacity = capacity
        words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
    }

    /// All clusters of the snapshot.
    public init(all capacity: Int) {
        self.capacity = capacity
        words = [UInt64](repeating: .max, count: (capacity + 63) / 64)
        if capacity % 64 != 0 { words[words.count - 1] = (1 << UInt64(capacity % 64)) - 1 }
    }

    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    @inlinable
    public func contains(_ index: Int) -> Bool { words[index >> 6] & (1 << UInt64(index & 63)) != 0 }

    @inlinable
    public mutating func insert(_ index: Int) { words[index >> 6] |= 1 << UInt64(index & 63) }

    @inlinable
    public mutating func remove(_ index: Int) { words[index >> 6] &= ~(1 << UInt64(index & 63)) }

    public mutating func formUnion(_ other: ClusterSet) { combine(other) { $0 | $1 } }

    public mutating func formIntersection(_ other: ClusterSet) { combine(other) { $0 & $1 } }

    public mutating func subtract(_ other: ClusterSet) { combine(other) { $0 & ~$1 } }

    @inline(__always)
    private mutating func combine(_ other: ClusterSet, _ operation: (UInt64, UInt64) -> UInt64) {
        precondition(capacity == other.capacity, "sets of different snapshots")
        for index in words.indices { words[index] = operation(words[index], other.words[index]) }
    }
}

extension ClusterSet: Sequence {
    /// Goes through the clusters by ascending index, which is ascending name.
    public struct Iterator: IteratorProtocol {
        @usableFromInline let words: [UInt64]
        @usableFromInline var position: Int
        @usableFromInline var word: UInt64

        @inlinable
        init(_ words: [UInt64]) {
            self.words = words
            position = 0
            word = words.first ?? 0
        }

        @inlinable
        public mutating func next() -> Int? {
            while word == 0 {
                position += 1
                guard position < words.count else { return nil }
                word = words[position]
            }
            let bit = word.trailingZeroBitCount
            word &= word - 1
            return position << 6 + bit
        }
    }

    @inlinable
    public func makeIterator() -> Iterator { Iterator(words) }

    public var underestimatedCount: Int { count }
}
