import Kubernetes
import Testing

@testable import APIServer

@Suite struct RepresentationTests {
    @Test(arguments: [
        (nil, Representation.Encoding.json, Representation.Form.object),
        ("", .json, .object),
        ("*/*", .json, .object),
        ("application/*;q=0.5", .json, .object),
        ("application/json, */*", .json, .object),
        ("application/yaml", .yaml, .object),
        ("application/json;q=0.2, application/yaml;q=0.9", .yaml, .object),
        ("application/vnd.kubernetes.protobuf, application/json", .json, .object),
        ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", .json, .table(version: "v1")),
        ("application/json;as=Table;v=v1beta1;g=meta.k8s.io", .json, .table(version: "v1beta1")),
        ("application/json;as=Table;v=v2;g=meta.k8s.io,application/json", .json, .object),
        ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", .json, .metadata(version: "v1")),
        ("application/json;stream=watch", .json, .object),
    ] as [(String?, Representation.Encoding, Representation.Form)])
    func picks(_ header: String?, _ encoding: Representation.Encoding, _ form: Representation.Form) throws {
        let representation = try Representation(accept: header)
        #expect(representation.encoding == encoding)
        #expect(representation.form == form)
    }

    @Test(arguments: ["image/png", "application/vnd.kubernetes.protobuf", "application/json;q=0", "application/json;as=Table;v=v9;g=x"])
    func refuses(_ header: String) {
        let error = #expect(throws: APIError.self) { try Representation(accept: header) }
        #expect(error?.code == 406)
    }
}
