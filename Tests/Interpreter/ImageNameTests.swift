import Testing

@testable import Interpreter

@Suite struct ImageNameTests {
    static let digest = "sha256:" + String(repeating: "0f", count: 32)

    @Test(arguments: [
        ("nginx", "", "nginx", ""),
        ("nginx:1.27", "", "nginx", "1.27"),
        ("library/redis:7-alpine", "", "library/redis", "7-alpine"),
        ("registry.io/a/b__c/d-e:v1", "registry.io", "a/b__c/d-e", "v1"),
        ("registry.io:5000/a", "registry.io:5000", "a", ""),
        ("localhost/a:latest", "localhost", "a", "latest"),
        ("host/a", "", "host/a", ""),
        ("[fe80::1]:5000/a", "[fe80::1]:5000", "a", ""),
        ("gcr.io/p/img@\(digest)", "gcr.io", "p/img", digest),
        ("gcr.io/p/img:v1@\(digest)", "gcr.io", "p/img", "v1"),
    ])
    func readsItsParts(text: String, registry: String, repository: String, version: String) throws {
        let image = try #require(ImageName(text))
        #expect((image.registry, image.repository, image.version) == (registry, repository, version))
    }

    @Test(arguments: [
        "", "Nginx", "a//b", "/a", "a/", "a:", ":v1", "a:v 1", "a@sha256:12", "a@md5:\(String(repeating: "0", count: 32))",
        "a..b", "a___b", "a-", "-a", "_a", "a:\(String(repeating: "v", count: 129))", "registry.io:port/a", "gcr.io/",
        "gcr.io/:v1",
        String(repeating: "a", count: 256),
    ])
    func refusesWhatIsNoImageName(text: String) {
        #expect(ImageName(text) == nil)
    }

    @Test func aVersionIsATagOrADigest() throws {
        var image = try #require(ImageName("nginx:1.27"))
        image.setVersion(Self.digest)
        #expect(image.description == "nginx@\(Self.digest)")
        image.setVersion("no version: at all")
        #expect(image.description == "nginx@\(Self.digest)")
        image.setVersion("v2")
        #expect(image.description == "nginx:v2")
        image.removeVersion()
        #expect(image.description == "nginx")
    }

    @Test func whatIsReadIsWrittenBack() {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array("abz09.:/@_-AZ[] ")
        var read = 0
        for _ in 0..<20_000 {
            let length = Int.random(in: 1...12, using: &random)
            let text = String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] })
            guard let image = ImageName(text) else { continue }
            read += 1
            #expect(image.description == text)
        }
        #expect(read > 500)
    }
}
