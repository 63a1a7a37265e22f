import Kubernetes
import Testing

@Suite struct YAMLTests {
    private func only(_ text: String) throws -> JSON {
        let documents = try YAML.parse(text)
        #expect(documents.count == 1)
        return try #require(documents.first).json
    }

    // MARK: Structure

    @Test func blockStyle() throws {
        let text = """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: config   # a comment
              labels: {a: b, "c": 'd'}
            list:
            - 1
            - name: x
              nested:
                - [2, 3]
            data:
              literal: |
                first
                  second

                third
              folded: >-
                one
                two

                three
              kept: |+
                text

              plain: several
                lines
            """
        #expect(
            try only(text) == [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "config", "labels": ["a": "b", "c": "d"]],
                "list": [1, ["name": "x", "nested": [[2, 3]]]],
                "data": [
                    "literal": "first\n  second\n\nthird\n", "folded": "one two\nthree", "kept": "text\n\n",
                    "plain": "several lines",
                ],
            ])
    }

    @Test func streamsOfDocuments() throws {
        let documents = try YAML.parse("# nothing\n---\na: 1\n---\n---\n~\n---\nb: 2\n...\n---\n[3]\n")
        #expect(documents.map(\.json) == [["a": 1], ["b": 2], [3]])
        #expect(try YAML.parse("").isEmpty)
        #expect(try YAML.parse("---\n# comment\n").isEmpty)
        #expect(try YAML.parse("\u{FEFF}a: 1").map(\.json) == [["a": 1]])
        #expect(try YAML.parse("a: 1\r\nb:\r\n- c\r\n").map(\.json) == [["a": 1, "b": ["c"]]])
    }

    @Test func jsonIsYAML() throws {
        let text = "{\n\t\"a\": [1, 2.5, true, null, \"x\\n\\u00e9\\/\"],\n\t\"b\": {\"c\": \"yes\", \"1\": \"2001-01-01\"}\n}\n"
        #expect(try only(text) == JSON(parsing: text))
        #expect(try only(#"{"a": "\ud83d\ude00"}"#) == ["a": "😀"])
    }

    // MARK: Anchors, aliases, merge keys

    @Test func aliasesRepeatTheirAnchor() throws {
        #expect(
            try only("a: &x {k: [1]}\nb: *x\nc: [&y z, *y, *x]") == [
                "a": ["k": [1]], "b": ["k": [1]], "c": ["z", "z", ["k": [1]]],
            ])
        #expect(try only("[&x 1, *x, &x 2, *x]") == [1, 1, 2, 2])
        #expect(
            try only("&k key: 1\nb: *k\n*k : {c: 2}\n".replacing("*k : {c: 2}", with: "c: *k")) == [
                "key": 1, "b": "key", "c": "key",
            ])
    }

    @Test func aliasesNeedAnAnchorOfTheSameDocument() {
        let unknown = #expect(throws: YAMLError.self) { try YAML.parse("a: &x 1\n---\nb: *x\n") }
        #expect(unknown?.description == "3:4: unknown anchor 'x' referenced")
        let recursive = #expect(throws: YAMLError.self) { try YAML.parse("a: &x [*x]", file: "f.yaml") }
        #expect(recursive?.description == "f.yaml:1:8: anchor 'x' value contains itself")
    }

    @Test func aliasBombsAreRefused() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
        }
        let error = #expect(throws: YAMLError.self) { try YAML.parse(text) }
        #expect(error?.message == "document contains excessive aliasing")
    }

    @Test(
        arguments: [
            ("{<<: {a: 2, b: 3}, a: 1}", ["a": 1, "b": 3]),
            // go-yaml v2 takes the later of a member and a merge key, where YAML's own rule prefers the member.
            ("{a: 1, <<: {a: 2, b: 3}}", ["a": 2, "b": 3]), ("{<<: [{a: 2, b: 3}, {a: 4, c: 5}]}", ["a": 2, "b": 3, "c": 5]),
            ("{\"<<\": {x: 1}}", ["<<": ["x": 1]]),
        ] as [(String, JSON)])
    func mergeKeys(text: String, expected: JSON) throws { #expect(try only(text) == expected) }

    @Test func mergeKeysTakeAliases() throws {
        let text = "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\none:\n  <<: *base\n  b: 5\ntwo:\n  <<: [*base, *more]\n"
        let json = try only(text)
        #expect(json["one"] == ["a": 1, "b": 5])
        #expect(json["two"] == ["a": 1, "b": 2, "c": 4])
    }

    @Test(arguments: ["{<<: 1}", "{<<: [1]}", "[&a [{x: 1}], {<<: *a}]"])
    func mergeKeysNeedMappings(text: String) {
        let error = #expect(throws: YAMLError.self) { try YAML.parse(text) }
        #expect(error?.message == "map merge requires map or sequence of maps as the value")
    }

    // MARK: Errors and positions

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", "f:3:1: key \"a\" already set in map"),
        ("a: 1\n1: x\n\"1\": y\n", "f:3:1: key \"1\" already set in map"),
        ("a:\n\t- b\n", "f:2:1: found character that cannot start any token while scanning for the next token"),
        ("a: [1, 2\nb: 3\n", "f:2:2: did not find expected ',' or ']' while parsing a flow sequence"),
        ("a: 'x\n", "f:2:1: found unexpected end of stream while scanning a quoted scalar"),
        ("a: b: c\n", "f:1:5: mapping values are not allowed in this context"),
        ("é: .inf\n", "f:1:4: JSON has no value for .inf"), ("a: \u{1}\n", "f:1:4: control characters are not allowed"),
    ])
    func errorsSayWhere(text: String, expected: String) {
        let error = #expect(throws: YAMLError.self) { try YAML.parse(text, file: "f") }
        #expect(error?.description == expected)
    }

    @Test func invalidUTF8IsAnError() {
        let error = #expect(throws: YAMLError.self) { try YAML.parse(Array("a: 1\nbé: ".utf8) + [0xFF, 0x0A]) }
        #expect(error?.position == YAML.Position(line: 2, column: 5))
    }

    @Test func depthIsBounded() throws {
        let deepest = String(repeating: "[", count: JSON.maximumDepth) + String(repeating: "]", count: JSON.maximumDepth)
        #expect(try YAML.parse(deepest).count == 1)
        #expect(throws: YAMLError.self) { try YAML.parse("[\(deepest)]") }
        #expect(throws: YAMLError.self) { try YAML.parse(String(repeating: "- ", count: 100_000)) }
    }

    @Test func positionsOfPaths() throws {
        let text = """
            profiles:
            - schedulerName: default
              plugins:
                score:
                - name: A
                - name: B
                  weight: x
              labels: {example.com/tier: gold}
            """
        let document = try #require(try YAML.parse(text, file: "c.yaml").first)
        #expect(document.location(of: "profiles[0].plugins.score[1].weight") == "c.yaml:7:15")
        #expect(document.location(of: "profiles[0].labels[example.com/tier]") == "c.yaml:8:30")
        #expect(document.location(of: "profiles[0]") == "c.yaml:2:3")
        #expect(document.location(of: "") == "c.yaml:1:1")
        // A path that leads nowhere: the last value on the way.
        #expect(document.location(of: "profiles[0].plugins.score[0].weight") == "c.yaml:5:7")
        #expect(document.location(of: "profiles[7].x") == "c.yaml:2:1")
    }

    @Test func positionsSeeThroughMergeKeys() throws {
        let document = try #require(try YAML.parse("base: &b\n  a: 1\nx:\n  <<: *b\n").first)
        #expect(document.position(of: "x.a") == YAML.Position(line: 2, column: 6))
    }

    // MARK: Any input

    @Test func arbitraryBytesNeverCrash() {
        var random = SeededGenerator(seed: 1)
        let pieces = Array("abc:-?,[]{}#&*!|>'\"%@` \n\t\\0123._<<~=é\u{FEFF}\r".utf8) + [0, 0xFF, 0xC3]
        var accepted = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            guard let documents = try? YAML.parse(bytes) else { continue }
            accepted += 1
            for json in documents.map(\.json) {
                // By their encodings: the number 1.0 is written as 1.
                let again = try? YAML.parse(YAML.encode(json)).map { $0.json.encoded() }
                #expect(again == [json.encoded()], "\(json)")
            }
        }
        #expect(accepted > 1000)
    }
}
