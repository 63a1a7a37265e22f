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
