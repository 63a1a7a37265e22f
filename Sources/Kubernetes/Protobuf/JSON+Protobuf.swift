extension JSON {
    /// Reads an object in Kubernetes' protobuf envelope ("API concepts: Protobuf encoding"): four bytes of magic, then a
    /// `runtime.Unknown` that says the kind and holds the object.
    ///
    /// The value is what the same client would have sent as JSON, except that structs which hold nothing are left out where
    /// Go's JSON has no way to do so (`status: {}`, `creationTimestamp: null`).
    ///
    /// The size is bounded by the caller.
    public init(kubernetesProtobuf bytes: [UInt8]) throws(ProtobufError) {
        guard bytes.starts(with: [0x6B, 0x38, 0x73, 0]) else { throw .malformed("it does not begin with k8s\\0") }
        let envelope = try Envelope(bytes.dropFirst(4))
        let kind = GroupVersionKind(apiVersion: envelope.apiVersion, kind: envelope.kind)
        guard let message = ProtobufLibrary.builtIn.message(for: kind) else { throw ProtobufError(.unsupported(kind)) }
        var decoder = ProtobufDecoder(.builtIn)
        var object = try decoder.object(envelope.object, message)
        object["apiVersion"] = .string(envelope.apiVersion)
        object["kind"] = .string(envelope.kind)
        self = .object(object)
    }
}

/// `runtime.Unknown` of `k8s.io/apimachinery`.
private struct Envelope {
    private(set) var apiVersion = ""
    private(set) var kind = ""
    private(set) var object: ArraySlice<UInt8> = []

    init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            guard case .bytes(let bytes) = value else { throw .malformed("expected a length and bytes") }
            switch number {
            case 1: try readType(bytes)
            case 2: object = bytes
            case 3 where !bytes.isEmpty:
                throw .malformed("content encoding \"\(String(decoding: bytes, as: UTF8.self))\" is not supported")
            case 4 where !bytes.isEmpty && String(decoding: bytes, as: UTF8.self) != "application/vnd.kubernetes.protobuf":
                throw .malformed("content type \"\(String(decoding: bytes, as: UTF8.self))\" is not supported")
            default: break
            }
        }
        guard !kind.isEmpty else { throw .malformed("Object 'Kind' is missing") }
        guard !apiVersion.isEmpty else { throw .malformed("Object 'apiVersion' is missing") }
    }

    private mutating func readType(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            guard case .bytes(let bytes) = value else { throw .malformed("expected a length and bytes") }
            switch number {
            case 1: apiVersion = String(decoding: bytes, as: UTF8.self)
            case 2: kind = String(decoding: bytes, as: UTF8.self)
            default: break
            }
        }
    }
}
