import APIServer
import Client
import Kubernetes
import NIOCore

/// `GET …/pods/x/log` in a simulated member: containers that do not run say one line, and when the log is followed another every
/// second.
public struct PodLogs: RequestExtension {
    private let client: any ObjectClient

    public init(client: any ObjectClient) { self.client = client }

    public func answers(_ resource: GroupResource, subresource: String?) -> Bool {
        resource == GroupResource(group: "", resource: "pods") && subresource == "log"
    }

    public func reply(to request: ExtensionRequest) async throws(APIError) -> ExtensionReply {
        guard request.method == "GET" else { throw .methodNotAllowed }
        let key = ObjectKey(namespace: request.namespace ?? "", name: request.name)
        let pod = Pod(try await client.get(.pods, key))
        let line = try SimulatedContainer(named: request.query["container"], of: pod).logLine
        let headers = [(name: "content-type", value: "text/plain")]
        guard request.query.flag("follow") else { return ExtensionReply(headers: headers, .bytes(Array(line.utf8))) }
        return ExtensionReply(headers: headers, .stream(Repetition(line: line, interval: .seconds(1))))
    }

    /// A line now and again after every interval, without end.
    private struct Repetition: AsyncSequence, Sendable {
        typealias Element = ByteBuffer
        typealias Failure = any Error

        let line: String
        let interval: Duration

        struct AsyncIterator: AsyncIteratorProtocol {
            let line: String
            let interval: Duration
            var isFirst = true

            mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }

            mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
                if !isFirst { try await Task.sleep(for: interval) }
                isFirst = false
                return ByteBuffer(string: line)
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(line: line, interval: interval) }
    }
}
