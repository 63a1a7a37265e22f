import Kubernetes
import Testing

@testable import APIServer

/// Runs the bodies of the probes through decoding, defaulting and validation, as a create request does, and compares with what
/// kube-apiserver and Karmada's control plane answered.
@Suite struct ConformanceTests {
    @Test(
        .enabled(if: !ConformanceProbe.creations("api").isEmpty, "shared/conformance is not beside the repository"),
        arguments: ConformanceProbe.creations("api"))
    func kubernetes(probe: ConformanceProbe) throws { try check(probe) }

    @Test(
        .enabled(if: !ConformanceProbe.creations("karmada-api").isEmpty, "shared/conformance is not beside the repository"),
        arguments: ConformanceProbe.creations("karmada-api"))
    func karmada(probe: ConformanceProbe) throws { try check(probe) }

    private func check(_ probe: ConformanceProbe) throws {
        // Only what this part decides: not names taken, namespaces missing, wrong kinds, query parameters, custom resources.
        guard let status = probe.answer["status"], status == 201 || status == 422 || status == 400 || status == "refused" else {
            return
        }
        let path = try #require(probe.request["path"]?.string)
        let strict = path.hasSuffix("fieldValidation=Strict")
        guard !path.contains("dryRun=Some"), !path.hasSuffix("/token"), !path.contains("probe.example.io") else { return }
        let body = try #require(probe.request["body"])
        let kind = Object(body).groupVersionKind
        guard let definition = ResourceCatalog.controlPlane.definition(of: kind), !definition.isCreateOnly else { return }
        let plural = path.prefix { $0 != "?" }.split(separator: "/").last.map(String.init)
        guard plural == definition.plural, !["cm-wrong-ns", "cm-wrong-kind"].contains(probe.name) else { return }

        var failure: APIError?
        var object = Object(body)
        do throws(APIError) {
            object = try definition.decode(body, version: kind.version, level: strict ? .strict : .warn).object
            let parts = path.split(separator: "/")
            if let index = parts.firstIndex(of: "namespaces"), index + 2 < parts.count {
                object.namespace = String(parts[index + 1])
            }
            if object.name.isEmpty, !object.generateName.isEmpty { object.name = object.generateName + "XXXXX".lowercased() }
            object["status"] = definition.hasStatus && definition.style == .native ? [:] : nil
            definition.fillDefaults(&object, version: kind.version)
            try definition.validate(object, version: kind.version, old: nil)
        } catch {
            failure = error
        }
        let expected = probe.answer["body"] ?? [:]
        if status == 201 {
            #expect(failure == nil, "\(probe.name): \(failure?.message ?? "")")
            guard expected["kind"]?.string != "Namespace" else { return }
            for path in [
                "spec", "spec.ports", "spec.type", "spec.sessionAffinity", "spec.names", "spec.conversion", "metadata.finalizers",
            ] {
                guard let wanted = expected[path], !wanted.isNull else { continue }
                let found = object.json[path.split(separator: ".").map(String.init)]
                #expect(masked(found ?? .null) == wanted, "\(probe.name): \(path)")
            }
        } else {
            let failure = try #require(failure, "\(probe.name) was accepted")
            if let reason = expected["reason"] { #expect(failure.status["reason"] == reason) }
            if status != "refused" { #expect(failure.code == status.int) }
            if let message = expected["message"] { #expect(failure.status["message"] == message) }
            if let details = expected["details"] { #expect(failure.status["details"] == details) }
            if let causes = expected["details.causes"] { #expect(failure.status["details", "causes"] == causes) }
        }
    }

    /// Uids masked as the probes' runner masks them.
    private func masked(_ value: JSON) -> JSON {
        switch value {
        case .object(let members): .object(JSONObject(members.map { ($0.key, masked($0.value)) }))
        case .array(let elements): .array(elements.map(masked))
        case .string(let text):
            .string(
                text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "UID"))
        default: value
        }
    }
}
