import AsyncHTTPClient
import Synchronization

/// The connections that watches run over.
///
/// Over HTTP/2 each watch keeps a stream for minutes, and a connection takes only so many (RFC 9113 §5.1.2; Kubernetes' API
/// servers: 100): what comes beyond them waits for one to end. So a client carries a few dozen watches, and the next have
/// another client, with a connection of its own.
final class WatchConnections: Sendable {
    static let watchesPerConnection = 64

    private struct Slot {
        var client: HTTPClient
        var watches = 0
    }

    private let makeClient: @Sendable () -> HTTPClient
    private let slots = Mutex<[Slot]>([])

    init(_ makeClient: @escaping @Sendable () -> HTTPClient) { self.makeClient = makeClient }

    /// A watch's place on a connection, for as long as somebody holds it.
    final class Place: Sendable {
        let client: HTTPClient
        private let leave: @Sendable () -> Void

        fileprivate init(_ client: HTTPClient, leave: @escaping @Sendable () -> Void) {
            self.client = client
            self.leave = leave
        }

        deinit { leave() }
    }

    func place() -> Place {
        slots.withLock { slots in
            let index = slots.firstIndex { $0.watches < Self.watchesPerConnection } ?? slots.endIndex
            if index == slots.endIndex { slots.append(Slot(client: makeClient())) }
            slots[index].watches += 1
            // Slots never move; a client without watches closes its connection by itself when it was idle for long.
            return Place(slots[index].client) { [weak self] in self?.slots.withLock { $0[index].watches -= 1 } }
        }
    }

    var clients: [HTTPClient] { slots.withLock { $0.map(\.client) } }
}
