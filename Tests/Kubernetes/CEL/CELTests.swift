import Testing

@testable import Kubernetes

@Suite struct CELTests {
    private static let object = JSON.object([
        "n": 3, "d": 1.5, "s": "héllo", "t": "2026-11-26T07:02:03Z", "list": [1, 2, 3], "names": ["b", "a"],
        "items": [["name": "a", "value": 1], ["name": "b", "value": 2]], "map": ["x": "1", "y-z": "2"], "empty": [], "no": .null,
    ])

    private static func value(_ source: String) throws -> CELValue {
        var budget = 10_000
        let program = try CELProgram(source, variables: ["self": .dyn], result: .dyn)
        return try program.evaluate(["self": CELValue(object)], budget: &budget)
    }

    @Test(arguments: [
        "1 + 2 * 3 == 7", "(1 + 2) * 3 == 9", "7 / 2 == 3 && 7 % 2 == 1 && -7 / 2 == -3", "1u + 2u == 3u", "0x1F == 31",
        "1.5e3 == 1500.0", "-9223372036854775808 < 0", "1 == 1.0 && 1u == 1", "!(1 > 2) && 2 >= 2 && 'a' < 'b'",
        "'a' + \"b\" == 'ab'", "r'\\n' == '\\\\n'", "'\\u00e9' == 'é'", "'''a'b''' == \"a'b\"", "b'abc' == bytes('abc')",
        "self.n == 3 && self.d == 1.5", "size(self.s) == 5 && self.s.size() == 5", "self.list[0] == 1", "self.map['x'] == '1'",
        "self.map.x == '1'", "'y-z' in self.map && !('q' in self.map)", "2 in self.list", "has(self.n) && !has(self.q)",
        "self.list.all(x, x > 0)", "self.list.exists(x, x == 2)", "self.list.exists_one(x, x > 2)",
        "self.list.map(x, x * 2) == [2, 4, 6]", "self.list.map(x, x > 1, x * 2) == [4, 6]",
        "self.list.filter(x, x > 1) == [2, 3]",
        "self.map.all(k, self.map[k] != '')", "self.items.all(i, self.items.exists_one(j, j.name == i.name))",
        "true ? 1 == 1 : 1 / 0 == 0", "self.n > 2 ? 'a' == 'a' : false", "false && 1 / 0 == 0 || true", "1 / 0 == 0 || true",
        "self.s.startsWith('hé') && self.s.endsWith('lo') && self.s.contains('éll')", "self.s.matches('^h.llo$')",
        "'a,b,c'.split(',') == ['a', 'b', 'c']", "'a,b,c'.split(',', 2) == ['a', 'b,c']", "'ABC'.lowerAscii() == 'abc'",
        "'abc'.upperAscii() == 'ABC' && ' x '.trim() == 'x'", "'abcabc'.replace('b', 'X', 1) == 'aXcabc'",
        "'hello'.substring(1, 3) == 'el' && 'hello'.charAt(4) == 'o'", "'abcb'.indexOf('b') == 1 && 'abcb'.lastIndexOf('b') == 3",
        "['a', 'b'].join('-') == 'a-b'", "int('42') == 42 && string(42) == '42' && double('1.5') == 1.5 && uint(3) == 3u",
        "string(1.5) == '1.5' && bool('true') && int(2.9) == 2", "type(1) == int && type('') == string",
        "duration('1h30m') == duration('90m')", "duration('1h').getMinutes() == 60",
        "timestamp(self.t).getFullYear() == 2026 && timestamp(self.t).getMonth() == 10 && timestamp(self.t).getDate() == 26",
        "timestamp(self.t).getDayOfWeek() == 4 && timestamp(self.t).getDayOfYear() == 329",
        "timestamp('2026-01-02T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('24h')",
        "timestamp('2026-01-01T00:00:00Z') + duration('1s') > timestamp('2026-01-01T00:00:00Z')",
        "[1, 2, 3].isSorted() && [1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [3, 1].max() == 3",
        "[1, 2] + [3] == [1, 2, 3]", "{'a': 1} == {'a': 1} && {'a': 1} != {'a': 2} && size({}) == 0",
        "self.?q.orValue(7) == 7 && self.?n.hasValue()",
        "optional.none().orValue(1) == 1 && optional.of(2).value() == 2",
        "sets.contains([1, 2], [2]) && !sets.intersects([1], [2])",
        "quantity('1Gi').isGreaterThan(quantity('500Mi')) && isQuantity('1k') && !isQuantity('x')",
        "quantity('50m').add(quantity('50m')).compareTo(quantity('0.1')) == 0", "self.no == null && null != 1",
        "'abc 123'.find('[0-9]+') == '123' && 'a1b2'.findAll('[0-9]') == ['1', '2']", "[[1], [2]].exists(x, x == [2])",
        "// a comment\ntrue", "1 in [1, 2] ? true : false", "self.names == ['b', 'a'] && !self.names.isSorted()",
    ]) func holds(_ source: String) throws {
        guard case .bool(true) = try Self.value(source) else {
            Issue.record("\(source) is \(try Self.value(source))")
            return
        }
    }

