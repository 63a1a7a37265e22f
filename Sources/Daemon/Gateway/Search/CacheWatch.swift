import APIServer
import Client
import Kubernetes
import NIOCore

/// A watch of one resource across clusters.
struct CacheWatch {
    private let cache: SearchCache
    private let query: CacheQuery

    /// Events that wait for a client that reads slowly; one that falls further behind has to begin anew.
    private static let backlog = 16_384

    init(_ cache: SearchCache, _ query: CacheQuery) {
        self.cache = cache
        self.query = query
    }

    /// - Throws: `Expired` where the client's version is too old to go on from.
    func reply() throws(APIError) -> ExtensionReply {
        let resource = query.path.resource
        let seen = query.resourceVersion == "0" ? CombinedVersion() : CombinedVersion(query.resourceVersion)
        let (events, continuation) = AsyncThrowingStream<CachedResource.Event, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.backlog))
        var watches: [(CachedResource, Int)] = []
        do {
            for cached in cache.caches(of: resource) {
                let id = try cached.watch(after: seen[cached.cluster]) { event in
                    if case .dropped = continuation.yield(event) { continuation.finish() }
                }
                watches.append((cached, id))
            }
        } catch {
            for (cached, id) in watches { cached.forget(watcher: id) }
            throw error
        }
        let reshape = cache.onReshape(of: resource) { continuation.finish() }
        let timeout = Task { [timeout = query.timeout] in
            try await Task.sleep(for: timeout)
            continuation.finish()
        }
        continuation.onTermination = { [cache, watches] _ in
            timeout.cancel()
            // In a task of its own: this is called while the stream ends, which a watcher may bring about under the lock that
            // forgetting it takes.
            Task {
                cache.forget(reshape: reshape)
                for (cached, id) in watches { cached.forget(watcher: id) }
            }
        }
        return ExtensionReply(
            headers: [("content-type", "application/json")], .stream(EventLines(events: events, query: query, version: seen)))
    }
}

/// The events that the query selects, a line each, with the versions of all clusters up to there.
private struct EventLines: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let events: AsyncThrowingStream<CachedResource.Event, any Error>
    let query: CacheQuery
    let version: CombinedVersion

    struct AsyncIterator: AsyncIteratorProtocol {
        var events: AsyncThrowingStream<CachedResource.Event, any Error>.AsyncIterator
        let query: CacheQuery
        var version: CombinedVersion

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            while let event = try await events.next(isolation: actor) {
                version[event.cluster] = event.revision
                guard query.selects(event.object) else { continue }
                let object = CacheQuery.json(event.object, from: event.cluster, version: version.description)
                let line: JSON = ["type": .string(event.kind.rawValue), "object": object]
                return ByteBuffer(bytes: line.encoded() + [UInt8(ascii: "\n")])
            }
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(events: events.makeAsyncIterator(), query: query, version: version)
    }
}
