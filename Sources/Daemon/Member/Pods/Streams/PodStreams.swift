import APIServer
import Client
import Kubernetes
import NIOCore

/// `exec`, `attach` and `portforward` of a simulated member's pods, as a kubelet serves them: over WebSockets, port-forward over
/// SPDY as well. No container runs: `exec` knows a few commands, `attach` shows the log, and ports are those of `PodServers`.
public struct PodStreams: RequestExtension {
    private static let subresources: Set<String> = ["exec", "attach", "portforward"]
    private let client: any ObjectClient

    public init(client: any ObjectClient) { self.client = client }

    public func answers(_ resource: GroupResource, subresource: String?) -> Bool {
        resource == GroupResource(group: "", resource: "pods") && Self.subresources.contains(subresource ?? "")
    }

    public func reply(to request: ExtensionRequest) async throws(APIError) -> ExtensionReply {
        guard request.method == "GET" || request.method == "POST" else { throw .methodNotAllowed }
        let key = ObjectKey(namespace: request.namespace ?? "", name: request.name)
        let pod = Pod(try await client.get(.pods, key))
        guard pod.phase == .running else {
            throw .badRequest("pod \(key.name) is not running: its phase is \(pod.phase.rawValue)")
        }
        if request.subresource == "portforward" { return try forward(request, pod) }
        let container = try SimulatedContainer(named: request.query["container"], of: pod)
        let (name, headers) = try webSocket(request, RemoteCommand.protocols)
        let command = request.subresource == "exec" ? request.query.all("command") : nil
        if command?.isEmpty == true { throw .badRequest("you must specify at least one command for the container") }
        let hasInput = request.query.flag("stdin")
        return ExtensionReply(
            status: 101, headers: headers,
            .connection { connection in
                try await CommandSession(connection, tellsEnd: RemoteCommand.tellsEnd(name))
                    .run(command, in: container, hasInput: hasInput)
            })
    }

    // MARK: Port-forward

    private static let forwarding = "portforward.k8s.io"

    private func forward(_ request: ExtensionRequest, _ pod: Pod) throws(APIError) -> ExtensionReply {
        guard let host = pod.ip.flatMap(IPv4.init)?.onLoopback.description else {
            throw .badRequest("pod \(pod.key.name) has no address")
        }
        if request.offeredProtocol?.lowercased() == "spdy/3.1" {
            let headers = [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"), ("X-Stream-Protocol-Version", Self.forwarding)]
            return ExtensionReply(
                status: 101, headers: headers,
                .connection { connection in
                    try await PortForwarding(to: host) { try await connection.write($0) }.run(connection.inbound)
                })
        }
        let (_, headers) = try webSocket(request, ["SPDY/3.1+" + Self.forwarding])
        return ExtensionReply(
            status: 101, headers: headers,
            .connection { connection in
                let writer = WebSocketWriter(role: .server) { try await connection.write($0) }
                let messages = WebSocketMessages(connection.inbound, role: .server, writer: writer)
                try await PortForwarding(to: host) { try await writer.send($0) }.run(messages)
                try await writer.close()
            })
    }

    // MARK: WebSockets

    /// - Parameter protocols: what is spoken, the best first.
    /// - Returns: the one that both speak, and the answer's headers.
    private func webSocket(
        _ request: ExtensionRequest, _ protocols: [String]
    ) throws(APIError) -> (name: String, headers: [(name: String, value: String)]) {
        guard request.offeredProtocol?.lowercased() == "websocket" else {
            throw .badRequest("unable to upgrade: Upgrade request required, to websocket")
        }
        guard request.method == "GET", request.header("Sec-WebSocket-Version") == "13",
            let key = request.header("Sec-WebSocket-Key"), Base64.decode(key)?.count == 16
        else { throw .badRequest("not a WebSocket's opening handshake of version 13") }
        let offered = request.headers.filter { $0.name.lowercased() == "sec-websocket-protocol" }
            .flatMap { $0.value.split(separator: ",").map { $0.filter { $0 != " " } } }
        guard let name = protocols.first(where: offered.contains) else {
            throw .badRequest("none of the client's protocols is supported, only \(protocols.joined(separator: ", "))")
        }
        return (
            name,
            [
                ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Accept", WebSocket.accept(key: key)),
                ("Sec-WebSocket-Protocol", name),
            ]
        )
    }
}