    @Test(arguments: [
        ("self.q == 1", "no such key: q"), ("1 / 0 == 1", "division by zero"), ("1 % 0 == 1", "modulus by zero"),
        ("9223372036854775807 + 1 > 0", "integer overflow"), ("self.list[3] == 1", "index out of bounds: 3"),
        ("self.s + 1 == 2", "no such overload"), ("self.n.size() == 1", "no such overload"),
        ("int('x') == 1", "type conversion error from 'string' to 'int': \"x\""),
        ("self.list.all(x, x / 0 == 1)", "division by zero"), ("self.list.map(x, self.q) == []", "no such key: q"),
    ]) func fails(_ source: String, _ message: String) throws {
        let error = #expect(throws: CELEvaluationError.self) { try Self.value(source) }
        #expect(error?.description == message)
    }

    private static let schema = TypeSchema(
        .object(
            ObjectType([
                SchemaField("replicas", TypeSchema(.integer(bits: 64))), SchemaField("name", TypeSchema(.string)),
                SchemaField("start-time", TypeSchema(.time)), SchemaField("namespace", TypeSchema(.string)),
                SchemaField("weight", TypeSchema(.number)),
                SchemaField("tags", TypeSchema(.array(TypeSchema(.string)), listType: .set)),
                SchemaField("labels", TypeSchema(.map(TypeSchema(.string)))), SchemaField("port", TypeSchema(.intOrString)),
            ])))

    @Test(arguments: [
        ("self.replicas ==", "Syntax error: mismatched input '<EOF>'", 16), ("self.x > 1", "undefined field 'x'", 4),
        ("foo > 1", "undeclared reference to 'foo' (in container '')", 0),
        ("self.replicas + 'a' == 'b'", "found no matching overload for '_+_' applied to '(int, string)'", 14),
        ("self.replicas", "must evaluate to bool, not int", 0),
        ("self.name.nope()", "undeclared reference to 'nope' (in container '')", 9),
        ("self.name.startsWith(1)", "found no matching overload for 'startsWith' applied to 'string.(int)'", 9),
        ("self.name.matches('(')", "error parsing regexp: `(`", 18),
        ("self.replicas == 'a'", "found no matching overload for '_==_' applied to '(int, string)'", 14),
        ("self.tags.all(1, true)", "argument must be a simple name", 14), ("has(self)", "invalid argument to has() macro", 0),
        (
            "self.replicas.all(x, true)",
            "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)", 13
        ),
        ("'abc", "Syntax error: the string does not end", 0), ("for == 1", "Syntax error: reserved identifier: for", 0),
        ("self.replicas # 2", "Syntax error: token recognition error at: '#'", 14),
        ("9223372036854775808 > 1", "invalid int literal", 0),
        ("self.labels.x > 1", "found no matching overload for '_>_' applied to '(string, int)'", 14),
    ]) func isRefused(_ source: String, _ message: String, _ offset: Int) {
        let error = #expect(throws: CELCompileError.self) { try CELProgram(source, variables: ["self": CELType(Self.schema)]) }
        #expect(error?.message == message)
        #expect(error?.offset == offset)
    }

    @Test func errorsShowThePlace() {
        let error = #expect(throws: CELCompileError.self) { try CELProgram("true &&\n  x", variables: [:]) }
        #expect(error?.description == "ERROR: <input>:2:3: undeclared reference to 'x' (in container '')\n |   x\n | ..^")
    }

