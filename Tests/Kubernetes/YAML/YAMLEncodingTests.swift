import Kubernetes
import Testing

@Suite struct YAMLEncodingTests {
    @Test func looksLikeKubectl() {
        let json: JSON = [
            "apiVersion": "v1", "kind": "Thing",
            "metadata": [
                "name": "x", "creationTimestamp": "2024-01-02T03:04:05Z", "labels": ["version": "1", "on": "true", "e": ""],
            ],
            "spec": [
                "list": [["name": "a", "ports": [80, 443]], ["b"], [], [:]], "script": "#!/bin/sh\necho hi\n", "none": .null,
                "number": 1.5, "whole": 3, "flag": true, "special": ["*", "a: b", "- x", "@y", "50%", "it's"],
            ],
        ]
        #expect(
            YAML.encode(json) == """
                apiVersion: v1
                kind: Thing
                metadata:
                  creationTimestamp: "2024-01-02T03:04:05Z"
                  labels:
                    e: ""
                    "on": "true"
                    version: "1"
                  name: x
                spec:
                  flag: true
                  list:
                  - name: a
                    ports:
                    - 80
                    - 443
                  - - b
                  - []
                  - {}
                  none: null
                  number: 1.5
                  script: |
                    #!/bin/sh
                    echo hi
                  special:
                  - '*'
                  - 'a: b'
                  - '- x'
                  - '@y'
                  - 50%
                  - it's
                  whole: 3

                """)
    }

    @Test func everyTreeComesBack() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<3000 {
            let json = random.json(depth: 4)
            let text = YAML.encode(json)
            let documents = try YAML.parse(text)
            let expected: [JSON] = json.isNull ? [] : [json]
            #expect(documents.map(\.json) == expected, "\(text)")
        }
    }
}
