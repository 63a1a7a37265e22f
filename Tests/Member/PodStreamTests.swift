import Kubernetes
import NIOCore
import Testing

@testable import Member

@Suite struct PodStreamTests {
    @Test func spdyFramesComeAsTheyWere() throws {
        let text = ByteBuffer(string: "hello")
        for frame: SPDYFrame in [
            .open(stream: 1, headers: text), .reply(stream: 1, headers: ByteBuffer()), .reset(stream: 3),
            .data(stream: 5, isLast: false, text), .data(stream: 5, isLast: true, ByteBuffer()), .ping(9), .goAway,
        ] {
            let encoded = frame.encoded
            for cut in 0..<encoded.readableBytes {
                var part = try #require(encoded.getSlice(at: 0, length: cut))
                #expect(try SPDYFrame.read(from: &part) == nil)
            }
            var whole = encoded
            #expect(try SPDYFrame.read(from: &whole) == frame)
            #expect(whole.readableBytes == 0)
        }
    }

    @Test func spdyFramesThatCannotBeAreRefused() throws {
        var old = ByteBuffer(bytes: [0x80, 2, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1])
        #expect(throws: SPDYError.malformed("not SPDY/3")) { try SPDYFrame.read(from: &old) }
        var short = ByteBuffer(bytes: [0x80, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1])
        #expect(throws: SPDYError.malformed("frame too short")) { try SPDYFrame.read(from: &short) }
        var large = ByteBuffer(bytes: [0, 0, 0, 1, 0, 0xFF, 0xFF, 0xFF])
        #expect(throws: SPDYError.tooLarge) { try SPDYFrame.read(from: &large) }
        var settings = ByteBuffer(bytes: [0x80, 3, 0, 4, 0, 0, 0, 0])
        #expect(try SPDYFrame.read(from: &settings) == .other)
    }

    @Test func headersShareOneCompressedText() throws {
        let (encoder, decoder) = (SPDYHeaders(compresses: true), SPDYHeaders(compresses: false))
        let first = encoder.encode([("streamType", "error"), ("port", "80"), ("requestID", "0")])
        let second = encoder.encode([("streamType", "data"), ("port", "80"), ("requestID", "0")])
        #expect(second.readableBytes < first.readableBytes)
        #expect(try decoder.decode(first) == ["streamtype": "error", "port": "80", "requestid": "0"])
        #expect(try decoder.decode(second) == ["streamtype": "data", "port": "80", "requestid": "0"])
        #expect(throws: SPDYError.self) { try SPDYHeaders(compresses: false).decode(ByteBuffer(string: "no zlib")) }
        // A small text that becomes a large one.
        let bomb = SPDYHeaders(compresses: true).encode([("a", String(repeating: "a", count: 15_000)), ("b", "b")])
        #expect(try SPDYHeaders(compresses: false).decode(bomb)["b"] == "b")
    }

    private func container(_ name: String? = nil, of containers: JSON = [["name": "web", "env": [["name": "A", "value": "b"]]]])
        throws -> SimulatedContainer
    {
        let pod = Object([
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web-1", "namespace": "default"],
            "spec": ["containers": containers],
        ])
        return try SimulatedContainer(named: name, of: Pod(EncodedObject(pod)))
    }

    @Test func containersAreFoundByName() throws {
        let two: JSON = [["name": "web"], ["name": "proxy"]]
        #expect(try container().name == "web")
        #expect(try container("proxy", of: two).name == "proxy")
        #expect(throws: APIError.badRequest("container x is not valid for pod web-1")) { try container("x", of: two) }
        #expect(
            throws: APIError.badRequest("a container name must be specified for pod web-1, choose one of: [web proxy]")
        ) { try container(of: two) }
    }

    @Test func commandsDoWhatTheirNamesSay() throws {
        let container = try container()
        func run(_ arguments: String...) -> SimulatedCommand { SimulatedCommand(arguments, in: container) }
        #expect(run("echo", "a", "b") == .result(output: "a b\n"))
        #expect(run("/bin/hostname") == .result(output: "web-1\n"))
        #expect(run("cat", "/etc/hostname") == .result(output: "web-1\n"))
        #expect(run("cat", "/x") == .result(errors: "cat: /x: No such file or directory\n", exitCode: 1))
        #expect(run("cat") == .copyInput)
        #expect(run("false") == .result(exitCode: 1))
        #expect(run("sleep", "2") == .sleep(.seconds(2)))
        #expect(run("nothing") == .result(errors: "nothing: command not found\n", exitCode: 127))
        #expect(run("sh", "-c", "echo a; echo b >&2; exit 3; echo c") == .result(output: "a\n", errors: "b\n", exitCode: 3))
        guard case .result(let variables, "", 0) = run("env") else { throw SPDYError.tooLarge }
        #expect(variables.contains("HOSTNAME=web-1\n") && variables.hasSuffix("A=b\n"))
    }
}