    @Test(arguments: [
        "self.weight == 2.0 && type(self.weight) == double",
        "self.__namespace__ == 'n' && self.start__dash__time < timestamp('2027-01-01T00:00:00Z')",
        "self.tags == ['b', 'a'] && self.tags + ['a', 'c'] == ['a', 'b', 'c']", "self.labels.exists(k, k == 'x')",
        "type(self.port) == int || type(self.port) == string", "self.?name.orValue('none') == 'none'", "!has(self.name)",
        "self.labels == {'x': '1'}",
    ]) func schemasDecideTypes(_ source: String) throws {
        let value: JSON = [
            "weight": 2, "namespace": "n", "start-time": "2026-01-01T00:00:00Z", "tags": ["a", "b"], "labels": ["x": "1"],
            "port": 80,
        ]
        var budget = 1000
        let program = try CELProgram(source, variables: ["self": CELType(Self.schema)])
        guard case .bool(true) = try program.evaluate(["self": CELValue(value, Self.schema)], budget: &budget) else {
            Issue.record("\(source) does not hold")
            return
        }
    }

    @Test func evaluationIsBounded() throws {
        let list = JSON.array((0..<300).map { JSON($0) })
        let program = try CELProgram(
            "self.all(a, self.all(b, self.all(c, a + b + c >= 0)))", variables: ["self": .dyn])
        var budget = 100_000
        let error = #expect(throws: CELEvaluationError.self) { try program.evaluate(["self": CELValue(list)], budget: &budget) }
        #expect(error?.isTooCostly == true)
        #expect(budget <= 0)
    }

    @Test func nestingIsBounded() {
        for source in [
            String(repeating: "(", count: 10_000) + "1", String(repeating: "!", count: 10_000) + "true",
            "1" + String(repeating: "+1", count: 10_000), String(repeating: "[", count: 5_000),
            String(repeating: "a.", count: 10_000) + "b",
            String(repeating: "true?", count: 10_000),
        ] {
            #expect(throws: CELCompileError.self) { try CELProgram(source, variables: ["a": .dyn], result: .dyn) }
        }
    }

    /// Whatever comes, it compiles or is refused, and has a value or none: it never stops the process.
    @Test(arguments: 0..<20) func nonsenseIsHarmless(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let words = [
            "self", ".", "?", "[", "]", "(", ")", "{", "}", ",", ":", "+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=",
            "&&",
            "||", "!", "in", "n", "list", "items", "map", "s", "all", "exists", "filter", "has", "size", "x", "1", "0", "2u",
            "1.5",
            "'a'", "\"\\n\"", "b'a'", "r'\\'", "true", "null", "int", "string", "duration", "timestamp", "'1h'", "split",
            "substring",
            "replace", "matches", "optional", "of", "none", "quantity", "'1Gi'", "9223372036854775807", "-9223372036854775808",
            " ", "é",
            "\\", "sum", "min", "join", "indexOf", "findAll", "charAt", "getDate", "type", "dyn", "orValue", ".?", "[?",
        ]
        for _ in 0..<500 {
            let source = (0..<Int.random(in: 1...14, using: &random)).map { _ in words.randomElement(using: &random)! }.joined()
            guard let program = try? CELProgram(source, variables: ["self": .dyn], result: .dyn) else { continue }
            var budget = 2000
            _ = try? program.evaluate(["self": CELValue(Self.object)], budget: &budget)
        }
        // Sound expressions with a piece cut out or doubled.
        let sound = Array(
            "self.items.filter(i, i.value > 0).map(i, i.name).join(',').split(',')[0] == {'a': [1, 2u, 3.5]}['a'][?0].orValue(b'x')"
                .unicodeScalars)
        for _ in 0..<300 {
            var scalars = sound
            let start = Int.random(in: 0..<scalars.count, using: &random)
            let end = min(scalars.count, start + Int.random(in: 1...6, using: &random))
            if Bool.random(using: &random) { scalars.removeSubrange(start..<end) } else { scalars += scalars[start..<end] }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            guard let program = try? CELProgram(String(view), variables: ["self": .dyn], result: .dyn) else { continue }
            var budget = 2000
            _ = try? program.evaluate(["self": CELValue(Self.object)], budget: &budget)
        }
    }
}
