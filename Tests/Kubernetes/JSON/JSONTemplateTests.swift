import Kubernetes
import Testing

@Suite struct JSONTemplateTests {
    private let status: JSON = ["replicas": 3, "phase": "Running", "conditions": [["type": "A", "x": 1], ["type": "B", "x": 2]]]

    @Test(arguments: [
        ("{.replicas}", "3"), ("was-{.phase}.", "was-Running."), ("{.phase}{.replicas}", "Running3"), ("plain", "plain"),
        ("", ""),
        ("{.conditions[?(@.type==\"B\")].x}", "2"), ("{.conditions[*].type}", "A B"), ("{@.replicas}", "3"),
        ("{$.replicas}", "3"),
        ("{.replicas}{\" of }\"}", "3 of }"), ("{.conditions[0]}", "{\"type\":\"A\",\"x\":1}"),
    ])
    func valuesTakeThePlaceOfPaths(template: String, text: String) throws {
        #expect(try JSONTemplate(template).render(status) == text)
    }

    @Test(arguments: ["{.a", "{range .items[*]}{end}", "{}", "{.a..b}"])
    func whatIsNotUnderstoodIsRefused(template: String) {
        #expect(throws: JSONTemplateError.self) { try JSONTemplate(template) }
    }

    @Test func missingValuesAreAnError() throws {
        let template = try JSONTemplate("{.absent}")
        #expect(throws: JSONTemplateError.self) { try template.render(status) }
    }
}
