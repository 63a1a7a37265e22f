import Kubernetes
import Testing

/// `flotilla interpret`: the forms of karmadactl, and files of requests.
struct InterpretTests {
    private static let customization = """
        apiVersion: config.karmada.io/v1alpha1
        kind: ResourceInterpreterCustomization
        metadata: {name: workloads}
        spec:
          target: {apiVersion: example.io/v1, kind: Workload}
          customizations:
            replicaResource: {luaScript: "function GetReplicas(o) return o.spec.size end"}
            replicaRevision: {luaScript: "function ReviseReplica(o, n) o.spec.size = n return o end"}
            retention: {luaScript: "function Retain(d, o) d.spec.node = o.spec.node return d end"}
            healthInterpretation: {luaScript: "function InterpretHealth(o) return o.spec.missing.field end"}
            statusAggregation:
              luaScript: |
                function AggregateStatus(o, items)
                  o.status = { sum = 0 }
                  for _, item in ipairs(items) do o.status.sum = o.status.sum + item.status.count end
                  return o
                end
        """
    private static let workload = "{apiVersion: example.io/v1, kind: Workload, metadata: {name: w}, spec: {size: 3, node: a}}"

    private func flotilla() throws -> Flotilla {
        let flotilla = try Flotilla()
        try flotilla.write("c.yaml", Self.customization)
        try flotilla.write("w.yaml", Self.workload)
        try flotilla.write("o.yaml", Self.workload.replacing("node: a", with: "node: b"))
        try flotilla.write("items.yaml", "{clusterName: a, status: {count: 1}}\n---\n{clusterName: b, status: {count: 2}}\n")
        try flotilla.write(
            "d.yaml",
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: 2, template: {spec: {containers: []}}}}"
        )
        return flotilla
    }

    @Test(arguments: [
        (
            ["-f", "c.yaml", "--operation", "interpretReplica", "--observed-file", "w.yaml"],
            "---\n# [1/2] replica:\n3\n---\n# [2/2] requires:\nnull\n"
        ),
        (
            ["--operation", "InterpretReplica", "--desired-file", "d.yaml"],
            "---\n# [1/2] replica:\n2\n---\n# [2/2] requires:\nnull\n"
        ),
        (["-f", "c.yaml", "--operation", "reviseReplica", "--observed-file", "w.yaml", "--desired-replica", "5"], "size: 5\n"),
        (["-f", "c.yaml", "--operation", "retain", "--desired-file", "w.yaml", "--observed-file", "o.yaml"], "node: b\n"),
        (
            ["-f", "c.yaml", "--operation", "aggregateStatus", "--observed-file", "w.yaml", "--status-file", "items.yaml"],
            "sum: 3\n"
        ),
    ])
    func runsOperations(arguments: [String], output: String) async throws {
        let result = try await flotilla().run(["interpret"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains(output), "\(result.output)")
    }

    @Test func tellsWhatAScriptFailsWith() async throws {
        let result = try await flotilla().run([
            "interpret", "-f", "c.yaml", "--operation", "interpretHealth", "--observed-file", "w.yaml",
        ])
        #expect(result.status == 1)
        #expect(
            result.errors
                == "error: Execute InterpretHealth error: ResourceInterpreterCustomization workloads: InterpretHealth: "
                + "InterpretHealth:1: attempt to index a nil value (field 'missing')\n")
        let none = try await flotilla().run(["interpret", "--operation", "interpretHealth", "--observed-file", "w.yaml"])
        #expect(none.errors.contains("has no rule for InterpretHealth"), "\(none.errors)")
    }

    @Test func checks() async throws {
        let flotilla = try flotilla()
        let good = try await flotilla.run(["interpret", "-f", "c.yaml", "--check"])
        #expect(good.status == 0, "\(good.errors)")
        #expect(
            good.output.contains("SOURCE: workloads\nTARGET: example.io/v1 Workload\nRULERS:\n    Retain:                 PASS\n")
        )
        #expect(good.output.contains("    InterpretComponent:     UNSET\n"), "\(good.output)")

        try flotilla.write("bad.yaml", Self.customization.replacing("return o.spec.size end", with: "retrn"))
        let bad = try await flotilla.run(["interpret", "-f", "bad.yaml", "--check"])
        #expect(bad.status == 1)
        #expect(bad.output.contains("    InterpretReplica:       ERROR: GetReplicas:1: syntax error near"), "\(bad.output)")
        #expect(bad.errors == "error: 1 of the customizations' rules is wrong\n")

        let other = try await flotilla.run(["interpret", "-f", "d.yaml", "--check"])
        #expect(other.status == 1)
        #expect(other.output.contains("not a ResourceInterpreterCustomization"))
    }

    @Test func answersRequests() async throws {
        let flotilla = try flotilla()
        try flotilla.write(
            "requests",
            #"{"id":"1","op":"InterpretReplica","object":{"apiVersion":"example.io/v1","kind":"Workload","spec":{"size":3}}}"#
                + "\n")
        #expect(try await flotilla.run(["interpret", "--requests", "requests", "--out", "plain"]).status == 0)
        #expect(try flotilla.read("plain") == #"{"error":true,"id":"1"}"# + "\n")
        #expect(try await flotilla.run(["interpret", "-f", "c.yaml", "--requests", "requests", "--out", "custom"]).status == 0)
        #expect(try flotilla.read("custom") == #"{"id":"1","replicas":3}"# + "\n")
    }
}
