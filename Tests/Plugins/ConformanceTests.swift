import CZlib
import Framework
import Kubernetes
import Plugins
import Testing

/// The outcomes of Karmada's scheduler on random clusters and bindings, where they are at hand.
struct ConformanceTests {
    private static let folder: String = {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return root + "/../shared/conformance/scheduling"
    }()

    private static func lines(_ name: String) -> [JSON]? {
        guard let file = gzopen("\(folder)/\(name)", "rb") else { return nil }
        defer { gzclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = gzread(file, &chunk, UInt32(chunk.count)), count > 0 { bytes += chunk[..<Int(count)] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSON(parsing: $0) }
    }

    private static let isPresent = lines("set1-expected.jsonl.gz") != nil

    @Test(
        .enabled(if: isPresent, "the conformance data is not beside the repository"),
        arguments: ["set1", "set2"])
    func agreesWithKarmada(set: String) throws {
        let expected = try #require(Self.lines("\(set)-expected.jsonl.gz"))
        let scenarios = try #require(Self.lines("\(set)-scenarios.jsonl.gz"))
        let profile = try SchedulerConfiguration(registry: .inTree).profiles[0]
        let placements = PlacementCache()
        var outcomes = expected.makeIterator()
        var agreed = 0
        for scenario in scenarios {
            var cache = ClusterCache((scenario["clusters"]?.array ?? []).map { Cluster(Object($0)) })
            let snapshot = cache.snapshot()
            for binding in scenario["bindings"]?.array ?? [] {
                let next = outcomes.next()
                let outcome = try #require(next)
                let view = BindingView(
                    key: ObjectKey(name: binding["name"]?.string ?? ""), spec: ResourceBinding.Spec(binding["spec"] ?? .null),
                    status: ResourceBinding.Status(binding["status"] ?? .null), placements: placements)
                let attempt = profile.attempt(view, over: snapshot, group: view.status.schedulerObservedAffinityName)
                let answer: JSON =
                    switch attempt.result {
                    case .success(let decision): .object(JSONObject(decision.clusters.map { ($0.name, JSON($0.replicas)) }))
                    case .failure(.noClusterFit): "NoClusterFit"
                    case .failure(.spreadConstraint): "SpreadConstraint"
                    case .failure(.notEnoughReplicas): "NotEnoughReplicas"
                    case .failure(.other(let message)): "Other: \(message)"
                    }
                let isEqual = answer == outcome["clusters"] ?? outcome["unschedulable"]
                #expect(isEqual, "\(scenario["id"] ?? .null) \(view.key): \(answer), not \(outcome)")
                if isEqual { agreed += 1 }
            }
        }
        #expect(agreed == expected.count)
    }
}
