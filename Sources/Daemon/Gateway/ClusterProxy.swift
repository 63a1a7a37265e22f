import APIServer
import Client
import Controllers
import Kubernetes
import NIOCore

/// `/apis/cluster.karmada.io/v1alpha1/clusters/NAME/proxy/…`: passes requests on to the cluster's API server, made there in the
/// name of whoever makes them here.
public struct ClusterProxy: RequestExtension {
    private let clients: ImpersonatingClients
    private let all: AllClusters

    public init(clients: ImpersonatingClients) {
        self.clients = clients
        all = AllClusters(clients: clients)
    }

    public func answers(_ resource: GroupResource, subresource: String?) -> Bool {
        resource == Cluster.resource.groupResource && subresource == "proxy"
    }

    public func reply(to request: ExtensionRequest) async throws(APIError) -> ExtensionReply {
        let target = request.target(below: 6)
        guard request.name == AllClusters.name else { return try await pass(on: request, to: request.name, at: target) }
        switch try await all.route(request, to: target) {
        case .elsewhere: return ExtensionReply(elsewhere: target)
        case .cluster(let name): return try await pass(on: request, to: name, at: target)
        case .reply(let reply): return reply
        }
    }

    /// - Parameter target: the path in the member, with its query.
    func pass(on request: ExtensionRequest, to cluster: String, at target: String) async throws(APIError) -> ExtensionReply {
        let client = try await clients.client(for: cluster)
        let call = HTTPCall(
            request.method, target, headers: request.endToEndHeaders + Impersonation.headers(for: request.user))
        if let name = request.offeredProtocol { return try await tunnel(call, to: name, client) }
        let answer = try await client.relay(call, body: request.relayedBody)
        return ExtensionReply(
            status: answer.status, headers: answer.headers.filter { !ConnectionHeaders.contains($0.name) },
            .stream(answer.body))
    }

    /// Lets the caller and the member speak another protocol, of which nothing is understood here.
    private func tunnel(_ call: HTTPCall, to name: String, _ client: HTTPObjectClient) async throws(APIError) -> ExtensionReply {
        switch try await client.upgrade(call, to: name) {
        case .refused(let answer):
            return ExtensionReply(
                status: answer.status, headers: answer.headers.filter { !ConnectionHeaders.contains($0.name) },
                .bytes(answer.body))
        case .switched(let member):
            return ExtensionReply(status: 101, headers: member.headers, .connection { try await Self.join($0, member) })
        }
    }

    /// Carries bytes both ways, no faster than they are taken, until either end has enough.
    private static func join(_ caller: SwitchedConnection, _ member: UpgradedConnection) async throws {
        try await member.run { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for try await bytes in caller.inbound { try await outbound.write(bytes) } }
                group.addTask { for try await bytes in inbound { try await caller.write(bytes) } }
                try await group.next()
                group.cancelAll()
            }
        }
    }
}

/// Acting as somebody else (Kubernetes documentation, "User impersonation").
enum Impersonation {
    static let prefix = "impersonate-"

    /// Every server says by itself who has signed in, and who has not.
    private static let serversOwnGroups = ["system:authenticated", "system:unauthenticated"]

    static func headers(for user: UserInfo) -> [(name: String, value: String)] {
        [("Impersonate-User", user.name)]
            + user.groups.filter { !serversOwnGroups.contains($0) }.map { ("Impersonate-Group", $0) }
    }
}

/// Headers that are about one connection and are not passed on (RFC 9110 §7.6.1).
enum ConnectionHeaders {
    private static let names: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]

    static func contains(_ name: String) -> Bool { names.contains(name.lowercased()) }
}

extension ExtensionRequest {
    /// The target without the first `count` steps of its path: `/api/v1/pods?limit=1`.
    func target(below count: Int) -> String {
        let question = target.firstIndex(of: "?") ?? target.endIndex
        let steps = target[..<question].split(separator: "/").dropFirst(count)
        // The slash at the end means something to some servers.
        let end = !steps.isEmpty && target[..<question].hasSuffix("/") ? "/" : ""
        return "/" + steps.joined(separator: "/") + end + target[question...]
    }

    /// What the member is to see: without credentials, which are for this server, and without what only this connection is about.
    fileprivate var endToEndHeaders: [(name: String, value: String)] {
        headers.filter { header in
            let name = header.name.lowercased()
            return !ConnectionHeaders.contains(name) && !name.hasPrefix(Impersonation.prefix)
                && !["authorization", "host", "content-length", "accept-encoding"].contains(name)
        }.map { header in
            guard header.name.lowercased() == "sec-websocket-protocol" else { return header }
            // Browsers send bearer tokens so.
            let protocols = header.value.split(separator: ",").filter { !$0.contains("bearer.authorization.k8s.io") }
            return (header.name, protocols.joined(separator: ","))
        }
    }

    fileprivate var relayedBody: RelayedRequestBody? {
        if ["GET", "HEAD", "OPTIONS"].contains(method) { return nil }
        let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int64($0.value) }
        return length == 0 ? nil : RelayedRequestBody(body, length: length)
    }
}
