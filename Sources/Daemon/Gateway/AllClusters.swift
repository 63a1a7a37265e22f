import APIServer
import Client
import Controllers
import Kubernetes

/// `/apis/cluster.karmada.io/v1alpha1/clusters/*/proxy/…`: all clusters as if they were one. Lists are joined; what names an object
/// goes to the cluster that has it; what is about no resource, discovery say, is the control plane's own.
struct AllClusters: Sendable {
    static let name = "*"

    private let clients: ImpersonatingClients

    init(clients: ImpersonatingClients) { self.clients = clients }

    enum Route {
        case elsewhere
        /// The only cluster that has the object.
        case cluster(String)
        case reply(ExtensionReply)
    }

    /// - Parameter target: the path in the clusters, with its query.
    func route(_ request: ExtensionRequest, to target: String) async throws(APIError) -> Route {
        let info = RequestInfo(method: request.method, target: target)
        guard let path = info.resource else { return .elsewhere }
        if let name = path.name, request.method != "GET" || info.verb == "get" {
            return .cluster(try await owner(of: path, name, for: request.user))
        }
        guard info.verb == "list" else {
            throw APIError(
                code: 405, reason: .methodNotAllowed, message: "Request verb \(info.verb) is not support")
        }
        return .reply(try await list(target, path, for: request.user))
    }

    private func owner(
        of path: RequestInfo.ResourcePath, _ name: String, for user: UserInfo
    ) async throws(APIError) -> String {
        let object = path.resource.path(namespace: path.namespace, name: name)
        let owners = try await ask(object, user).map(\.cluster)
        guard let owner = owners.first else { throw .notFound(path.resource, name: name) }
        guard owners.count == 1 else {
            throw .conflict(
                path.resource, name: name, "exists in more than one cluster: \(owners.joined(separator: ", "))")
        }
        return owner
    }

    private func list(
        _ target: String, _ path: RequestInfo.ResourcePath, for user: UserInfo
    ) async throws(APIError) -> ExtensionReply {
        let answers = try await ask(target, user).compactMap { try? JSON(parsing: $0.answer.body) }
        guard var list = answers.first else { throw .notFound(path.resource, name: "") }
        list["items"] = .array(answers.flatMap { $0["items"]?.array ?? [] })
        return ExtensionReply(json: list)
    }

    /// Asks all clusters at the same time; those that do not answer, or not with 200, are left out.
    private func ask(_ path: String, _ user: UserInfo) async throws(APIError) -> [(cluster: String, answer: HTTPAnswer)] {
        let names = try await clients.names()
        let call = HTTPCall("GET", path, headers: [("Accept", "application/json")] + Impersonation.headers(for: user))
        let answers = await withTaskGroup(of: (String, HTTPAnswer)?.self) { [clients] group in
            for name in names {
                group.addTask {
                    guard let client = try? await clients.client(for: name), let answer = try? await client.request(call),
                        answer.status == 200
                    else { return nil }
                    return (name, answer)
                }
            }
            var answers: [String: HTTPAnswer] = [:]
            for await case let (name, answer)? in group { answers[name] = answer }
            return answers
        }
        return names.compactMap { name in answers[name].map { (cluster: name, answer: $0) } }
    }
}
