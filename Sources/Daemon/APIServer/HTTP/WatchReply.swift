import HTTPTypes
import Kubernetes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// A watch that is answered as a stream of lines.
struct WatchReply: Sendable {
    /// What there is to send, or why there is nothing.
    enum Source: Sendable {
        case events(ObjectWatch)
        case failure(APIError)
    }

    var source: Source
    var rendering: ObjectRendering
    var sendsBookmarks = false
    var timeout = Duration.zero
}

/// The watches under way, so that the server can end them when it shuts down.
final class WatchSessions: Sendable {
    private struct State {
        var sessions: [ObjectIdentifier: WatchSession] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.sessions.count } }

    /// Whether the server is shutting down.
    var isEnding: Bool { state.withLock { $0.isClosed } }

    func endAll() {
        let sessions = state.withLock { state in
            state.isClosed = true
            return state.sessions.values
        }
        for session in sessions { session.end() }
    }

    fileprivate func add(_ session: WatchSession) {
        let isClosed = state.withLock { state in
            state.sessions[ObjectIdentifier(session)] = session
            return state.isClosed
        }
        if isClosed { session.end() }
    }

    fileprivate func remove(_ session: WatchSession) {
        state.withLock { $0.sessions[ObjectIdentifier(session)] = nil }
    }

    /// Sends the reply's events over `channel` until the watch times out, the client goes, or the server shuts down.
    func serve(_ reply: WatchReply, head: HTTPResponse, over channel: any Channel) async throws {
        try await channel.writeAndFlush(HTTPResponsePart.head(head)).get()
        switch reply.source {
        case .failure(let error):
            var buffer = channel.allocator.buffer(capacity: 512)
            reply.rendering.append(error, to: &buffer)
            try await channel.writeAndFlush(HTTPResponsePart.body(buffer)).get()
        case .events(let events):
            let session = WatchSession(reply, channel)
            add(session)
            defer { remove(session) }
            try await session.run(events)
        }
        try await channel.writeAndFlush(HTTPResponsePart.end(nil)).get()
    }
}

/// One watch under way.
private final class WatchSession: Sendable {
    private struct State {
        var hasEnded = false
        /// Wakes the pump from waiting for a change.
        var interrupt: (@Sendable () -> Void)?
    }

    /// How often a client that has asked for bookmarks learns how far it has seen.
    private static let bookmarkInterval = TimeAmount.seconds(60)
    /// How long a client that does not read may keep a watch that is over.
    private static let endGrace = TimeAmount.seconds(10)

    private let reply: WatchReply
    private let channel: any Channel
    private let state = Mutex(State())

    init(_ reply: WatchReply, _ channel: any Channel) {
        self.reply = reply
        self.channel = channel
    }

    func end() {
        let interrupt = state.withLock { state in
            state.hasEnded = true
            return state.interrupt
        }
        interrupt?()
    }

    func run(_ events: ObjectWatch) async throws {
        channel.closeFuture.whenComplete { [weak self] _ in self?.end() }
        let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(reply.timeout)) { [weak self] in self?.end() }
        let cutoff = channel.eventLoop.scheduleTask(in: TimeAmount(reply.timeout) + Self.endGrace) { [channel] in
            channel.close(promise: nil)
        }
        let interval = Self.bookmarkInterval
        let bookmarks = channel.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { [weak self] _ in
            self?.state.withLock { $0.interrupt }?()
        }
        defer {
            deadline.cancel()
            cutoff.cancel()
            bookmarks.cancel()
        }
        var pump = WatchPump(iterator: events.makeAsyncIterator(), rendering: reply.rendering, channel: channel)
        while true {
            let stop = await runUntilInterrupted(&pump)
            switch stop {
            case .exhausted: return
            case .failed(let error): return try await pump.send(error)
            case .interrupted where state.withLock { $0.hasEnded }: return
            case .interrupted: if reply.sendsBookmarks { try await pump.sendBookmark() }
            }
        }
    }

    /// Waiting for a change ends only with its task, so the pump has one of its own, which is cancelled to wake it; what it had
    /// read it keeps.
    private func runUntilInterrupted(_ pump: inout WatchPump) async -> WatchPump.Stop {
        let task = Task { [pump] in
            var running = pump
            let stop = await running.run()
            return (running, stop)
        }
        let hasEnded = state.withLock { state in
            state.interrupt = { task.cancel() }
            return state.hasEnded
        }
        if hasEnded { task.cancel() }
        let stop: WatchPump.Stop
        (pump, stop) = await task.value
        return stop
    }
}

/// Carries events from a watch to a channel.
private struct WatchPump: Sendable {
    enum Stop {
        case interrupted
        /// The store was closed or the client is gone.
        case exhausted
        case failed(APIError)
    }

    var iterator: ObjectWatch.Iterator
    let rendering: ObjectRendering
    let channel: any Channel

    /// Events that are at hand together go out together, up to this many bytes.
    private static let batchSize = 64 * 1024

    mutating func run() async -> Stop {
        do throws(APIError) {
            while let event = try await iterator.next() {
                var buffer = channel.allocator.buffer(capacity: (event.object?.bytes.count ?? 256) + 64)
                append(event, to: &buffer)
                while buffer.readableBytes < Self.batchSize, let next = iterator.nextAtHand() {
                    append(next, to: &buffer)
                }
                guard await send(buffer) else { return .exhausted }
            }
            return Task.isCancelled ? .interrupted : .exhausted
        } catch {
            return .failed(error)
        }
    }

    private func append(_ event: WatchEvent, to buffer: inout ByteBuffer) {
        // The only bookmark that the watch itself makes ends the initial events.
        rendering.append(event, to: &buffer, endsInitial: true)
    }

    func sendBookmark() async throws {
        guard iterator.isPastInitial else { return }
        var buffer = channel.allocator.buffer(capacity: 256)
        rendering.append(.bookmark(resourceVersion: String(iterator.revision)), to: &buffer)
        try await channel.writeAndFlush(HTTPResponsePart.body(buffer)).get()
    }

    func send(_ error: APIError) async throws {
        var buffer = channel.allocator.buffer(capacity: 512)
        rendering.append(error, to: &buffer)
        try await channel.writeAndFlush(HTTPResponsePart.body(buffer)).get()
    }

    /// Waits until the bytes were taken by the connection: a client that reads slowly is read for slowly.
    private func send(_ buffer: ByteBuffer) async -> Bool {
        (try? await channel.writeAndFlush(HTTPResponsePart.body(buffer)).get()) != nil
    }
}
