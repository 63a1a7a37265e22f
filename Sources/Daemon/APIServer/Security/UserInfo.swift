import X509

/// Who makes a request (`authentication.k8s.io/v1.UserInfo`).
public struct UserInfo: Sendable, Hashable {
    public var name: String
    public var uid: String
    public var groups: [String]
    public var extra: [String: [String]]

    public init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    static let mastersGroup = "system:masters"
    static let authenticatedGroup = "system:authenticated"
    static let unauthenticatedGroup = "system:unauthenticated"

    /// Whoever showed no credential.
    public static let anonymous = UserInfo(name: "system:anonymous", groups: [unauthenticatedGroup])

    /// A part of this process with all rights.
    public static func internalComponent(_ name: String) -> UserInfo {
        UserInfo(name: name, groups: [mastersGroup, authenticatedGroup])
    }

    public static func serviceAccount(namespace: String, name: String, uid: String = "") -> UserInfo {
        UserInfo(
            name: "system:serviceaccount:\(namespace):\(name)", uid: uid,
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", authenticatedGroup])
    }

    /// The user of a client certificate. Nil without a common name.
    init?(certificate: Certificate) {
        self.init(subject: certificate.subject)
        guard !name.isEmpty else { return nil }
        groups.append(Self.authenticatedGroup)
    }

    /// Common name and organizations of a certificate's subject; the name is empty where there is none.
    init(subject: DistinguishedName) {
        self.init(name: "")
        for attribute in subject.lazy.flatMap({ $0 }) {
            if attribute.type == .RDNAttributeType.commonName {
                name = String(attribute.value) ?? ""
            } else if attribute.type == .RDNAttributeType.organizationName, let group = String(attribute.value) {
                groups.append(group)
            }
        }
    }
}
