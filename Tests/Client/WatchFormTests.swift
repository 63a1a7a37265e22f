import Kubernetes
import Testing

@testable import Client

/// Servers write events in one form; any other that is JSON means the same.
struct WatchFormTests {
    @Test(arguments: [
        #"{"type":"MODIFIED","object":OBJECT}"#, #"{"object":OBJECT,"type":"MODIFIED"}"#,
        #" { "type" : "MODIFIED", "object" : OBJECT } "#, #"{"type":"MODIFIED","object":OBJECT,"more":{}}"#,
    ])
    func formsOfAnEvent(form: String) throws {
        let object = #"{"kind":"ConfigMap", "metadata":{"name":"a","resourceVersion":"5"},"data":{"x":"\"type\""}}"#
        var decoder = WatchDecoder()
        let events = try decoder.decode(Array((form.replacing("OBJECT", with: object) + "\n").utf8))
        guard case .modified(let found)? = events.first, events.count == 1 else {
            Issue.record("no modification: \(events)")
            return
        }
        #expect(found.key == ObjectKey(name: "a") && found.revision == 5)
        #expect(found.decoded() == Object(try JSON(parsing: object)))
    }

    @Test func anObjectThatIsNoJSONIsRefused() {
        var decoder = WatchDecoder()
        #expect(throws: APIError.self) { try decoder.decode(Array(#"{"type":"ADDED","object":{"a":}}"#.utf8) + [10]) }
    }
}
