import Kubernetes
import Testing

@testable import Client

struct WatchDecoderTests {
    private func text(_ event: WatchEvent) -> String {
        switch event {
        case .added(let object): "added \(object.key)@\(object.revision)"
        case .modified(let object): "modified \(object.key)@\(object.revision)"
        case .deleted(let object): "deleted \(object.key)@\(object.revision)"
        case .bookmark(let version): "bookmark \(version)"
        }
    }

    /// However the bytes are cut, the same events come out.
    @Test(arguments: 0..<20)
    func chunksMayEndAnywhere(seed: Int) throws {
        let stream =
            line("ADDED", configMap("ä", version: 1, value: "grüße\n").json) + "\n"
            + line("MODIFIED", configMap("a", version: 2).json) + line("DELETED", configMap("a", version: 3).json)
            + line("BOOKMARK", ["kind": "ConfigMap", "metadata": ["resourceVersion": "9"]])
        var rest = Array(stream.utf8)[...]
        var decoder = WatchDecoder()
        var events: [WatchEvent] = []
        var state = UInt64(seed)
        while !rest.isEmpty {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let length = seed == 0 ? 1 : Int(state >> 33) % (seed * 10) + 1
            events += try decoder.decode(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        #expect(events.map(text) == ["added default/ä@1", "modified default/a@2", "deleted default/a@3", "bookmark 9"])
        #expect(events[0].object?.decoded()["data", "value"] == "grüße\n")
        #expect(events[0].object?.uid == "uid-of-ä")
    }

    @Test func anErrorEventIsThrown() {
        let expired = APIError.expired("too old resource version: 1 (5)")
        var decoder = WatchDecoder()
        #expect(throws: expired) { try decoder.decode(Array(line("ERROR", expired.status).utf8)) }
    }

    @Test(arguments: [#"{"type":"#, "<html>", "{}", #"{"type":"NEWS","object":{}}"#, #"{"type":"ERROR","object":{}}"#])
    func whatIsNoEventIsAnError(text: String) {
        var decoder = WatchDecoder()
        #expect(throws: APIError.self) { try decoder.decode(Array("\(text)\n".utf8)) }
    }

    @Test func aLineWithoutEndIsBounded() throws {
        var decoder = WatchDecoder(maximumLineLength: 100)
        #expect(try decoder.decode([UInt8](repeating: 0x20, count: 100)).isEmpty)
        #expect(throws: APIError.self) { try decoder.decode([0x20]) }
    }
}
