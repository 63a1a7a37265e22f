import Client
import Kubernetes
import Testing

@testable import APIServer

@Suite struct BodyDecodingTests {
    private static let expected: JSON = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "team"]]

    /// What kubectl 1.32 sends for `kubectl create namespace team`.
    private static let protobuf: [UInt8] =
        [0x6B, 0x38, 0x73, 0, 0x0A, 0x0F, 0x0A, 0x02] + Array("v1".utf8) + [0x12, 0x09] + Array("Namespace".utf8)
        + [0x12, 0x1C, 0x0A, 0x14, 0x0A, 0x04] + Array("team".utf8)
        + [0x12, 0, 0x1A, 0, 0x22, 0, 0x2A, 0, 0x32, 0, 0x38, 0, 0x42, 0, 0x12, 0, 0x1A, 0x02, 0x0A, 0, 0x1A, 0, 0x22, 0]

    private func decode(_ body: [UInt8], as contentType: String?) throws(APIError) -> JSON {
        try BodyDecoding.json(
            APIRequest(
                info: RequestInfo(method: "POST", target: "/api/v1/namespaces"), user: UserInfo(name: "test"), accept: nil,
                contentType: contentType, body: body, knownVersion: nil)
        ).json
    }

    @Test(arguments: [
        (nil, Array(expected.description.utf8)), ("application/json; charset=utf-8", Array(expected.description.utf8)),
        ("application/yaml", Array("apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n".utf8)),
        ("application/vnd.kubernetes.protobuf", protobuf),
    ] as [(String?, [UInt8])])
    func everyEncodingSaysTheSame(contentType: String?, body: [UInt8]) throws {
        #expect(try decode(body, as: contentType) == Self.expected)
    }

    @Test func otherTypesAreRefusedWithTheOnesThatAreTaken() {
        let error = #expect(throws: APIError.self) { try decode([], as: "text/plain") }
        #expect(error?.code == 415)
        #expect(
            error?.message == """
                the body of the request was in an unknown format - accepted media types include: application/json, \
                application/yaml, application/vnd.kubernetes.protobuf
                """)
    }

    @Test func kindsWithoutProtobufTakeTheOtherTwo() {
        let karmada: [UInt8] =
            [0x6B, 0x38, 0x73, 0, 0x0A, 31, 0x0A, 18] + Array("work.karmada.io/v1".utf8) + [0x12, 0x09] + Array("Namespace".utf8)
        let error = #expect(throws: APIError.self) { try decode(karmada, as: "application/vnd.kubernetes.protobuf") }
        #expect(error?.code == 415)
        #expect(error?.message.hasSuffix("include: application/json, application/yaml") == true)
    }

    @Test func brokenProtobufIsABadRequest() {
        let error = #expect(throws: APIError.self) {
            try decode(Array(Self.protobuf.dropLast(9)), as: "application/vnd.kubernetes.protobuf")
        }
        #expect(error?.code == 400)
        #expect(error?.message == "the object provided is unrecognized: it ends within a field of 28 bytes")
    }
}
