import Kubernetes

/// The objects of a collection in the order of their keys.
///
/// A sorted array cut into short pieces: an insertion moves a few hundred references at most however many objects there are,
/// and a copy costs nothing until one of the two changes, and then one piece.
struct SortedObjects: Sendable {
    /// None is empty; all keys of a chunk come before those of the next.
    private var chunks: [[EncodedObject]] = []
    private(set) var count = 0

    private static let chunkCapacity = 256

    /// A place between objects: before the object at `index` of the chunk, or at the end.
    private struct Position {
        var chunk: Int
        var index: Int
    }

    subscript(key: ObjectKey) -> EncodedObject? {
        let position = position { $0 < key }
        guard let object = object(at: position), object.key == key else { return nil }
        return object
    }

    /// Puts the object in the place of the one with its key, or adds it.
    /// - Returns: the object that was there before.
    @discardableResult
    mutating func insert(_ object: EncodedObject) -> EncodedObject? {
        let key = object.key
        var position = position { $0 < key }
        if let old = self.object(at: position), old.key == key {
            chunks[position.chunk][position.index] = object
            return old
        }
        count += 1
        if position.chunk == chunks.count {
            // After everything: keys that come in order fill their chunks.
            guard let last = chunks.indices.last, chunks[last].count < Self.chunkCapacity else {
                chunks.append([object])
                return nil
            }
            position = Position(chunk: last, index: chunks[last].count)
        } else if chunks[position.chunk].count == Self.chunkCapacity {
            let half = Self.chunkCapacity / 2
            chunks.insert(Array(chunks[position.chunk][half...]), at: position.chunk + 1)
            chunks[position.chunk].removeLast(Self.chunkCapacity - half)
            if position.index > half { position = Position(chunk: position.chunk + 1, index: position.index - half) }
        }
        chunks[position.chunk].insert(object, at: position.index)
        return nil
    }

    @discardableResult
    mutating func remove(_ key: ObjectKey) -> EncodedObject? {
        let position = position { $0 < key }
        guard let old = object(at: position), old.key == key else { return nil }
        count -= 1
        chunks[position.chunk].remove(at: position.index)
        if chunks[position.chunk].isEmpty { chunks.remove(at: position.chunk) }
        return old
    }

    /// The objects of `namespace` (nil: of all) whose keys come after `key`, one after the other.
    func objects(namespace: String?, after key: ObjectKey?) -> some Sequence<EncodedObject> {
        var position = position { candidate in
            if let key, candidate <= key { return true }
            if let namespace { return candidate.namespace < namespace }
            return false
        }
        return AnyIterator {
            guard let object = self.object(at: position) else { return nil }
            if let namespace, object.key.namespace != namespace { return nil }
            position.index += 1
            if position.index == chunks[position.chunk].count { position = Position(chunk: position.chunk + 1, index: 0) }
            return object
        }
    }

    private func object(at position: Position) -> EncodedObject? {
        position.chunk < chunks.count ? chunks[position.chunk][position.index] : nil
    }

    /// The place of the first object that does not come `before`.
    private func position(_ before: (ObjectKey) -> Bool) -> Position {
        let chunk = Self.partition(chunks.count) { before(chunks[$0][chunks[$0].count - 1].key) }
        guard chunk < chunks.count else { return Position(chunk: chunk, index: 0) }
        return Position(chunk: chunk, index: Self.partition(chunks[chunk].count) { before(chunks[chunk][$0].key) })
    }

    /// The first index of `0..<count` for which `before` is false, given that it never turns true again; else `count`.
    private static func partition(_ count: Int, _ before: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if before(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
