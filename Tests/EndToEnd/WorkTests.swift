import Foundation
import Testing

extension EndToEnd {
    /// What becomes of templates on their way into members, and what is told of it: one control plane and two members for all
    /// of it, a namespace each.
    @Suite struct WorkTests {
        @Test func templatesBecomeWhatMembersAreToHave() async throws {
            let fleet = try await Fleet(members: 2, flags: ["--feature-gates", "FederatedQuotaEnforcement=true"])
            try await dependencies(fleet)
            try await overriders(fleet)
            try await overridesThatDoNotApply(fleet)
            try await objectsThatMembersRefuse(fleet)
            try await rebalancing(fleet)
            try await federatedQuotas(fleet)
            try await referenceSamples(fleet)
        }

        @Test func unknownFeatureGatesAreRefused() async throws {
            let refused = try await run(
                Program.flotillad, ["serve", "--data-dir", try Workspace().url.path, "--feature-gates", "Teleport=true"])
            #expect(refused.status == 2 || refused.status == 64)
            #expect(refused.errors.contains("unrecognized feature gate: Teleport; the gates are ContextualLogging"))
        }

        private func deployments(_ name: String) -> String { "{apiVersion: apps/v1, kind: Deployment, name: \(name)}" }

        private func all(
            _ fleet: Fleet, _ members: ClosedRange<Int>, have objects: [String], in namespace: String, _ present: Bool = true
        ) async throws -> Bool {
            for member in members {
                let found = try await fleet.members[member - 1].kubectl(
                    ["get"] + objects + ["-n", namespace, "-o", "name", "--ignore-not-found"]).output.split(separator: "\n")
                if found.count != (present ? objects.count : 0) { return false }
            }
            return true
        }

        private func dependencies(_ fleet: Fleet) async throws {
            let namespace = "deps"
            let pod = """
                serviceAccountName: runner
                      volumes:
                      - {name: a, secret: {secretName: key}}
                      - {name: b, persistentVolumeClaim: {claimName: disk}}
                      - {name: c, configMap: {name: shared}}
                """
            try await fleet.control.apply(
                Manifest.namespace(namespace) + Manifest.configMap("shared", namespace)
                    + """
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: key, namespace: deps}
                    stringData: {key: secret}
                    ---
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata: {name: runner, namespace: deps}
                    ---
                    apiVersion: v1
                    kind: PersistentVolumeClaim
                    metadata: {name: disk, namespace: deps}
                    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: peers, namespace: deps}
                    spec: {clusterIP: None, selector: {app: set}, ports: [{port: 80}]}
                    ---
                    apiVersion: apps/v1
                    kind: StatefulSet
                    metadata: {name: set, namespace: deps}
                    spec:
                      replicas: 1
                      serviceName: peers
                      selector: {matchLabels: {app: set}}
                      template:
                        metadata: {labels: {app: set}}
                        spec:
                          containers: [{name: main, image: "example.com/set:1", envFrom: [{configMapRef: {name: shared}}]}]
                    ---

                    """ + Manifest.deployment("web", namespace, pod)
                    + Manifest.policy("web", namespace, deployments("web"), to: "member1", "  propagateDeps: true")
                    + Manifest.policy(
                        "set", namespace, "{apiVersion: apps/v1, kind: StatefulSet, name: set}", to: "member2", "  propagateDeps: true"))
            let web = ["deployment/web", "secret/key", "sa/runner", "pvc/disk", "configmap/shared"]
            try await eventually("all that the Deployment needs is with it") {
                try await all(fleet, 1...1, have: web, in: namespace)
            }
            let set = ["statefulset/set", "service/peers", "configmap/shared"]
            try await eventually("all that the StatefulSet needs is with it") {
                try await all(fleet, 2...2, have: set, in: namespace)
            }
            let labels = try await fleet.control.value(".metadata.labels", of: "rb", "shared-configmap", in: namespace)
            #expect(labels.components(separatedBy: "resourcebinding.karmada.io/depended-by-").count == 3, "\(labels)")
            #expect(
                try await fleet.control.value(".spec.requiredBy[*].name", of: "rb", "shared-configmap", in: namespace)
                    .split(separator: " ").sorted() == ["set-statefulset", "web-deployment"])
            _ = try await fleet.control.kubectl("delete", "deployment", "web", "-n", namespace).quiet()
            try await eventually("what only it needed goes with it") {
                try await all(fleet, 1...1, have: web, in: namespace, false)
            }
            #expect(try await all(fleet, 2...2, have: set, in: namespace))
            _ = try await fleet.control.kubectl("delete", "statefulset", "set", "-n", namespace).quiet()
            try await eventually("and so does the rest") { try await all(fleet, 2...2, have: set, in: namespace, false) }
        }

