import CYAML

/// Feeds a tree to libyaml's emitter, which go-yaml was translated from: line breaks and quotes come out as with `kubectl`.
struct YAMLEmitter: ~Copyable {
    // libyaml keeps addresses into its emitter, so the emitter must not move.
    private let emitter: UnsafeMutablePointer<yaml_emitter_t>
    private let output: Output

    private final class Output {
        var bytes: [UInt8] = []
    }

    init() {
        emitter = .allocate(capacity: 1)
        output = Output()
        yaml_emitter_initialize(emitter)
        yaml_emitter_set_unicode(emitter, 1)
        yaml_emitter_set_width(emitter, -1)
        yaml_emitter_set_output(
            emitter,
            { context, bytes, count in
                guard let context, let bytes else { return 0 }
                Unmanaged<Output>.fromOpaque(context).takeUnretainedValue().bytes
                    .append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                return 1
            }, Unmanaged.passUnretained(output).toOpaque())
    }

    deinit {
        yaml_emitter_delete(emitter)
        emitter.deallocate()
    }

    mutating func document(_ json: JSON) -> String {
        emit { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
        emit { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
        write(json)
        emit { yaml_document_end_event_initialize($0, 1) }
        emit { yaml_stream_end_event_initialize($0) }
        return String(decoding: output.bytes, as: UTF8.self)
    }

    private func emit(_ initialize: (UnsafeMutablePointer<yaml_event_t>) -> Int32) {
        var event = yaml_event_t()
        let succeeded = initialize(&event) == 1 && yaml_emitter_emit(emitter, &event) == 1
        // The events come from a tree in the right order, its strings are UTF-8 and the output takes everything: what remains
        // is exhausted memory, which Swift does not survive either.
        precondition(succeeded, "libyaml's emitter failed")
    }

    private func write(_ json: JSON) {
        switch json {
        case .string(let text):
            write(text, style: Self.style(of: text))
        case .array(let elements):
            emit { yaml_sequence_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
            for element in elements { write(element) }
            emit { yaml_sequence_end_event_initialize($0) }
        case .object(let members):
            emit { yaml_mapping_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }
            for (key, value) in members {
                write(key, style: Self.style(of: key))
                write(value)
            }
            emit { yaml_mapping_end_event_initialize($0) }
        case .null, .bool, .integer, .number:
            write(json.description, style: YAML_PLAIN_SCALAR_STYLE)
        }
    }

    private func write(_ text: String, style: yaml_scalar_style_t) {
        var text = text
        text.withUTF8 { bytes in
            // The emitter wants an address even for no bytes.
            withUnsafePointer(to: 0 as UInt8) { empty in
                let start = bytes.baseAddress ?? empty
                emit { yaml_scalar_event_initialize($0, nil, nil, start, Int32(bytes.count), 1, 1, style) }
            }
        }
    }

    /// libyaml falls back to quotes where a style cannot hold the text; that it would be read as something else only we know.
    private static func style(of text: String) -> yaml_scalar_style_t {
        if text.utf8.contains(UInt8(ascii: "\n")) {
            // A literal block that begins with white space needs an indentation indicator, which some readers get wrong.
            let first = text.utf8.first ?? 0
            return first == UInt8(ascii: " ") || first == UInt8(ascii: "\n") || first == UInt8(ascii: "\t")
                ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_LITERAL_SCALAR_STYLE
        }
        return YAMLScalar(plain: text) == .string(text) && !looksTyped(text)
            ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE
    }

    /// Whether a string is a date, a base-60 number, a merge key or a default key to some YAML 1.1 readers.
    private static func looksTyped(_ text: String) -> Bool {
        if text == "<<" || text == "=" { return true }
        guard let first = text.utf8.first, first < 0x3A, first > 0x2A else { return false }
        let digits = text.utf8.prefix { $0 &- 48 < 10 }.count
        let afterDigits = text.utf8.dropFirst(digits).first
        return digits == 4 && afterDigits == UInt8(ascii: "-") || text.utf8.contains(UInt8(ascii: ":"))
    }
}
