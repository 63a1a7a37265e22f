import Kubernetes
import Testing

@Suite struct LabelSelectorTests {
    private let labels = ["app": "web", "tier": "gold", "size": "10", "empty": ""]

    @Test(arguments: [
        ("", true), ("app", true), ("!app", false), ("absent", false), ("!absent", true), ("! absent", true), ("app=web", true),
        ("app==web", true), ("app = web", true), ("app=db", false), ("app!=web", false), ("app!=db", true), ("absent!=x", true),
        ("absent=x", false), ("app in (web, db)", true), ("app in (db)", false), ("app notin (web,db)", false),
        ("app notin (db)", true),
        ("absent notin (db)", true), ("absent in (db)", false), ("size>9", true), ("size>10", false), ("size<11", true),
        ("size<10", false),
        ("app>1", false), ("absent>1", false), ("empty=", true), ("empty", true), ("empty in ()", true), ("app in (,web)", true),
        ("empty in (a,)", true), ("empty in (a,,b)", true), ("app=,tier", false), ("app=web,tier in (gold),!absent", true),
        ("app=web,tier=silver", false), ("x.io/a notin (b), app", true), (" app = web , tier ", true),
        ("app in (in,notin)", false),
        ("in=a", false), ("!in", true), ("notin notin (notin)", true), ("size > 9", true),
    ])
    func queries(query: String, expected: Bool) throws {
        let selector = try LabelSelector(parsing: query)
        #expect(selector.matches(labels) == expected)
        #expect(try LabelSelector(parsing: selector.description) == selector)
        #expect(selector.isEmpty == query.isEmpty)
    }

    @Test(arguments: [
        ("a,", "found '', expected: identifier after ','"), (",a", "found ',', expected: !, identifier, or 'end of string'"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a=(b", "unable to parse requirement: found '(', expected: identifier"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        (
            "a>x",
            "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"
        ),
        ("(a)", "found '(', expected: !, identifier, or 'end of string'"),
        (
            "-a=b",
            "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', "
                + "and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
                + "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        ),
        (
            "a=b@c",
            "unable to parse requirement: values[0][a]: Invalid value: \"b@c\": a valid label must be an empty string or consist of "
                + "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
                + "'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        ),
    ])
    func malformedQueries(query: String, message: String) {
        let error = #expect(throws: SelectorError.self) { try LabelSelector(parsing: query) }
        #expect(error?.message == message)
    }

    @Test func objects() throws {
        let selector = try LabelSelector([
            "matchLabels": ["app": "web"],
            "matchExpressions": [
                ["key": "tier", "operator": "In", "values": ["gold", "silver"]], ["key": "absent", "operator": "DoesNotExist"],
                ["key": "size", "operator": "Exists"], ["key": "app", "operator": "NotIn", "values": ["db"]],
            ],
        ])
        #expect(selector.matches(labels))
        #expect(!selector.matches(["app": "web", "size": "1", "tier": "bronze"]))
        #expect(selector.description == "!absent,app=web,app notin (db),size,tier in (gold,silver)")
        #expect(try LabelSelector([:] as JSON).isEmpty)
        #expect(try LabelSelector([:] as JSON).matches([:]))
        #expect(try LabelSelector(.null).isEmpty)
    }

    @Test(
        arguments: [
            (["matchExpressions": [["key": "a", "operator": "in"]]], "\"in\" is not a valid label selector operator"),
            (
                ["matchExpressions": [["key": "a", "operator": "In", "values": []]]],
                "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"
            ),
            (
                ["matchExpressions": [["key": "a", "operator": "Exists", "values": ["x"]]]],
                "values: Invalid value: [\"x\"]: values set must be empty for exists and does not exist"
            ),
            (["matchLabels": ["a": 1]], "matchLabels[a]: Invalid value: 1: must be a string"),
        ] as [(JSON, String)])
    func malformedObjects(object: JSON, message: String) {
        let error = #expect(throws: SelectorError.self) { try LabelSelector(object) }
        #expect(error?.message == message)
    }

    @Test(arguments: [
        ("a", true), ("A.b_c-d", true), ("example.com/a", true), ("", false), ("/a", false), ("a/", false), ("a/b/c", false),
        ("-a", false),
        ("a-", false), ("Example.com/a", false), ("a b", false), ("é", false), (String(repeating: "x", count: 63), true),
        (String(repeating: "x", count: 64), false), (String(repeating: "x", count: 253) + "/a", true),
        (String(repeating: "x", count: 254) + "/a", false),
    ])
    func keySyntax(key: String, isValid: Bool) { #expect(LabelSyntax.problems(ofKey: key).isEmpty == isValid) }

    @Test(arguments: [
        ("", true), ("a", true), ("a.b", true), ("a/b", false), (String(repeating: "x", count: 64), false), ("_a", false),
    ])
    func valueSyntax(value: String, isValid: Bool) { #expect(LabelSyntax.problems(ofValue: value).isEmpty == isValid) }

    @Test func dnsLabelsHaveNoDots() {
        #expect(LabelSyntax.problems(ofDNSLabel: "my-name").isEmpty)
        #expect(LabelSyntax.problems(ofDNSLabel: "my.name") == ["must not contain dots"])
        #expect(LabelSyntax.problems(ofDNSLabel: String(repeating: "a", count: 64)) == ["must be no more than 63 bytes"])
        #expect(LabelSyntax.problems(ofDNSLabel: "My").count == 1)
    }

    @Test func arbitraryQueriesNeverCrash() {
        var random = SeededGenerator(seed: 5)
        let pieces = ["a", "b.c/d", "in", "notin", "=", "==", "!=", "!", ",", "(", ")", " ", ">", "<", "1", "é"]
        var accepted = 0
        for _ in 0..<20_000 {
            let query = (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
            guard let selector = try? LabelSelector(parsing: query) else { continue }
            accepted += 1
            #expect((try? LabelSelector(parsing: selector.description)) == selector, "\(query)")
        }
        #expect(accepted > 500)
    }
}
