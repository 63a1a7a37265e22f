/// Why bytes are no JSON text, and where.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    public let message: String
    /// Offset of the offending byte, from 0.
    public let offset: Int

    public var description: String { "invalid JSON at offset \(offset): \(message)" }
}

extension JSON {
    /// How deep arrays and objects may nest. Deeper input is refused rather than trusted with the stack.
    public static let maximumDepth = 256

    /// Parses one JSON text (RFC 8259); white space around it is allowed, anything else is not.
    /// - Parameter duplicates: receives the dotted path of every key that an object has twice (the last one counts).
    public init(parsing bytes: some Collection<UInt8>, duplicates: ((String) -> Void)? = nil) throws(JSONSyntaxError) {
        let result: Result<JSON, JSONSyntaxError>? = bytes.withContiguousStorageIfAvailable { buffer in
            Self.parse(buffer, duplicates: duplicates)
        }
        if let result {
            self = try result.get()
        } else {
            let copy = ContiguousArray(bytes)
            self = try copy.withUnsafeBufferPointer { Self.parse($0, duplicates: duplicates) }.get()
        }
    }

    public init(parsing text: String) throws(JSONSyntaxError) {
        var text = text
        self = try text.withUTF8 { Self.parse($0, duplicates: nil) }.get()
    }

    /// Parses the members that the mask names and checks the rest without keeping it, which takes a fraction of the time.
    public init(parsing bytes: [UInt8], only mask: JSONMask) throws(JSONSyntaxError) {
        self = try bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(JSONSyntaxError) -> JSON in
                var parser = JSONParser(buffer, duplicates: nil)
                return try parser.document(only: mask)
            }
        }.get()
    }

    private static func parse(
        _ buffer: UnsafeBufferPointer<UInt8>, duplicates: ((String) -> Void)?
    ) -> Result<JSON, JSONSyntaxError> {
        var parser = JSONParser(buffer, duplicates: duplicates)
        return Result { () throws(JSONSyntaxError) -> JSON in try parser.document() }
    }
}
