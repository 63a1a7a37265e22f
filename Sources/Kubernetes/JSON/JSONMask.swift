/// Which members of an object are wanted, and which of theirs; of an array, the same of each element.
///
/// `["metadata": ["name": .all], "spec": ["containers": ["resources": .all]]]`
public struct JSONMask: Sendable, ExpressibleByDictionaryLiteral {
    /// Nil for all.
    let members: [(key: String, mask: JSONMask)]?

    public static let all = JSONMask(members: nil)

    private init(members: [(key: String, mask: JSONMask)]?) { self.members = members }

    public init(dictionaryLiteral elements: (String, JSONMask)...) {
        self.init(members: elements.map { (key: $0.0, mask: $0.1) })
    }

    /// What tells an object from others, and by what it is found.
    public static let identity: JSONMask = [
        "metadata": ["name": .all, "namespace": .all, "uid": .all, "resourceVersion": .all, "labels": .all]
    ]
}
