/// The members of a JSON object: unique keys, kept sorted by their UTF-8 bytes.
///
/// A sorted array beats a hash table for the sizes that API objects have (mostly under twenty members): one allocation, no
/// hashing, and equal objects have equal layouts.
public struct JSONObject: Sendable, Equatable {
    @usableFromInline var members: ContiguousArray<Member>

    @usableFromInline struct Member: Sendable, Equatable {
        @usableFromInline var key: String
        @usableFromInline var value: JSON

        @usableFromInline init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }

        @usableFromInline static func == (left: Member, right: Member) -> Bool {
            left.key.hasSameBytes(as: right.key) && left.value == right.value
        }
    }

    public init() { members = [] }

    /// Where a key comes twice, the last one counts.
    public init(_ elements: some Sequence<(String, JSON)>) {
        self.init(unsorted: ContiguousArray(elements.map { Member(key: $0.0, value: $0.1) }))
    }

    /// Sorts what a parser found, in whatever order; where a key comes twice, the last one counts.
    init(unsorted: ContiguousArray<Member>) {
        members = unsorted
        guard !Self.isStrictlySorted(members) else { return }
        // The standard sort is stable, so of equal keys the last one written is the last one here.
        members.sort { $0.key.precedesInBytes($1.key) }
        var kept = 0
        for index in members.indices {
            if index + 1 < members.count, members[index].key.hasSameBytes(as: members[index + 1].key) { continue }
            if kept != index { members.swapAt(kept, index) }
            kept += 1
        }
        members.removeLast(members.count - kept)
    }

    private static func isStrictlySorted(_ members: ContiguousArray<Member>) -> Bool {
        var index = 1
        while index < members.count {
            guard members[index - 1].key.precedesInBytes(members[index].key) else { return false }
            index += 1
        }
        return true
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var keys: some Sequence<String> { members.lazy.map(\.key) }
    public var values: some Sequence<JSON> { members.lazy.map(\.value) }

    public subscript(key: String) -> JSON? {
        get {
            // Few keys have the length that is looked for: in small objects that is told sooner than their order.
            if members.count <= 16 {
                let length = key.utf8.count
                for index in members.indices where members[index].key.utf8.count == length {
                    if members[index].key.hasSameBytes(as: key) { return members[index].value }
                }
                return nil
            }
            let index = lowerBound(key)
            guard index < members.count, members[index].key.hasSameBytes(as: key) else { return nil }
            return members[index].value
        }
        _modify {
            let index = lowerBound(key)
            let found = index < members.count && members[index].key.hasSameBytes(as: key)
            var value: JSON?
            if found {
                value = members[index].value
                members[index].value = .null  // so that `value` is the only reference while it is changed
            }
            defer {
                switch (value, found) {
                case (let value?, true): members[index].value = value
                case (let value?, false): members.insert(Member(key: key, value: value), at: index)
                case (nil, true): members.remove(at: index)
                case (nil, false): break
                }
            }
            yield &value
        }
    }

    /// Visits the members in the order of their keys, each of which may be changed in place; those for which `keep` says false
    /// are removed.
    public mutating func filter<Failure: Error>(_ keep: (String, inout JSON) throws(Failure) -> Bool) throws(Failure) {
        var kept = 0
        for index in members.indices {
            guard try keep(members[index].key, &members[index].value) else { continue }
            if kept != index { members.swapAt(kept, index) }
            kept += 1
        }
        members.removeLast(members.count - kept)
    }

    /// Whether the members are the same, those named in `keys` apart.
    public func isEqual(to other: JSONObject, except keys: [String]) -> Bool {
        members.lazy.filter { !keys.contains($0.key) }.elementsEqual(other.members.lazy.filter { !keys.contains($0.key) })
    }

    private func lowerBound(_ key: String) -> Int {
        if members.count <= 8 {
            var index = 0
            while index < members.count, members[index].key.precedesInBytes(key) { index += 1 }
            return index
        }
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if members[middle].key.precedesInBytes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension JSONObject: Sequence, ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }

    public struct Iterator: IteratorProtocol {
        var base: ContiguousArray<Member>.Iterator
        public mutating func next() -> (key: String, value: JSON)? {
            base.next().map { ($0.key, $0.value) }
        }
    }

    public func makeIterator() -> Iterator { Iterator(base: members.makeIterator()) }
    public var underestimatedCount: Int { members.count }
}
