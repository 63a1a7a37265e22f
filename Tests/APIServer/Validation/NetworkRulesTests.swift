import Kubernetes
import Testing

@testable import APIServer

@Suite struct NetworkRulesTests {
    private func faults(_ validate: (Object, Object?, inout FieldErrors) -> Void, _ json: JSON) -> [String] {
        var errors = FieldErrors()
        validate(Object(json), nil, &errors)
        return errors.causes.map { "\($0.field): \($0.message)" }
    }

    @Test func endpoints() {
        let faults = faults(
            NetworkValidation.validate(endpoints:old:_:),
            ["subsets": [["addresses": [["ip": "10.0.0.1"], ["ip": "x"]], "ports": [["port": 80], ["port": 0]]]]])
        #expect(
            faults == [
                #"subsets[0].addresses[1].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"#,
                "subsets[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            ])
    }

    @Test func endpointSlices() {
        func faults(_ json: JSON) -> [String] { self.faults(NetworkValidation.validate(endpointSlice:old:_:), json) }
        #expect(faults(["addressType": "IPv4", "endpoints": [["addresses": ["10.0.0.1"]]]]).isEmpty)
        #expect(
            faults(["addressType": "IPv9"]) == [
                #"addressType: Unsupported value: "IPv9": supported values: "FQDN", "IPv4", "IPv6""#
            ])
        #expect(
            faults(["addressType": "FQDN", "endpoints": [[:]]]) == [
                "endpoints[0].addresses: Required value: must contain at least 1 address"
            ])
    }

    @Test func networkPolicies() {
        let faults = faults(
            NetworkValidation.validate(networkPolicy:old:_:),
            ["spec": ["podSelector": [:], "ingress": [["ports": [["port": 70_000], ["port": "http"]]]]]])
        #expect(faults == ["spec.ingress[0].ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive"])
    }

    @Test func ingresses() {
        func faults(_ spec: JSON, annotations: JSON = [:]) -> [String] {
            self.faults(
                IngressValidation.validate(ingress:old:_:), ["metadata": ["annotations": annotations], "spec": spec])
        }
        func rule(_ host: String, _ path: JSON) -> JSON { ["rules": [["host": .string(host), "http": ["paths": [path]]]]] }
        let backend: JSON = ["service": ["name": "web", "port": ["number": 80]]]
        let good: JSON = ["path": "/", "pathType": "Prefix", "backend": backend]

        #expect(faults(rule("*.example.com", good)).isEmpty)
        #expect(faults(rule("", ["pathType": "ImplementationSpecific", "backend": backend])).isEmpty)
        #expect(
            faults([:]) == ["spec: Invalid value: {}: either `defaultBackend` or `rules` must be specified"])
        #expect(
            faults(rule("10.0.0.1", good)) == [
                #"spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address"#
            ])
        #expect(faults(rule("a.*.com", good)).first?.contains("a wildcard DNS-1123 subdomain must start with '*.'") == true)
        #expect(
            faults(rule("a.com", ["path": "a//b", "pathType": "Exact", "backend": backend])) == [
                #"spec.rules[0].http.paths[0].path: Invalid value: "a//b": must be an absolute path"#,
                #"spec.rules[0].http.paths[0].path: Invalid value: "a//b": must not contain '//'"#,
            ])
        #expect(
            faults(rule("a.com", ["path": "/", "pathType": "Near", "backend": ["service": ["name": "w", "port": [:]]]])) == [
                #"spec.rules[0].http.paths[0].pathType: Unsupported value: "Near": "#
                    + #"supported values: "Exact", "ImplementationSpecific", "Prefix""#,
                "spec.rules[0].http.paths[0].backend: Required value: port name or number is required",
            ])
        #expect(
            faults(["defaultBackend": ["service": ["name": "w", "port": ["name": "a", "number": 1]]]]) == [
                #"spec.defaultBackend: Invalid value: "": cannot set both port name & port number"#
            ])
        #expect(
            faults(["defaultBackend": ["resource": ["kind": "Bucket", "name": "a/b"]], "tls": [["secretName": "S"]]]).map {
                $0.prefix { $0 != ":" }
            } == ["spec.defaultBackend.resource.name", "spec.tls[0].secretName"])
        #expect(
            faults(
                ["defaultBackend": backend, "ingressClassName": "a"], annotations: ["kubernetes.io/ingress.class": "b"]
            ) == [
                "metadata.annotations.kubernetes.io/ingress.class: Invalid value: \"b\": "
                    + "can not be set when the class field is also set"
            ])
    }

    @Test func nodes() {
        let faults = faults(
            NetworkValidation.validate(node:old:_:),
            [
                "spec": [
                    "taints": [
                        ["key": "a", "effect": "NoSchedule"], ["key": "a", "effect": "NoSchedule"],
                        ["key": "b", "effect": "Odd"],
                    ]
                ]
            ])
        #expect(faults.count == 2)
        #expect(faults.first?.hasSuffix("taints must be unique by key and effect pair") == true)
        #expect(
            faults.last
                == #"spec.taints[2].effect: Unsupported value: "Odd": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute""#
        )
    }

    @Test func events() {
        func faults(_ namespace: String) -> [String] {
            self.faults(
                NetworkValidation.validate(event:old:_:),
                ["metadata": ["namespace": "default"], "involvedObject": ["namespace": .string(namespace)]])
        }
        #expect(faults("").isEmpty && faults("default").isEmpty)
        #expect(faults("other") == [#"involvedObject.namespace: Invalid value: "other": does not match event.namespace"#])
    }
}