        private func overriders(_ fleet: Fleet) async throws {
            let namespace = "overrides"
            _ = try await fleet.control.kubectl("label", "cluster", "member2", "tier=gold").quiet()
            try await fleet.control.apply(
                Manifest.namespace(namespace)
                    + """
                    apiVersion: policy.karmada.io/v1alpha1
                    kind: ClusterOverridePolicy
                    metadata: {name: registry}
                    spec:
                      resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, namespace: overrides}]
                      overrideRules:
                      - overriders:
                          imageOverrider: [{component: Registry, operator: replace, value: mirror.example.com}]
                          labelsOverrider: [{operator: add, value: {level: cluster}}]
                    ---
                    apiVersion: policy.karmada.io/v1alpha1
                    kind: OverridePolicy
                    metadata: {name: details, namespace: overrides}
                    spec:
                      resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
                      overrideRules:
                      - targetCluster: {labelSelector: {matchLabels: {tier: gold}}}
                        overriders:
                          imageOverrider:
                          - component: Tag
                            operator: replace
                            value: "2.0"
                            predicate: {path: /spec/template/spec/containers/0/image}
                          commandOverrider: [{containerName: main, operator: add, value: [--fast]}]
                          argsOverrider: [{containerName: main, operator: remove, value: [--port=80]}]
                          labelsOverrider: [{operator: replace, value: {level: namespace}}]
                          annotationsOverrider: [{operator: add, value: {paid: "yes"}}]
                          plaintext: [{path: /spec/minReadySeconds, operator: add, value: 7}]
                      - targetCluster: {exclude: [member2]}
                        overriders:
                          annotationsOverrider: [{operator: add, value: {paid: "no"}}]
                    ---
                    apiVersion: policy.karmada.io/v1alpha1
                    kind: OverridePolicy
                    metadata: {name: file, namespace: overrides}
                    spec:
                      resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: file}]
                      overrideRules:
                      - targetCluster: {clusterNames: [member2]}
                        overriders:
                          fieldOverrider:
                          - fieldPath: /data/config.yaml
                            yaml: [{subPath: /server/port, operator: replace, value: 8443}]
                          - fieldPath: /data/config.json
                            json: [{subPath: /debug, operator: remove}]
                    ---
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: file, namespace: overrides}
                    data:
                      config.yaml: "server: {port: 80}"
                      config.json: '{"debug": true, "level": 1}'
                    ---

                    """ + Manifest.deployment("web", namespace)
                    + Manifest.policy(
                        "p", namespace, "{apiVersion: apps/v1, kind: Deployment}, {apiVersion: v1, kind: ConfigMap, name: file}",
                        to: "member1, member2"))
            let paths = [
                ".spec.template.spec.containers[0].image", ".spec.template.spec.containers[0].command",
                ".spec.template.spec.containers[0].args", ".metadata.labels.level", ".metadata.annotations.paid",
                ".spec.minReadySeconds",
            ]
            let expected = [
                ["mirror.example.com/web:1.0", #"["serve"]"#, #"["--port=80"]"#, "cluster", "no", ""],
                ["mirror.example.com/web:2.0", #"["serve","--fast"]"#, "", "namespace", "yes", "7"],
            ]
            for (member, values) in zip(fleet.members, expected) {
                let template = paths.joined(separator: "}|{")
                try await eventually("the Deployment is as its overrides have it") {
                    try await member.value(template, of: "deployment", "web", in: namespace) == values.joined(separator: "|")
                }
            }
            try await eventually("documents inside of fields are changed") {
                let file = try await fleet.members[1].value(".data", of: "configmap", "file", in: namespace)
                return file.contains("8443") && !file.contains("debug") && file.contains("level")
            }
            let annotations = try await fleet.control.value(
                ".items[?(@.spec.workload.manifests[0].kind=='Deployment')].metadata.annotations", of: "works",
                in: "karmada-es-member2")
            for applied in ["applied-cluster-overrides", "applied-overrides"] {
                #expect(annotations.contains("policy.karmada.io/\(applied)"))
            }
        }

        /// Neither does the other cluster wait, nor the other template; and it is told what is wrong.
        private func overridesThatDoNotApply(_ fleet: Fleet) async throws {
            let namespace = "broken"
            func override(_ path: String) -> String {
                """
                apiVersion: policy.karmada.io/v1alpha1
                kind: OverridePolicy
                metadata: {name: bad, namespace: broken}
                spec:
                  resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: c}]
                  overrideRules:
                  - targetCluster: {clusterNames: [member1]}
                    overriders: {plaintext: [{path: \(path), operator: replace, value: x}]}

                """
            }
            try await fleet.control.apply(
                Manifest.namespace(namespace) + override("/data/none/deeper")
                    + "---\n" + Manifest.configMap("c", namespace) + Manifest.configMap("d", namespace)
                    + Manifest.policy("p", namespace, "{apiVersion: v1, kind: ConfigMap}", to: "member1, member2"))
            try await eventually("the others are there") {
                guard try await all(fleet, 1...1, have: ["configmap/d"], in: namespace) else { return false }
                return try await all(fleet, 2...2, have: ["configmap/c", "configmap/d"], in: namespace)
            }
            try await eventually("a condition names the cause") {
                let condition = try await fleet.control.value(
                    ".status.conditions[?(@.type=='Rendered')]", of: "rb", "c-configmap", in: namespace)
                return condition.contains("\"False\"") && condition.contains("override policy broken/bad: plaintext: ")
            }
            try await eventually("so does an event") {
                try await fleet.control.events(in: namespace).contains(
                    "ApplyOverridePolicyFailed c Apply override policy(broken/bad) for cluster(member1)")
            }
            try await fleet.control.apply(override("/data/key"))
            try await eventually("once it is right, it goes on") {
                let value = try await fleet.members[0].value(".data.key", of: "configmap", "c", in: namespace)
                let condition = try await fleet.control.value(
                    ".status.conditions[?(@.type=='Rendered')].status", of: "rb", "c-configmap", in: namespace)
                return value == "x" && condition == "True"
            }
        }

        /// A value that the member's API server does not take, and a field that it does not let change.
        private func objectsThatMembersRefuse(_ fleet: Fleet) async throws {
            let namespace = "refused"
            func message(_ cluster: String) async throws -> String {
                try await fleet.control.value(
                    ".status.aggregatedStatus[?(@.clusterName=='\(cluster)')].appliedMessage", of: "rb", "web-deployment",
                    in: namespace)
            }
            try await fleet.control.apply(
                Manifest.namespace(namespace)
                    + """
                    apiVersion: policy.karmada.io/v1alpha1
                    kind: OverridePolicy
                    metadata: {name: bad, namespace: refused}
                    spec:
                      resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
                      overrideRules:
                      - targetCluster: {clusterNames: [member1]}
                        overriders: {plaintext: [{path: /spec/template/spec/restartPolicy, operator: replace, value: Never}]}
                    ---

                    """ + Manifest.deployment("web", namespace) + Manifest.deployment("other", namespace)
                    + Manifest.policy("p", namespace, "{apiVersion: apps/v1, kind: Deployment}", to: "member1, member2"))
            try await eventually("the others are there") {
                guard try await all(fleet, 1...1, have: ["deployment/other"], in: namespace) else { return false }
                return try await all(fleet, 2...2, have: ["deployment/web", "deployment/other"], in: namespace)
            }
            try await eventually("the binding says which cluster refused it, and why") {
                try await message("member1").contains("spec.template.spec.restartPolicy")
            }
            #expect(
                try await fleet.control.value(
                    ".status.conditions[?(@.type=='FullyApplied')].reason", of: "rb", "web-deployment", in: namespace)
                    == "FullyAppliedFailed")
            try await eventually("an event says so, too") {
                let events = try await fleet.control.events(in: namespace)
                return events.contains("SyncFailed web") && events.contains("restartPolicy")
            }
            _ = try await fleet.control.kubectl("delete", "overridepolicy", "bad", "-n", namespace).quiet()
            try await eventually("it is taken then") { try await all(fleet, 1...1, have: ["deployment/web"], in: namespace) }
            try await fleet.control.apply(
                """
                apiVersion: policy.karmada.io/v1alpha1
                kind: OverridePolicy
                metadata: {name: selector, namespace: refused}
                spec:
                  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
                  overrideRules:
                  - targetCluster: {clusterNames: [member2]}
                    overriders:
                      plaintext:
                      - {path: /spec/selector/matchLabels/app, operator: replace, value: x}
                      - {path: /spec/template/metadata/labels/app, operator: replace, value: x}
                """)
            try await eventually("a field that is immutable stays, and that is told") {
                try await message("member2").contains("field is immutable")
            }
            _ = try await fleet.control.kubectl("delete", "overridepolicy", "selector", "-n", namespace).quiet()
            try await eventually("all is well again") {
                try await fleet.control.value(
                    ".status.conditions[?(@.type=='FullyApplied')].status", of: "rb", "web-deployment", in: namespace) == "True"
            }
        }

        private func rebalancing(_ fleet: Fleet) async throws {
            let namespace = "rebalance"
            try await fleet.control.apply(
                Manifest.namespace(namespace) + Manifest.deployment("web", namespace, replicas: 2)
                    + Manifest.policy("p", namespace, deployments("web"), to: "member1, member2"))
            try await eventually("scheduled") {
                try await fleet.control.value(".spec.clusters[*].name", of: "rb", "web-deployment", in: namespace)
                    == "member1 member2"
            }
            let before = try await fleet.control.value(".status.lastScheduledTime", of: "rb", "web-deployment", in: namespace)
            // Times are whole seconds: the rebalancer is later only from the next on.
            try await eventually("a second is over") { before < Self.now() }
            try await fleet.control.apply(
                """
                apiVersion: apps.karmada.io/v1alpha1
                kind: WorkloadRebalancer
                metadata: {name: again}
                spec:
                  ttlSecondsAfterFinished: 3600
                  workloads:
                  - {apiVersion: apps/v1, kind: Deployment, name: web, namespace: rebalance}
                """)
            try await eventually("it reports success") {
                try await fleet.control.value(".status.observedWorkloads[0].result", of: "workloadrebalancer", "again")
                    == "Successful"
            }
            try await eventually("the workload is scheduled afresh") {
                try await fleet.control.value(".status.lastScheduledTime", of: "rb", "web-deployment", in: namespace)
                    > before
            }
            _ = try await fleet.control.kubectl(
                "patch", "workloadrebalancer", "again", "--type=merge", "-p", #"{"spec":{"ttlSecondsAfterFinished":0}}"#
            ).quiet()
            try await eventually("it goes when its time is over") {
                try await fleet.control.value(".metadata.name", of: "workloadrebalancer", "again") == ""
            }
        }

        private static func now() -> String { Date.now.formatted(.iso8601) }

        private func federatedQuotas(_ fleet: Fleet) async throws {
            let namespace = "quota"
            func quota(_ cpu: Int) -> String {
                """
                apiVersion: policy.karmada.io/v1alpha1
                kind: FederatedResourceQuota
                metadata: {name: team, namespace: quota}
                spec:
                  overall: {cpu: "\(cpu)"}
                  staticAssignments: [{clusterName: member1, hard: {cpu: "1"}}]

                """
            }
            try await fleet.control.apply(Manifest.namespace(namespace) + quota(2))
            try await eventually("the cluster has its part") {
                try await fleet.members[0].value(".spec.hard.cpu", of: "resourcequota", "team", in: namespace) == "1"
            }
            try await eventually("the quota is known") {
                try await fleet.control.value(".status.overall.cpu", of: "federatedresourcequota", "team", in: namespace)
                    == "2"
            }
            let limited = Manifest.deployment("web", namespace, replicas: 3)
                .replacing("args: [--port=80]", with: "resources: {requests: {cpu: 500m}}")
            try await fleet.control.apply(
                limited + Manifest.policy("p", namespace, deployments("web"), to: "member1, member2"))
            try await eventually("six times half a CPU are more than two") {
                let condition = try await fleet.control.value(
                    ".status.conditions[?(@.type=='Scheduled')]", of: "rb", "web-deployment", in: namespace)
                return condition.contains("QuotaExceeded") && condition.contains("requested sum 3, limit 2")
            }
            #expect(try await fleet.members[1].value(".metadata.name", of: "deployment", "web", in: namespace) == "")
            try await fleet.control.apply(quota(4))
            try await eventually("there is room for them now", within: .seconds(60)) {
                let used = try await fleet.control.value(
                    ".status.overallUsed.cpu", of: "federatedresourcequota", "team", in: namespace)
                let name = try await fleet.members[1].value(".metadata.name", of: "deployment", "web", in: namespace)
                return used == "3" && name == "web"
            }
            _ = try await fleet.control.kubectl("delete", "deployment", "web", "-n", namespace).quiet()
            try await eventually("what they used is given back") {
                try await fleet.control.value(".status.overallUsed", of: "federatedresourcequota", "team", in: namespace)
                    == ""
            }
            _ = try await fleet.control.kubectl("delete", "federatedresourcequota", "team", "-n", namespace).quiet()
            try await eventually("the cluster's part goes with it") {
                try await fleet.members[0].value(".metadata.name", of: "resourcequota", "team", in: namespace) == ""
            }
        }

        /// Karmada's own samples as they are, where they lie beside the repository.
        private func referenceSamples(_ fleet: Fleet) async throws {
            let folder = Program.repository.deletingLastPathComponent().appending(path: "shared/reference/karmada-samples")
            guard FileManager.default.fileExists(atPath: folder.path) else { return }
            func apply(_ names: String...) async throws {
                for name in names {
                    let file = folder.appending(path: name).path
                    try await eventually("\(name) is taken") { try await fleet.control.kubectl("apply", "-f", file).status == 0 }
                }
            }
            try await apply("nginx-deployment.yaml", "nginx-propagationpolicy.yaml", "nginx-overridepolicy.yaml")
            try await eventually("nginx is ready") { try await fleet.ready("nginx") == [1, 1] }
            try await apply(
                "guestbook-guestbooks-crd.yaml", "guestbook-guestbooks-clusterpropagationpolicy.yaml", "guestbook-guestbook.yaml",
                "guestbook-guestbooks-propagationpolicy.yaml", "guestbook-guestbooks-overridepolicy.yaml")
            try await eventually("the Guestbook is in its cluster, its definition before it, and overridden") {
                let size = try await fleet.members[0].value(".spec.size", of: "guestbooks.webapp.my.domain", "guestbook-sample")
                let mark = try await fleet.members[0].value(
                    ".metadata.annotations.OverridePolicy", of: "guestbooks.webapp.my.domain", "guestbook-sample")
                return size == "4" && mark == "test"
            }
        }
    }
}
