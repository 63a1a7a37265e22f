import Kubernetes
import Testing

@Suite struct FieldSelectorTests {
    private let fields = ["metadata.name": "web", "status.phase": "Running", "odd": "a,b=c\\d"]

    @Test(arguments: [
        ("", true), ("metadata.name=web", true), ("metadata.name==web", true), ("metadata.name!=web", false),
        ("metadata.name=db", false), ("metadata.name=web,status.phase!=Pending", true),
        ("metadata.name=web,status.phase=Pending", false),
        (",metadata.name=web,", true), ("absent=", true), ("absent!=x", true), ("absent=x", false), (#"odd=a\,b\=c\\d"#, true),
        (#"odd!=a\,b\=c\\d"#, false),
    ])
    func queries(query: String, expected: Bool) throws {
        let selector = try FieldSelector(parsing: query)
        #expect(selector.matches { fields[$0] } == expected)
        #expect(try FieldSelector(parsing: selector.description) == selector)
    }

    @Test func requiredValues() throws {
        let selector = try FieldSelector(parsing: "metadata.name=web,status.phase!=Pending")
        #expect(selector.requiredValue(of: "metadata.name") == "web")
        #expect(selector.requiredValue(of: "status.phase") == nil)
        #expect(selector.requirements.count == 2)
    }

    @Test(arguments: [
        ("a", "invalid selector: 'a'; can't understand 'a'"), ("a=b,c", "invalid selector: 'a=b,c'; can't understand 'c'"),
        (#"a=\x"#, #"invalid field selector: invalid escape sequence: \x"#),
        (#"a=b\"#, #"invalid field selector: invalid escape sequence: \"#),
        ("a=b=c", "invalid field selector: unescaped character in value: ="),
    ])
    func malformed(query: String, message: String) {
        let error = #expect(throws: SelectorError.self) { try FieldSelector(parsing: query) }
        #expect(error?.message == message)
    }
}
