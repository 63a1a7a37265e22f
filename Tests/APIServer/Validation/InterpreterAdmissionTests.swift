import Kubernetes
import Testing

@testable import APIServer

/// What Karmada's webhooks refuse of interpreter configurations.
@Suite struct InterpreterAdmissionTests {
    private func object(_ yaml: String) throws -> Object { Object(try #require(try YAML.parse(yaml).first).json) }

    private func customization(_ name: String, kind: String = "K", _ rules: String) throws -> Object {
        try object("{metadata: {name: \(name)}, spec: {target: {apiVersion: a/v1, kind: \(kind)}, customizations: {\(rules)}}}")
    }

    @Test func scriptsMustCompile() throws {
        try CustomizationAdmission.admit(customization("a", "retention: {luaScript: 'function Retain(d, o) return d end'}"))
        let error = try #require(throws: APIError.self) {
            try CustomizationAdmission.admit(customization("a", "retention: {luaScript: 'function Retain('}"))
        }
        #expect(error.code == 403)
        #expect(
            error.message.hasPrefix(
                #"admission webhook "resourceinterpretercustomization.karmada.io" denied the request: InterpreterOperation(Retain) Lua script error: "#
            ),
            "\(error.message)")
    }

    @Test func anOperationHasOneScript() throws {
        let others = try [
            customization("a", "retention: {luaScript: 'x = 1'}, dependencyInterpretation: {luaScript: 'x = 1'}"),
            customization("b", kind: "Other", "replicaResource: {luaScript: 'x = 1'}"),
        ]
        for good in [
            try customization("c", "replicaResource: {luaScript: 'x = 1'}, dependencyInterpretation: {luaScript: 'x = 1'}"),
            try customization("a", "retention: {luaScript: 'x = 2'}"),
            try customization("c", kind: "Third", "retention: {luaScript: 'x = 1'}"),
        ] {
            try CustomizationAdmission.checkConflicts(good, with: others)
        }
        let error = try #require(throws: APIError.self) {
            try CustomizationAdmission.checkConflicts(customization("c", "retention: {luaScript: 'x = 2'}"), with: others)
        }
        #expect(
            error.message.hasSuffix(
                "conflicting with InterpreterOperation(Retain) of existing ResourceInterpreterCustomization(a)"),
            "\(error.message)")
    }

    private static let good = """
        {name: a.example.com, rules: [{operations: ["*"], apiGroups: [""], apiVersions: [v1], kinds: [Pod]}],
         clientConfig: {url: "https://a/b"}, interpreterContextVersions: [v1alpha1]}
        """

    private func fault(_ webhook: String) throws -> String? {
        let configuration = try object("{metadata: {name: c}, webhooks: [\(webhook)]}")
        do {
            try InterpreterWebhookAdmission.admit(configuration)
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: [
        ("a.example.com", "short", "webhooks[0].name: Invalid value: \"short\""),
        ("[\"*\"]", "[Fly]", "webhooks[0].rules[0].operations[0]: Unsupported value: \"Fly\""),
        ("[\"*\"]", "[\"*\", Retain]", "if '*' is present, must not specify other operations"),
        ("[\"*\"]", "[]", "webhooks[0].rules[0].operations: Required value"),
        ("[v1]", "[\"*\", v1]", "if '*' is present, must not specify other API versions"),
        ("[Pod]", "[]", "webhooks[0].rules[0].kinds: Required value"),
        (
            "https://a/b", "http://a/b",
            "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme"
        ),
        ("{url: \"https://a/b\"}", "{}", "webhooks[0].clientConfig: Required value: exactly one of url or service is required"),
        ("{url: \"https://a/b\"}", "{service: {name: s}}", "webhooks[0].clientConfig.service.namespace: Required value"),
        ("[v1alpha1]", "[]", "webhooks[0].interpreterContextVersions: Required value: must specify one of v1alpha1"),
        ("[v1alpha1]", "[v2]", "must include at least one of v1alpha1"),
        (
            "[v1alpha1]}", "[v1alpha1], timeoutSeconds: 31}",
            "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be"
        ),
    ])
    func webhooks(part: String, replacement: String, message: String) throws {
        #expect(try fault(Self.good) == nil)
        let fault = try #require(try fault(Self.good.replacing(part, with: replacement)))
        #expect(fault.contains(message), "\(fault)")
    }

    @Test func webhookNamesAreUnique() throws {
        let fault = try #require(try fault("\(Self.good), \(Self.good)"))
        #expect(fault.contains("webhooks[1].name: Duplicate value: \"a.example.com\""), "\(fault)")
    }
}
