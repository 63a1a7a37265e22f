/// YAML as Kubernetes reads and writes it: what `kubectl` makes of a file, and how it prints an object.
///
/// The syntax is libyaml's (YAML 1.1). What scalars, merge keys and non-string keys mean follows `sigs.k8s.io/yaml`, so that a
/// manifest means here what it means to every other Kubernetes tool; see ``YAMLScalar`` for the rules. One deviation, on
/// purpose: a key that a mapping has twice is an error, as the YAML specification has it, and as `kubectl`'s strict
/// validation reports it.
public enum YAML {
    /// Bytes that one input may have. Larger input is refused.
    public static let maximumSize = 64 << 20
    /// Values that the aliases of one document may add up to, were they all written out. More is refused: a few lines of nested
    /// aliases ("billion laughs") would otherwise stand for any amount of data.
    public static let maximumAliasedValues = 400_000

    /// A place in a text, counted in characters from 1.
    public struct Position: Hashable, Comparable, Sendable, CustomStringConvertible {
        public let line: Int
        public let column: Int

        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }

        public var description: String { "\(line):\(column)" }

        public static func < (left: Self, right: Self) -> Bool {
            left.line == right.line ? left.column < right.column : left.line < right.line
        }
    }

    /// Reads every document of a stream. Documents without content (or that are just `null`) are left out, as `kubectl` does.
    /// JSON is YAML: it is read as it is.
    /// - Parameter file: names the input in errors and locations.
    public static func parse(_ bytes: [UInt8], file: String = "") throws(YAMLError) -> [Document] {
        guard bytes.count <= maximumSize else {
            throw YAMLError(
                file: file, position: Position(line: 1, column: 1),
                message: "the input has \(bytes.count) bytes, more than the allowed \(maximumSize)")
        }
        let result: Result<[Document], YAMLError> = bytes.withUnsafeBufferPointer { buffer in
            var composer = YAMLComposer(buffer, file: file)
            return Result { () throws(YAMLError) -> [Document] in try composer.documents() }
        }
        do {
            return try result.get()
        } catch {
            // libyaml refuses a few JSON texts, such as those with `\ud83d\ude00` escapes.
            guard let json = jsonText(bytes) else { throw error }
            return json.isNull ? [] : [Document(json)]
        }
    }

    public static func parse(_ text: String, file: String = "") throws(YAMLError) -> [Document] {
        try parse(Array(text.utf8), file: file)
    }

    private static func jsonText(_ bytes: [UInt8]) -> JSON? {
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return nil }
        var hasDuplicates = false
        guard let json = try? JSON(parsing: bytes, duplicates: { _ in hasDuplicates = true }), !hasDuplicates else { return nil }
        return json
    }

    /// Writes a value the way `kubectl get -o yaml` does: block style, keys sorted, sequences at their key's indentation,
    /// multi-line strings as literal blocks, and quotes around every string that would be read as something else.
    public static func encode(_ json: JSON) -> String {
        var emitter = YAMLEmitter()
        return emitter.document(json)
    }
}

/// Why a text is no YAML that Kubernetes would take, and where.
public struct YAMLError: Error, Equatable, CustomStringConvertible {
    public let file: String
    public let position: YAML.Position
    public let message: String

    public init(file: String, position: YAML.Position, message: String) {
        self.file = file
        self.position = position
        self.message = message
    }

    /// `file:line:column: message`
    public var description: String { file.isEmpty ? "\(position): \(message)" : "\(file):\(position): \(message)" }
}
