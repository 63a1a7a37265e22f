import Foundation
import Kubernetes
import Testing

/// `flotilla schedule --explain`.
struct ScheduleTests {
    private static let scenario = """
        {"id":"s","clusters":[\
        {"metadata":{"name":"a"},"status":{"apiEnablements":[{"groupVersion":"apps/v1","resources":[{"kind":"Deployment"}]}],\
        "resourceSummary":{"allocatable":{"cpu":"2","pods":"9"}}}},\
        {"metadata":{"name":"b"},"status":{}}],\
        "bindings":[{"name":"w","spec":{"resource":{"apiVersion":"apps/v1","kind":"Deployment","name":"w"},"replicas":3,\
        "clusters":[{"name":"a","replicas":1}],"placement":{"replicaScheduling":{"replicaSchedulingType":"Divided",\
        "replicaDivisionPreference":"Weighted","weightPreference":{"dynamicWeight":"AvailableReplicas"}}}}}]}

        """

    @Test func explains() async throws {
        let flotilla = try Flotilla()
        try flotilla.write("in.jsonl", Self.scenario)
        let arguments = ["schedule", "--scenarios", "in.jsonl", "--out", "out.jsonl"]
        #expect(try await flotilla.run(arguments).status == 0)
        let plain = try JSON(parsing: flotilla.read("out.jsonl"))
        #expect(plain == ["id": "s", "name": "w", "clusters": ["a": 3]])

        let result = try await flotilla.run(arguments + ["--explain", "-o", "table"])
        #expect(result.status == 0)
        var explained = try JSON(parsing: flotilla.read("out.jsonl"))
        let explanation = try #require(explained["explanation"])
        explained["explanation"] = nil
        #expect(explained == plain)
        #expect(explanation["clusters"]?[1]?["reason"] == "cluster(s) did not have the API resource")
        #expect(explanation["clusters"]?[0]?["previousReplicas"] == 1)
        let division = try #require(explanation["steps"]?.array?.last?["division"])
        #expect(division["purpose"] == "scale up" && division["replicas"] == 2)
        #expect(division["clusters"]?[0] == ["cluster": "a", "weight": 9, "quota": 2, "share": 2, "kept": 1])
        let words = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(words.contains(["a", "9", "2", "2", "1", "3"]))
        #expect(result.output.contains("cluster(s) did not have the API resource"))
    }
}
