import Client
import Kubernetes
import Testing

@testable import Controllers

@Suite struct ProxyGrantsTests {
    private func change(_ yaml: String) throws -> Informer.Change {
        .added(EncodedObject(Object(try #require(try YAML.parse(yaml).first).json), revision: 1))
    }

    @Test func impersonationIsForThoseWhoMayUseTheProxy() throws {
        let grants = ProxyGrants()
        let noted = [
            grants.note(role: try change("""
                metadata: {name: one}
                rules: [{apiGroups: [cluster.karmada.io], resources: [clusters/proxy], resourceNames: [member1], verbs: [get]}]
                """)),
            grants.note(role: try change("""
                metadata: {name: everything}
                rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
                """)),
            grants.note(role: try change("""
                metadata: {name: unrelated}
                rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
                """)),
            grants.note(binding: try change("""
                metadata: {name: a}
                roleRef: {kind: ClusterRole, name: one}
                subjects: [{kind: User, name: tom}, {kind: ServiceAccount, namespace: default, name: bot}]
                """)),
            grants.note(binding: try change("""
                metadata: {name: b}
                roleRef: {kind: ClusterRole, name: everything}
                subjects: [{kind: Group, name: admins}]
                """)),
            grants.note(binding: try change("""
                metadata: {name: c}
                roleRef: {kind: ClusterRole, name: unrelated}
                subjects: [{kind: User, name: eve}]
                """)),
        ]
        #expect(noted == [true, true, false, true, true, false])
        func rule(_ resource: String, _ name: String) -> JSON {
            [
                "verbs": ["impersonate"], "apiGroups": [""], "resources": [.string(resource)],
                "resourceNames": [.string(name)],
            ]
        }
        #expect(
            grants.impersonationRules(for: "member1")
                == [rule("users", "tom"), rule("serviceaccounts", "bot"), rule("groups", "admins")])
        #expect(grants.impersonationRules(for: "member2") == [rule("groups", "admins")])
    }
}
