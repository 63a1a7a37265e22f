extension YAML {
    /// One document of a stream: its value, and where each part of it stands in the text.
    public struct Document: Sendable {
        public let json: JSON
        /// The name given to ``YAML/parse(_:file:)-(String,_)``.
        public let file: String
        private let root: YAMLNode?

        init(_ root: YAMLNode, file: String) {
            json = root.json
            self.file = file
            self.root = root
        }

        /// A document of which no positions are known.
        init(_ json: JSON) {
            self.json = json
            file = ""
            root = nil
        }

        /// Where the value at `path` begins. For a path that leads nowhere it is where the last value on the way begins: the
        /// place to look at when a field is missing.
        /// - Parameter path: as validation messages have it, `profiles[0].plugins.score[1].weight`; a key with dots goes in
        ///   brackets, `metadata.labels[example.com/tier]`.
        public func position(of path: String) -> Position {
            guard var node = root else { return Position(line: 1, column: 1) }
            for step in Self.steps(of: path) {
                guard let next = node.child(step) else { break }
                node = next
            }
            return node.position
        }

        /// `file:line:column` of the value at `path`, to begin a message with.
        public func location(of path: String) -> String {
            let position = position(of: path)
            return file.isEmpty ? position.description : "\(file):\(position)"
        }

        private static func steps(of path: String) -> [Substring] {
            var steps: [Substring] = []
            var rest = path[...]
            while let first = rest.first {
                if first == "[", let end = rest.firstIndex(of: "]") {
                    steps.append(rest[rest.index(after: rest.startIndex)..<end])
                    rest = rest[rest.index(after: end)...]
                } else if first == "." {
                    rest.removeFirst()
                } else {
                    let end = rest.dropFirst().firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                    steps.append(rest[..<end])
                    rest = rest[end...]
                }
            }
            return steps
        }
    }
}

/// A value as it was read, with the place of it and of everything in it.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case scalar
        case sequence([YAMLNode])
        /// In the order of the text; where a merge key and a member give the same key, the later one counts.
        case mapping([Entry])
    }

    struct Entry: Sendable {
        let key: String
        let value: YAMLNode
    }

    let position: YAML.Position
    let json: JSON
    let content: Content
    /// How many values this is, all aliases written out.
    let size: Int

    func child(_ step: Substring) -> YAMLNode? {
        switch content {
        case .scalar:
            nil
        case .sequence(let elements):
            Int(step).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        case .mapping(let entries):
            entries.last { $0.key == step }?.value
        }
    }
}
