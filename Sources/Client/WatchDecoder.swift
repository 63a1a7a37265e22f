import AsyncHTTPClient
import Kubernetes

/// Cuts a watch's answer into events: a JSON value a line (`meta/v1.WatchEvent`), in chunks that end anywhere.
struct WatchDecoder {
    /// Bytes that one event may have: far more than any server stores.
    static let maximumLineLength = 16 << 20

    private let maximumLineLength: Int
    /// The beginning of a line whose end has not come yet.
    private var pending: [UInt8] = []

    init(maximumLineLength: Int = Self.maximumLineLength) {
        self.maximumLineLength = maximumLineLength
    }

    /// The events that end in this chunk.
    /// - Throws: what an `ERROR` event says, or that the server sent something else than events. Events before it are lost, as
    ///   the watch is then to be made anew from the last version seen.
    mutating func decode(_ chunk: some Collection<UInt8>) throws(APIError) -> [WatchEvent] {
        var events: [WatchEvent] = []
        var rest = chunk[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            try take(rest[..<end])
            rest = rest[rest.index(after: end)...]
            if let event = try Self.event(pending) { events.append(event) }
            pending.removeAll(keepingCapacity: pending.count < 65_536)
        }
        try take(rest)
        return events
    }

    private mutating func take(_ part: some Collection<UInt8>) throws(APIError) {
        guard pending.count + part.count <= maximumLineLength else {
            throw .internalError("a watch event is larger than \(maximumLineLength) bytes")
        }
        pending.append(contentsOf: part)
    }

    private static func event(_ line: [UInt8]) throws(APIError) -> WatchEvent? {
        guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) else { return nil }
        if let event = eventInUsualForm(line) { return event }
        let json: JSON
        do {
            json = try JSON(parsing: line)
        } catch {
            throw .internalError("a watch event is no JSON: \(error)")
        }
        let object = Object(json["object"] ?? .null)
        switch json["type"]?.string {
        case "ADDED": return .added(EncodedObject(object))
        case "MODIFIED": return .modified(EncodedObject(object))
        case "DELETED": return .deleted(EncodedObject(object))
        case "BOOKMARK": return .bookmark(resourceVersion: object.resourceVersion)
        case "ERROR": throw APIError(status: object.json) ?? .internalError("a watch ended with an error that says nothing")
        case let type: throw .internalError("a watch event has the unknown type \"\(type ?? "")\"")
        }
    }
}

extension WatchDecoder {
    private static let head = Array(#"{"type":""#.utf8)
    private static let beforeObject = Array(#"","object":"#.utf8)

    /// An event as servers in fact write it, `{"type":"…","object":…}`: its object's bytes are taken as they are. Nil for what
    /// has another form, and for everything but objects that are there or gone.
    fileprivate static func eventInUsualForm(_ line: [UInt8]) -> WatchEvent? {
        guard line.starts(with: head), line.last == UInt8(ascii: "}") else { return nil }
        let rest = line[head.count..<line.count - 1]
        guard let quote = rest.firstIndex(of: UInt8(ascii: "\"")), rest[quote...].starts(with: beforeObject) else { return nil }
        let event: (EncodedObject) -> WatchEvent
        switch String(decoding: rest[..<quote], as: UTF8.self) {
        case "ADDED": event = WatchEvent.added
        case "MODIFIED": event = WatchEvent.modified
        case "DELETED": event = WatchEvent.deleted
        default: return nil
        }
        guard let object = try? EncodedObject(bytes: Array(rest[(quote + beforeObject.count)...])) else { return nil }
        return event(object)
    }
}

/// Reads a watch's events off its answer, one after the other. The connection closes when the reader goes.
actor WatchReader {
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var decoder = WatchDecoder()
    private var events: ArraySlice<WatchEvent> = []
    private let place: WatchConnections.Place

    init(_ body: HTTPClientResponse.Body, on place: WatchConnections.Place) {
        self.body = body.makeAsyncIterator()
        self.place = place
    }

    func next() async throws -> WatchEvent? {
        while events.isEmpty {
            var body = body
            let chunk = try await body.next(isolation: self)
            self.body = body
            guard let chunk else { return nil }
            events = try decoder.decode(chunk.readableBytesView)[...]
        }
        return events.removeFirst()
    }
}
