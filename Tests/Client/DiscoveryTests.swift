import Hummingbird
import Kubernetes
import Testing

@testable import Client

@Suite(.timeLimit(.minutes(1)))
struct DiscoveryTests {
    private let core: JSON = [
        "kind": "APIResourceList", "groupVersion": "v1",
        "resources": [
            ["name": "pods", "kind": "Pod", "namespaced": true, "verbs": ["get", "list"]],
            [
                "name": "pods/eviction", "kind": "Eviction", "group": "policy", "version": "v1", "namespaced": true,
                "verbs": ["create"],
            ],
        ],
    ]

    private let expectedPods = [
        APIResource(
            resource: GroupVersionResource(group: "", version: "v1", resource: "pods"),
            kind: GroupVersionKind(group: "", version: "v1", kind: "Pod"), isNamespaced: true, verbs: ["get", "list"]),
        APIResource(
            resource: GroupVersionResource(group: "", version: "v1", resource: "pods"),
            kind: GroupVersionKind(group: "policy", version: "v1", kind: "Eviction"), isNamespaced: true, verbs: ["create"],
            subresource: "eviction"),
    ]

    @Test func groupByGroupWhereOneIsBroken() async throws {
        let server = TestServer { [self] seen in
            switch seen.path {
            case "/api": .json(["kind": "APIVersions", "versions": ["v1"]])
            case "/api/v1": .json(core)
            case "/apis":
                .json([
                    "kind": "APIGroupList",
                    "groups": [
                        ["name": "broken", "versions": [["groupVersion": "broken/v1"]]],
                        ["name": "apps", "versions": [["groupVersion": "apps/v1"]]],
                    ],
                ])
            case "/apis/apps/v1":
                .json([
                    "resources": [
                        [
                            "name": "deployments", "kind": "Deployment", "namespaced": true, "verbs": ["get"],
                            "shortNames": ["deploy"],
                        ]
                    ]
                ])
            default: Response(status: .internalServerError)
            }
        }
        try await withClient(of: server) { client in
            let found = try await client.discover()
            #expect(Array(found.resources.prefix(2)) == expectedPods)
            #expect(found.resources.dropFirst(2).map(\.kind.description) == ["apps/v1, Kind=Deployment"])
            #expect(found.resources.last?.shortNames == ["deploy"])
            #expect(found.missing.map(\.description) == ["broken/v1"])
        }
    }

    @Test func inOneAnswerWhereTheServerOffersIt() async throws {
        @Sendable func list(_ group: String, _ versions: JSON) -> JSON {
            ["kind": "APIGroupDiscoveryList", "items": [["metadata": ["name": .string(group)], "versions": versions]]]
        }
        let server = TestServer { seen in
            guard seen.headers["accept"]?.contains("as=APIGroupDiscoveryList") == true else {
                return Response(status: .notAcceptable)
            }
            if seen.path == "/api" {
                return .json(
                    list(
                        "",
                        [
                            [
                                "version": "v1", "freshness": "Current",
                                "resources": [
                                    [
                                        "resource": "pods", "scope": "Namespaced", "verbs": ["get", "list"],
                                        "responseKind": ["group": "", "version": "v1", "kind": "Pod"],
                                        "subresources": [
                                            [
                                                "subresource": "eviction", "verbs": ["create"],
                                                "responseKind": ["group": "policy", "version": "v1", "kind": "Eviction"],
                                            ]
                                        ],
                                    ]
                                ],
                            ]
                        ]))
            }
            return .json(
                list(
                    "apps",
                    [
                        [
                            "version": "v1", "freshness": "Current",
                            "resources": [
                                [
                                    "resource": "deployments", "scope": "Namespaced", "verbs": ["get"],
                                    "responseKind": ["group": "", "version": "", "kind": "Deployment"],
                                ]
                            ],
                        ],
                        ["version": "v2", "freshness": "Stale", "resources": [["resource": "x", "responseKind": ["kind": "X"]]]],
                    ]))
        }
        try await withClient(of: server) { client in
            let found = try await client.discover()
            #expect(Array(found.resources.prefix(2)) == expectedPods)
            #expect(found.resources.dropFirst(2).map(\.kind.description) == ["apps/v1, Kind=Deployment"])
            #expect(found.missing.map(\.description) == ["apps/v2"])
        }
        #expect(Set(server.seen.map(\.path)) == ["/api", "/apis"])
    }

    @Test func aServerThatCannotBeAskedIsAnError() async throws {
        let server = TestServer { _ in .failure(.unauthorized) }
        try await withClient(of: server) { client in
            try await expectError(where: { $0 == .unauthorized }) { _ = try await client.discover() }
        }
    }
}
