import HTTPTypes
import Kubernetes

/// The headers `Impersonate-…` of a request, by which somebody who may acts as another (Kubernetes documentation, "User
/// impersonation").
struct Impersonation: Sendable, Equatable {
    private var name: String
    private var uid: String
    private var groups: [String]
    private var extra: [(key: String, value: String)]

    /// How many headers may name groups and extra fields, together: each costs a decision.
    private static let maximumHeaders = 100

    static func == (left: Self, right: Self) -> Bool {
        left.name == right.name && left.uid == right.uid && left.groups == right.groups
            && left.extra.elementsEqual(right.extra) { $0 == $1 }
    }

    /// Nil where the request speaks for its own user.
    init?(_ headers: HTTPFields) throws(APIError) {
        var names: [String] = []
        var uids: [String] = []
        groups = []
        extra = []
        for header in headers {
            // Field names are compared without case; this is their lower-case form.
            let field = header.name.canonicalName
            guard field.hasPrefix("impersonate-") else { continue }
            switch field.dropFirst("impersonate-".count) {
            case "user": names.append(header.value)
            case "uid": uids.append(header.value)
            case "group": groups.append(header.value)
            case let rest where rest.hasPrefix("extra-"):
                extra.append((PercentEncoding.decode(rest.dropFirst("extra-".count)), header.value))
            default: continue
            }
        }
        guard !(names + uids + groups).isEmpty || !extra.isEmpty else { return nil }
        guard names.count <= 1, uids.count <= 1, groups.count + extra.count <= Self.maximumHeaders else {
            throw .badRequest("too many Impersonate- headers: at most one user, one uid and \(Self.maximumHeaders) others")
        }
        guard let name = names.first, !name.isEmpty else {
            throw .badRequest("groups, a uid or extra fields cannot be impersonated without a user: Impersonate-User is missing")
        }
        self.name = name
        uid = uids.first ?? ""
    }

    private static let accountPrefix = "system:serviceaccount:"

    /// The namespace and name of the service account that is impersonated; nil for any other user.
    private var account: (namespace: String, name: String)? {
        guard name.hasPrefix(Self.accountPrefix) else { return nil }
        let parts = name.dropFirst(Self.accountPrefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// The user as whom the request is to be answered.
    /// - Throws: `Forbidden` where `user` may not act as them.
    func user(for user: UserInfo, _ authorizer: Authorizer) throws(APIError) -> UserInfo {
        func require(
            _ resource: String, group: String = "", subresource: String? = nil, namespace: String = "", _ name: String
        ) throws(APIError) {
            try authorizer.authorize(
                AuthorizationAttributes(
                    user: user, verb: "impersonate",
                    target: .resource(
                        group: group, resource: resource, subresource: subresource, namespace: namespace, name: name)))
        }
        let authentication = "authentication.k8s.io"
        if let account {
            try require("serviceaccounts", namespace: account.namespace, account.name)
        } else {
            try require("users", name)
        }
        for group in groups { try require("groups", group) }
        if !uid.isEmpty { try require("uids", group: authentication, uid) }
        for field in extra { try require("userextras", group: authentication, subresource: field.key, field.value) }

        var other = UserInfo(name: name, uid: uid, groups: groups)
        if let account, groups.isEmpty {
            other.groups = UserInfo.serviceAccount(namespace: account.namespace, name: account.name).groups
        }
        for field in extra { other.extra[field.key, default: []].append(field.value) }
        let implied =
            name == UserInfo.anonymous.name ? UserInfo.unauthenticatedGroup : UserInfo.authenticatedGroup
        if !other.groups.contains(UserInfo.authenticatedGroup), !other.groups.contains(UserInfo.unauthenticatedGroup) {
            other.groups.append(implied)
        }
        return other
    }
}
