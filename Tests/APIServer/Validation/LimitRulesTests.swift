import Kubernetes
import Testing

@testable import APIServer

@Suite struct LimitRulesTests {
    private func faults(
        _ validate: (Object, Object?, inout FieldErrors) -> Void, _ json: JSON, name: String = "x"
    ) -> [String] {
        var object = Object(json)
        object.name = name
        var errors = FieldErrors()
        validate(object, nil, &errors)
        return errors.causes.map { "\($0.field): \($0.message)" }
    }

    @Test func quotas() {
        func faults(_ hard: JSON) -> [String] {
            self.faults(LimitValidation.validate(resourceQuota:old:_:), ["spec": ["hard": hard]])
        }
        #expect(
            faults(["cpu": "1", "pods": 3, "requests.storage": "1Gi", "count/widgets.example.io": "2", "example.com/gpu": "1"])
                .isEmpty)
        #expect(faults(["cpu": "-1"]) == [#"spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0"#])
        #expect(faults(["pods": "1.5"]) == [#"spec.hard[pods]: Invalid value: "1.5": must be an integer"#])
        #expect(
            faults(["nonsense": "1"]) == [
                #"spec.hard[nonsense]: Invalid value: "nonsense": must be a standard resource for quota"#
            ])
    }

    @Test func limitRanges() {
        func faults(_ limits: JSON) -> [String] {
            self.faults(LimitValidation.validate(limitRange:old:_:), ["spec": ["limits": limits]])
        }
        #expect(
            faults([["type": "Container", "min": ["cpu": "100m"], "default": ["cpu": "200m"], "max": ["cpu": "1"]]]).isEmpty)
        #expect(
            faults([["type": "Container", "default": ["cpu": "1"], "max": ["cpu": "500m"]]])
                == [#"spec.limits[0].default[cpu]: Invalid value: "1": default value 1 is greater than max value 500m"#])
        #expect(
            faults([["type": "Container", "defaultRequest": ["cpu": "1m"], "min": ["cpu": "5m"]]])
                == [
                    #"spec.limits[0].defaultRequest[cpu]: Invalid value: "1m": default request value 1m is less than min value 5m"#
                ])
        #expect(
            faults([["type": "Pod", "default": ["cpu": "1"]]]) == [
                "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"
            ])
        #expect(faults([["type": "Pod"], ["type": "Pod"]]) == [#"spec.limits[1].type: Duplicate value: "Pod""#])
    }

    @Test func priorityClasses() {
        func faults(_ name: String, _ value: Int64) -> [String] {
            self.faults(LimitValidation.validate(priorityClass:old:_:), ["value": .integer(value)], name: name)
        }
        #expect(faults("mine", 1_000_000_000).isEmpty)
        #expect(
            faults("mine", 1_000_000_001) == ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"])
        #expect(faults("system-node-critical", 2_000_001_000).isEmpty)
        #expect(
            faults("system-mine", 1) == [
                "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: "
                    + "system-mine is not a known system priority class"
            ])
    }
}
