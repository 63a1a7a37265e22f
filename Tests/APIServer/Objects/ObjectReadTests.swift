import Client
import Kubernetes
import Store
import Testing

@testable import APIServer

@Suite struct ObjectReadTests {
    private func filled(_ count: Int) async throws -> TestServer {
        let test = try await TestServer()
        for index in 0..<count {
            let name = "c" + String(repeating: "0", count: 3 - String(index).count) + String(index)
            try await test.create(test.configMaps, TestServer.configMap(name) { $0.labels = ["third": "\(index % 3 == 0)"] })
        }
        return test
    }

    @Test func pagesShowOneRevision() async throws {
        let test = try await filled(25)
        let resource = try test.configMaps
        var request = ListRequest(namespace: "default", limit: 10)
        var names: [String] = []
        var revisions: Set<Int64> = []
        repeat {
            let page = try await test.objects.list(resource, request)
            names += page.items.map(\.key.name)
            revisions.insert(page.revision)
            request.continue = page.continue
            // What changes between pages does not show.
            try await test.create(resource, TestServer.configMap("a\(names.count)"))
            _ = try await test.objects.delete(resource, ObjectKey(namespace: "default", name: "c024"), DeletionRequest(isDryRun: true))
        } while !request.continue.isEmpty
        #expect(names == names.sorted())
        #expect(names.count == 25)
        #expect(names.allSatisfy { $0.hasPrefix("c") })
        #expect(revisions.count == 1)
    }

    @Test func limitsCountWhatSelectorsLeave() async throws {
        let test = try await filled(25)
        let resource = try test.configMaps
        var request = ListRequest(namespace: "default", labelSelector: "third=true", limit: 4)
        let first = try await test.objects.list(resource, request)
        #expect(first.items.map(\.key.name) == ["c000", "c003", "c006", "c009"])
        request.continue = first.continue
        let second = try await test.objects.list(resource, request)
        #expect(second.items.map(\.key.name) == ["c012", "c015", "c018", "c021"])
        request.continue = second.continue
        let last = try await test.objects.list(resource, request)
        #expect(last.items.map(\.key.name) == ["c024"])
        #expect(last.continue.isEmpty)
    }

    @Test func exactRevisionsShowThePast() async throws {
        let test = try await filled(3)
        let resource = try test.configMaps
        let past = test.store.revision
        _ = try await test.objects.delete(resource, ObjectKey(namespace: "default", name: "c001"), DeletionRequest())
        let then = try await test.objects.list(
            resource, ListRequest(namespace: "default", version: VersionRequest(revision: past, match: .exact)))
        #expect(then.items.count == 3)
        #expect(then.revision == past)
        let now = try await test.objects.list(
            resource, ListRequest(namespace: "default", version: VersionRequest(revision: past, match: .notOlderThan)))
        #expect(now.items.count == 2)
    }

    @Test func selectorsThatNobodyKnowsAreRefused() async throws {
        let test = try await filled(1)
        for (labels, fields) in [("a===b", ""), ("", "spec.foo=x"), ("", "nonsense")] {
            let error = await #expect(throws: APIError.self) {
                try await test.objects.list(test.configMaps, ListRequest(labelSelector: labels, fieldSelector: fields))
            }
            #expect(error?.code == 400)
        }
        let token = await #expect(throws: APIError.self) {
            try await test.objects.list(test.configMaps, ListRequest(limit: 1, continue: "zzz"))
        }
        #expect(token?.code == 400)
    }

    @Test func continueTokensSurviveTheTrip() throws {
        for revision in [nil, 0, 17, Int64.max] as [Int64?] {
            let token = ContinueToken(revision: revision, after: ObjectKey(namespace: "näme", name: "a/b+c"))
            #expect(try ContinueToken(parsing: token.text) == token)
            #expect(!token.text.contains { "+/= ".contains($0) })
        }
    }

    @Test func fieldSelectorsReadTheObject() async throws {
        let test = try await TestServer()
        let secrets = try test.resource("", "secrets")
        for (name, type) in [("a", "Opaque"), ("b", "example.io/x")] {
            var secret = Object(apiVersion: "v1", kind: "Secret", namespace: "default", name: name)
            secret["type"] = .string(type)
            try await test.create(secrets, secret)
        }
        let found = try await test.objects.list(secrets, ListRequest(fieldSelector: "type=example.io/x"))
        #expect(found.items.map(\.key.name) == ["b"])
        let others = try await test.objects.list(
            secrets, ListRequest(fieldSelector: "type!=example.io/x,metadata.namespace=default"))
        #expect(others.items.map(\.key.name) == ["a"])
    }
}
