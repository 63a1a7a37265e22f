import HTTPTypes
import Kubernetes
import NIOCore

/// Puts objects into the form that a client asked for. Objects as they are, in JSON, are the stored bytes.
struct ObjectRendering: Sendable {
    let resource: ServedResource
    let representation: Representation
    private let includedObject: TableObject

    init(_ resource: ServedResource, _ representation: Representation, _ query: QueryParameters) {
        self.resource = resource
        self.representation = representation
        includedObject = query["includeObject"].flatMap(TableObject.init) ?? .metadata
    }

    // MARK: Answers

    func reply(_ object: EncodedObject, _ status: HTTPResponse.Status = .ok) -> Reply {
        if representation.encoding == .json, representation.form == .object {
            return Reply(status, contentType: representation.contentType, object.bytes)
        }
        return Reply(status, tree(of: object), representation)
    }

    func reply(_ outcome: WriteOutcome) -> Reply {
        var reply = reply(outcome.object, outcome.isCreation ? .created : .ok)
        reply.add(warnings: outcome.warnings)
        return reply
    }

    func reply(_ page: ObjectPage) -> Reply {
        guard representation.encoding == .json, representation.form == .object else {
            return Reply(.ok, tree(of: page), representation)
        }
        // The envelope around the items' bytes.
        var envelope: JSON = [
            "apiVersion": .string(resource.kind.apiVersion), "kind": .string(resource.definition.listKind),
            "metadata": metadata(of: page),
        ]
        envelope["items"] = nil
        var head = envelope.encoded()
        head.removeLast()
        var buffer = ByteBufferAllocator().buffer(
            capacity: head.count + 16 + page.items.reduce(0) { $0 + $1.bytes.count + 1 })
        buffer.writeBytes(head)
        buffer.writeStaticString(",\"items\":[")
        for index in page.items.indices {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            buffer.writeBytes(page.items[index].bytes)
        }
        buffer.writeStaticString("]}")
        return Reply(.ok, contentType: representation.contentType, buffer)
    }

    private func metadata(of page: ObjectPage) -> JSON {
        var metadata: JSON = ["resourceVersion": .string(String(page.revision))]
        if !page.continue.isEmpty { metadata["continue"] = .string(page.continue) }
        if let remaining = page.remaining { metadata["remainingItemCount"] = JSON(remaining) }
        return metadata
    }

    // MARK: Watch events

    /// Appends one event as a line.
    /// - Parameter endsInitial: whether a bookmark says that all initial objects were sent.
    func append(_ event: WatchEvent, to buffer: inout ByteBuffer, endsInitial: Bool = false) {
        switch event {
        case .added(let object): append("ADDED", object, to: &buffer)
        case .modified(let object): append("MODIFIED", object, to: &buffer)
        case .deleted(let object): append("DELETED", object, to: &buffer)
        case .bookmark(let version):
            var metadata: JSON = ["resourceVersion": .string(version), "creationTimestamp": .null]
            if endsInitial { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
            let kind = bookmarkKind
            append(
                "BOOKMARK",
                JSON.object(["kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion), "metadata": metadata]).encoded(),
                to: &buffer)
        }
    }

    func append(_ error: APIError, to buffer: inout ByteBuffer) { append("ERROR", error.status.encoded(), to: &buffer) }

    private func append(_ type: StaticString, _ object: EncodedObject, to buffer: inout ByteBuffer) {
        append(type, representation.form == .object ? object.bytes : tree(of: object).encoded(), to: &buffer)
    }

    private func append(_ type: StaticString, _ bytes: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"type\":\"")
        buffer.writeStaticString(type)
        buffer.writeStaticString("\",\"object\":")
        buffer.writeBytes(bytes)
        buffer.writeStaticString("}\n")
    }

    private var bookmarkKind: GroupVersionKind {
        switch representation.form {
        case .object: resource.kind
        case .table(let version): GroupVersionKind(group: "meta.k8s.io", version: version, kind: "Table")
        case .metadata(let version): GroupVersionKind(group: "meta.k8s.io", version: version, kind: "PartialObjectMetadata")
        }
    }

    // MARK: Other forms

    private func tree(of object: EncodedObject) -> JSON {
        switch representation.form {
        case .object: object.decoded().json
        case .metadata(let version): TablePrinter.partialMetadata(object.decoded(), groupVersion: version)
        case .table(let version):
            table([object], version, metadata: ["resourceVersion": .string(String(object.revision))])
        }
    }

    private func tree(of page: ObjectPage) -> JSON {
        let metadata = metadata(of: page)
        let kind: (apiVersion: String, kind: String)
        let items: [JSON]
        switch representation.form {
        case .table(let version): return table(page.items, version, metadata: metadata)
        case .object:
            kind = (resource.kind.apiVersion, resource.definition.listKind)
            items = page.items.map { $0.decoded().json }
        case .metadata(let version):
            kind = ("meta.k8s.io/\(version)", "PartialObjectMetadataList")
            items = page.items.map { TablePrinter.partialMetadata($0.decoded(), groupVersion: version) }
        }
        return [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "metadata": metadata, "items": .array(items),
        ]
    }

    private func table(_ objects: [EncodedObject], _ version: String, metadata: JSON) -> JSON {
        TablePrinter(resource.definition, version: resource.version).table(
            objects.lazy.map { $0.decoded() }, include: includedObject, metadata: metadata, groupVersion: version)
    }
}
