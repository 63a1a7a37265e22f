import AsyncHTTPClient
import NIOCore

/// The body of a call that is passed on, read as it is sent.
public struct RelayedRequestBody: Sendable {
    let body: HTTPClientRequest.Body

    /// - Parameter length: in bytes; nil where it is not known.
    public init<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes, length: Int64?) where Bytes.Element == ByteBuffer {
        body = .stream(bytes, length: length.map { .known($0) } ?? .unknown)
    }
}

/// An answer that is passed on as it comes.
public struct RelayedAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: RelayedBody
}

/// The connection is let go with the body.
public struct RelayedBody: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer
    public typealias Failure = any Error

    let body: HTTPClientResponse.Body
    let place: WatchConnections.Place

    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: HTTPClientResponse.Body.AsyncIterator
        let place: WatchConnections.Place

        public mutating func next() async throws -> ByteBuffer? { try await base.next() }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            try await base.next(isolation: actor)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: body.makeAsyncIterator(), place: place) }
}
