import CYAML

/// Turns libyaml's events into nodes.
struct YAMLComposer: ~Copyable {
    // libyaml keeps addresses into its parser, so the parser must not move.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeBufferPointer<UInt8>
    private let file: String
    private var event = yaml_event_t()
    private var depth = 0
    private var anchors: [String: YAMLNode] = [:]
    /// Anchors whose value is being read.
    private var openAnchors: Set<String> = []
    private var aliasedValues = 0

    /// `input` must outlive the composer.
    init(_ input: UnsafeBufferPointer<UInt8>, file: String) {
        self.input = input
        self.file = file
        parser = .allocate(capacity: 1)
        // It fails only where memory is exhausted, which the first event then reports.
        yaml_parser_initialize(parser)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        var event = event
        yaml_event_delete(&event)
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    mutating func documents() throws(YAMLError) -> [YAML.Document] {
        var documents: [YAML.Document] = []
        try advance()
        while event.type != YAML_STREAM_END_EVENT {
            if event.type == YAML_DOCUMENT_START_EVENT {
                anchors = [:]
                aliasedValues = 0
                try advance()
                let root = try node()
                if !root.json.isNull { documents.append(YAML.Document(root, file: file)) }
            }
            try advance()
        }
        return documents
    }

    // MARK: Events

    private mutating func advance() throws(YAMLError) {
        yaml_event_delete(&event)
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
    }

    private var position: YAML.Position { YAML.Position(event.start_mark) }

    private func failure(_ message: String, at position: YAML.Position) -> YAMLError {
        YAMLError(file: file, position: position, message: message)
    }

    private func syntaxError() -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
        guard parser.pointee.error != YAML_READER_ERROR else {
            return failure(problem, at: position(ofByte: parser.pointee.problem_offset))
        }
        let context = parser.pointee.context.map { String(cString: $0) }
        return failure(
            context.map { "\(problem) \($0)" } ?? problem, at: YAML.Position(parser.pointee.problem_mark))
    }

    /// For errors of the encoding, of which libyaml only says at which byte they are.
    private func position(ofByte offset: Int) -> YAML.Position {
        let before = input.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        return YAML.Position(line: line, column: column)
    }

    // MARK: Nodes

    /// The node that begins with the current event; its last event is the current one afterwards.
    private mutating func node() throws(YAMLError) -> YAMLNode {
        switch event.type {
        case YAML_ALIAS_EVENT:
            return try alias()
        case YAML_SCALAR_EVENT:
            let position = position
            let (anchor, scalar) = (string(event.data.scalar.anchor), try scalar())
            guard let json = scalar.json else { throw failure("JSON has no value for \(scalar.keyText ?? "this")", at: position) }
            let node = YAMLNode(position: position, json: json, content: .scalar, size: 1)
            if let anchor { anchors[anchor] = node }
            return node
        case YAML_SEQUENCE_START_EVENT:
            return try collection(anchor: string(event.data.sequence_start.anchor)) { (composer) throws(YAMLError) in
                try composer.sequence()
            }
        case YAML_MAPPING_START_EVENT:
            return try collection(anchor: string(event.data.mapping_start.anchor)) { (composer) throws(YAMLError) in
                try composer.mapping()
            }
        default:
            throw failure("unexpected event", at: position)
        }
    }

    private mutating func collection(
        anchor: String?, _ read: (inout YAMLComposer) throws(YAMLError) -> YAMLNode
    ) throws(YAMLError) -> YAMLNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= JSON.maximumDepth else { throw failure("nested deeper than \(JSON.maximumDepth) levels", at: position) }
        guard let anchor else { return try read(&self) }
        openAnchors.insert(anchor)
        let node = try read(&self)
        openAnchors.remove(anchor)
        anchors[anchor] = node
        return node
    }

    private mutating func alias() throws(YAMLError) -> YAMLNode {
        let name = string(event.data.alias.anchor) ?? ""
        guard !openAnchors.contains(name) else { throw failure("anchor '\(name)' value contains itself", at: position) }
        guard let target = anchors[name] else { throw failure("unknown anchor '\(name)' referenced", at: position) }
        aliasedValues += target.size
        guard aliasedValues <= YAML.maximumAliasedValues else {
            throw failure("document contains excessive aliasing", at: position)
        }
        return target
    }

    private mutating func sequence() throws(YAMLError) -> YAMLNode {
        let position = position
        var elements: [YAMLNode] = []
        try advance()
        while event.type != YAML_SEQUENCE_END_EVENT {
            elements.append(try node())
            try advance()
        }
        return YAMLNode(
            position: position, json: .array(elements.map(\.json)), content: .sequence(elements),
            size: elements.reduce(1) { $0 + $1.size })
    }

    private mutating func mapping() throws(YAMLError) -> YAMLNode {
        let position = position
        var entries: [YAMLNode.Entry] = []
        var keys: Set<String> = []
        try advance()
        while event.type != YAML_MAPPING_END_EVENT {
            let keyPosition = self.position
            if isMergeKey {
                try advance()
                entries += try merged()
            } else {
                let key = try key()
                guard keys.insert(key).inserted else {
                    throw failure("key \"\(key)\" already set in map", at: keyPosition)
                }
                try advance()
                entries.append(YAMLNode.Entry(key: key, value: try node()))
            }
            try advance()
        }
        return YAMLNode(
            position: position, json: .object(JSONObject(entries.lazy.map { ($0.key, $0.value.json) })),
            content: .mapping(entries), size: entries.reduce(1) { $0 + $1.value.size })
    }

    private var isMergeKey: Bool {
        guard event.type == YAML_SCALAR_EVENT, string(event.data.scalar.value) == "<<" else { return false }
        return event.data.scalar.plain_implicit == 1 || string(event.data.scalar.tag) == "tag:yaml.org,2002:merge"
    }

    /// The entries that a merge key (https://yaml.org/type/merge.html) brings in; of several mappings the earlier one counts.
    private mutating func merged() throws(YAMLError) -> [YAMLNode.Entry] {
        let position = position
        let value = try node()
        let mappings =
            switch value.content {
            case .sequence(let elements) where event.type != YAML_ALIAS_EVENT: elements
            default: [value]
            }
        var entries: [YAMLNode.Entry] = []
        for mapping in mappings.reversed() {
            guard case .mapping(let own) = mapping.content else {
                throw failure("map merge requires map or sequence of maps as the value", at: position)
            }
            entries += own
        }
        return entries
    }

    private mutating func key() throws(YAMLError) -> String {
        let position = position
        let scalar: YAMLScalar?
        switch event.type {
        case YAML_SCALAR_EVENT:
            let anchor = string(event.data.scalar.anchor)
            scalar = try self.scalar()
            if let anchor, let json = scalar?.json {
                anchors[anchor] = YAMLNode(position: position, json: json, content: .scalar, size: 1)
            }
        case YAML_ALIAS_EVENT: scalar = YAMLScalar(try alias().json)
        default: scalar = nil
        }
        guard let key = scalar?.keyText else { throw failure("a map key must be a string, a number or a boolean", at: position) }
        return key
    }

    private func scalar() throws(YAMLError) -> YAMLScalar {
        let scalar = event.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
        guard let tag = string(scalar.tag) else {
            return scalar.plain_implicit == 1 ? YAMLScalar(plain: text) : .string(text)
        }
        guard let value = YAMLScalar(text, tag: tag) else {
            throw failure("cannot decode `\(text)` as a \(YAMLScalar.shortTag(tag))", at: position)
        }
        return value
    }

    private func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? { text.map { String(cString: $0) } }
}

extension YAML.Position {
    fileprivate init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}
