import Foundation
import Kubernetes
import Testing

extension EndToEnd {
    /// Kinds of users' own whose meaning users say themselves.
    @Suite struct InterpreterTests {
        private static func definition(_ plural: String, _ kind: String) -> String {
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: \(plural).example.io}
            spec:
              group: example.io
              scope: Namespaced
              names: {plural: \(plural), kind: \(kind)}
              versions:
              - name: v1
                served: true
                storage: true
                subresources: {status: {}}
                schema:
                  openAPIV3Schema:
                    type: object
                    x-kubernetes-preserve-unknown-fields: true
            """
        }

        /// The kind in the control plane and in both members, one third of the replicas in the first.
        private static func policies(_ plural: String, _ kind: String) -> String {
            """
            apiVersion: policy.karmada.io/v1alpha1
            kind: ClusterPropagationPolicy
            metadata: {name: \(plural)-definition}
            spec:
              resourceSelectors:
              - {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, name: \(plural).example.io}
              placement: {clusterAffinity: {clusterNames: [member1, member2]}}
            ---
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicy
            metadata: {name: \(plural)}
            spec:
              propagateDeps: true
              resourceSelectors:
              - {apiVersion: example.io/v1, kind: \(kind)}
              placement:
                clusterAffinity: {clusterNames: [member1, member2]}
                replicaScheduling:
                  replicaSchedulingType: Divided
                  replicaDivisionPreference: Weighted
                  weightPreference:
                    staticWeightList:
                    - {targetCluster: {clusterNames: [member1]}, weight: 1}
                    - {targetCluster: {clusterNames: [member2]}, weight: 2}
            """
        }

        private static func object(_ kind: String, _ name: String, _ spec: String) -> String {
            "apiVersion: example.io/v1\nkind: \(kind)\nmetadata: {name: \(name)}\nspec: \(spec)"
        }

        private static let customization = """
            apiVersion: config.karmada.io/v1alpha1
            kind: ResourceInterpreterCustomization
            metadata: {name: workloads}
            spec:
              target: {apiVersion: example.io/v1, kind: Workload}
              customizations:
                replicaResource:
                  luaScript: |
                    local kube = require("kube")
                    function GetReplicas(obj)
                      return obj.spec.count, kube.accuratePodRequirements(obj.spec.template)
                    end
                replicaRevision:
                  luaScript: |
                    function ReviseReplica(obj, replicas)
                      obj.spec.count = replicas
                      return obj
                    end
                statusReflection:
                  luaScript: |
                    function ReflectStatus(obj)
                      if obj.status == nil then return {} end
                      return { ready = obj.status.ready }
                    end
                statusAggregation:
                  luaScript: |
                    function AggregateStatus(obj, items)
                      local ready = 0
                      for i = 1, #items do
                        if items[i].status ~= nil and items[i].status.ready ~= nil then ready = ready + items[i].status.ready end
                      end
                      obj.status = { ready = ready }
                      return obj
                    end
                healthInterpretation:
                  luaScript: |
                    function InterpretHealth(obj) return obj.status ~= nil and obj.status.ready == obj.spec.count end
            """

        private func kubectlApply(_ manifest: String, to control: Daemon) async throws {
            _ = try await control.kubectl("apply", "-f", "-", input: manifest).quiet()
        }

        private func define(_ plural: String, _ kind: String, on fleet: Fleet) async throws {
            try await kubectlApply(Self.definition(plural, kind), to: fleet.control)
            _ = try await fleet.control.kubectl(
                "wait", "--for=condition=Established", "crd/\(plural).example.io", "--timeout=10s"
            ).quiet()
            try await kubectlApply(Self.policies(plural, kind), to: fleet.control)
            try await eventually("the clusters say that they have the kind", within: .seconds(60)) {
                let kinds = try await fleet.control.kubectl(
                    "get", "clusters", "-o", "jsonpath={.items[*].status.apiEnablements[*].resources[*].kind}"
                ).output
                return kinds.split(separator: " ").filter { $0 == kind }.count == fleet.members.count
            }
        }

        private func counts(_ plural: String, on fleet: Fleet) async throws -> [String] {
            var counts: [String] = []
            for member in fleet.members {
                counts.append(try await member.kubectl("get", plural, "sample", "-o", "jsonpath={.spec.count}").output)
            }
            return counts
        }

        @Test func aCustomizationSaysWhatAKindMeans() async throws {
            let fleet = try await Fleet(members: 2)
            let control = fleet.control
            try await define("workloads", "Workload", on: fleet)
            try await kubectlApply(Self.customization, to: control)
            try await kubectlApply(
                Self.object("Workload", "sample", "{count: 6, template: {spec: {}}, empty: {}, none: []}"),
                to: control)

            try await eventually("the replicas are divided") { try await counts("workloads", on: fleet) == ["2", "4"] }
            let empty = try await fleet.members[0].kubectl(
                "get", "workloads", "sample", "-o", "jsonpath={.spec.empty}{.spec.none}"
            ).quiet()
            #expect(empty == "{}[]")
            for (member, ready) in zip(fleet.members, [2, 3]) {
                _ = try await member.kubectl(
                    "patch", "workloads", "sample", "--subresource=status", "--type=merge", "-p",
                    #"{"status":{"ready":\#(ready)}}"#
                ).quiet()
            }
            let health = { () async throws -> String in
                try await control.kubectl(
                    "get", "rb", "sample-workload", "-o", "jsonpath={.status.aggregatedStatus[*].health}"
                ).output
            }
            try await eventually("health comes back") { try await health() == "Healthy Unhealthy" }
            try await eventually("status comes back") {
                try await control.kubectl("get", "workloads", "sample", "-o", "jsonpath={.status.ready}").output == "5"
            }

            try await refusals(of: control)

            // A change counts from the next look at the object on; a script that never ends is told of, and stops nothing else.
            let loop = Self.customization.replacing(
                "return obj.status ~= nil and obj.status.ready == obj.spec.count", with: "while true do end")
            try await kubectlApply(loop, to: control)
            _ = try await fleet.members[1].kubectl(
                "patch", "workloads", "sample", "--subresource=status", "--type=merge", "-p", #"{"status":{"ready":4}}"#
            ).quiet()
            try await eventually("the script's failure is told", within: .seconds(60)) {
                try await control.kubectl("get", "events", "-A", "-o", "jsonpath={.items[*].message}").output.contains(
                    "ResourceInterpreterCustomization workloads: InterpretHealth: took more than 10000000 instructions")
            }
            try await eventually("the rest goes on") {
                try await control.kubectl("get", "workloads", "sample", "-o", "jsonpath={.status.ready}").output == "6"
            }
        }

        private func refusals(of control: Daemon) async throws {
            let broken = Self.customization.replacing("name: workloads", with: "name: broken").replacing(
                "kind: Workload}", with: "kind: Other}"
            )
            .replacing("return obj.status ~= nil and", with: "retrun")
            let syntax = try await control.kubectl("apply", "-f", "-", input: broken)
            #expect(
                syntax.errors.contains("InterpreterOperation(InterpretHealth) Lua script error: InterpretHealth:1:"),
                "\(syntax.errors)")
            let second = Self.customization.replacing("name: workloads", with: "name: second")
            let conflict = try await control.kubectl("apply", "-f", "-", input: second)
            #expect(
                conflict.errors.contains(
                    "conflicting with InterpreterOperation(InterpretReplica) of existing ResourceInterpreterCustomization(workloads)"
                ),
                "\(conflict.errors)")
        }

        // MARK: Webhooks

        private static func configuration(_ url: String, _ authority: String, kind: String) -> String {
            """
            apiVersion: config.karmada.io/v1alpha1
            kind: ResourceInterpreterWebhookConfiguration
            metadata: {name: \(kind.lowercased())}
            webhooks:
            - name: \(kind.lowercased()).example.io
              rules:
              - operations: ["InterpretReplica", "ReviseReplica", "InterpretHealth"]
                apiGroups: ["example.io"]
                apiVersions: ["v1"]
                kinds: [\(kind)]
              clientConfig: {url: "\(url)/\(kind.lowercased())", caBundle: \(authority)}
              interpreterContextVersions: ["v1alpha1"]
              timeoutSeconds: 30
            """
        }

        @Test func aWebhookSaysWhatAKindMeans() async throws {
            let fleet = try await Fleet(members: 2)
            let control = fleet.control
            try await define("gadgets", "Gadget", on: fleet)
            try await define("sloths", "Sloth", on: fleet)
            let server = try WebhookServer(certificatesOf: control)
            try await server.run(answering: Self.answer) { url in
                for kind in ["Gadget", "Sloth"] {
                    try await kubectlApply(Self.configuration(url, server.authority, kind: kind), to: control)
                }
                // More that hang than there are workers.
                let sloths = (1...20).map {
                    Self.object("Sloth", "sloth-\($0)", "{count: 1}")
                }
                try await kubectlApply(sloths.joined(separator: "\n---\n"), to: control)
                try await kubectlApply(
                    Self.object("Gadget", "sample", "{count: 6}"), to: control)
                try await eventually("the replicas are divided") { try await counts("gadgets", on: fleet) == ["2", "4"] }
                try await eventually("health comes back") {
                    try await control.kubectl("get", "rb", "sample-gadget", "-o", "jsonpath={.status.aggregatedStatus[*].health}")
                        .output
                        == "Unhealthy Healthy"
                }
                try await eventually("a webhook that hangs is told of") {
                    try await control.kubectl("get", "events", "-o", "jsonpath={.items[*].message}").output.contains(
                        "ResourceInterpreterWebhookConfiguration sloth/sloth.example.io: InterpretReplica: "
                            + "8 calls wait for its answer already")
                }
            }
        }

        /// Gadgets have counts, and are well where they are many; sloths never come to an answer.
        @Sendable private static func answer(_ path: String, _ request: JSON) async throws -> JSON {
            if path.hasPrefix("/sloth") { try await Task.sleep(for: .seconds(60)) }
            var response: JSON = ["uid": request["uid"] ?? "", "successful": true]
            switch request["operation"]?.string {
            case "InterpretReplica": response["replicas"] = request["object", "spec", "count"]
            case "ReviseReplica":
                let patch: JSON = [["op": "replace", "path": "/spec/count", "value": request["replicas"] ?? 0]]
                response["patchType"] = "JSONPatch"
                response["patch"] = .string(Base64.encode(patch.encoded()))
            case "InterpretHealth": response["healthy"] = .bool(request["object", "spec", "count"]?.integer ?? 0 > 3)
            default: break
            }
            return ["apiVersion": "config.karmada.io/v1alpha1", "kind": "ResourceInterpreterContext", "response": response]
        }
    }
}
