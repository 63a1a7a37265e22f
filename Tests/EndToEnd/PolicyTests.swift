import Foundation
import Testing

extension EndToEnd {
    /// What a policy can say, and what happens then: one control plane and two members for all of it, a namespace each.
    @Suite struct PolicyTests {
        @Test func policiesSayWhatGoesWhere() async throws {
            let fleet = try await Fleet(members: 2, flags: ["--feature-gates", "PropagationPolicyPreemption=true"])
            try await closerPoliciesComeFirst(fleet)
            try await preemption(fleet)
            try await changesAndDeletion(fleet)
            try await lazyActivation(fleet)
            try await suspension(fleet)
            try await conflictsAndPreservation(fleet)
            try await clusterScopedResources(fleet)
            try await namespacesAndProtection(fleet)
        }

        private let configMaps = "{apiVersion: v1, kind: ConfigMap}"
        private func configMap(_ name: String) -> String { "{apiVersion: v1, kind: ConfigMap, name: \(name)}" }
        private func configMaps(labelled label: String) -> String {
            "{apiVersion: v1, kind: ConfigMap, labelSelector: {matchLabels: {app: \(label)}}}"
        }

        private func has(_ fleet: Fleet, _ member: Int, _ name: String, _ namespace: String) async throws -> Bool {
            try await fleet.members[member - 1].value(".metadata.name", of: "configmap", name, in: namespace) == name
        }

        private func owner(_ fleet: Fleet, _ name: String, _ namespace: String) async throws -> String {
            let annotations = try await fleet.control.value(".metadata.annotations", of: "configmap", name, in: namespace)
            let names = (try? JSONDecoder().decode([String: String].self, from: Data(annotations.utf8))) ?? [:]
            return names["propagationpolicy.karmada.io/name"] ?? names["clusterpropagationpolicy.karmada.io/name"] ?? ""
        }

        /// Explicit priority, then name before label before kind, a namespace's policies before cluster-wide ones.
        private func closerPoliciesComeFirst(_ fleet: Fleet) async throws {
            let namespace = "closer"
            try await fleet.control.apply(
                Manifest.namespace(namespace)
                    + Manifest.policy(
                        "everywhere", nil, "{apiVersion: v1, kind: ConfigMap, namespace: closer}", to: "member2", "  priority: 100")
                    + Manifest.policy("by-kind", namespace, configMaps, to: "member2")
                    + Manifest.policy(
                        "by-label", namespace, configMaps(labelled: "labelled"), to: "member2")
                    + Manifest.policy("by-name", namespace, configMap("named"), to: "member1")
                    + Manifest.policy("first", namespace, configMap("important"), to: "member2")
                    + Manifest.policy(
                        "second", namespace, configMaps(labelled: "important"), to: "member1", "  priority: 5"))
            try await fleet.control.apply(
                ["named", "labelled", "other", "important"].map { Manifest.configMap($0, namespace) }.joined())
            for (name, policy) in [
                ("named", "by-name"), ("labelled", "by-label"), ("other", "by-kind"), ("important", "second"),
            ] {
                try await eventually("\(name) is \(policy)'s") { try await owner(fleet, name, namespace) == policy }
            }
            for (member, name) in [(1, "named"), (2, "other"), (1, "important")] {
                try await eventually("\(name) is where its policy wants it") { try await has(fleet, member, name, namespace) }
            }
            let other = try await has(fleet, 2, "important", namespace)
            #expect(!other)
        }

        private func preemption(_ fleet: Fleet) async throws {
            let namespace = "preempt"
            try await fleet.control.apply(
                Manifest.namespace(namespace) + Manifest.configMap("c", namespace)
                    + Manifest.policy("low", namespace, configMap("c"), to: "member1"))
            try await eventually("it is the only policy's") { try await has(fleet, 1, "c", namespace) }
            // A higher priority alone takes nothing from those who have it.
            try await fleet.control.apply(Manifest.policy("patient", namespace, configMap("c"), to: "member2", "  priority: 5"))
            try await eventually("users hear of it") {
                try await fleet.control.events(in: namespace).contains(
                    "ResourceClaimedByOther patient Another policy has claimed 1")
            }
            try await fleet.control.apply(
                Manifest.policy("taker", namespace, configMap("c"), to: "member2", "  priority: 3\n  preemption: Always"))
            try await eventually("it moves") {
                let (first, second) = (try await has(fleet, 1, "c", namespace), try await has(fleet, 2, "c", namespace))
                return second && !first
            }
            try await eventually("users hear of that, too") {
                try await fleet.control.events(in: namespace).contains(
                    "PreemptPolicySucceed c Propagation policy(preempt/taker) preempted propagation policy(preempt/low)")
            }
        }

        private func changesAndDeletion(_ fleet: Fleet) async throws {
            let namespace = "changes"
            try await fleet.control.apply(
                Manifest.namespace(namespace) + Manifest.policy("p", namespace, configMap("c"), to: "member1"))
            try await eventually("a policy that selects nothing says so") {
                try await fleet.control.events(in: namespace).contains("NothingSelected p There is no resource yet")
            }
            try await fleet.control.apply(Manifest.configMap("c", namespace))
            try await eventually("there") { try await has(fleet, 1, "c", namespace) }
            try await fleet.control.apply(Manifest.policy("p", namespace, configMap("c"), to: "member2"))
            try await eventually("moved") {
                let (first, second) = (try await has(fleet, 1, "c", namespace), try await has(fleet, 2, "c", namespace))
                return second && !first
            }
            // The binding that somebody deletes comes back; what the policy left stays without it.
            // kubectl, which waits for a name to be gone, may find it taken again already.
            let uid = try await fleet.control.value(".metadata.uid", of: "rb", "c-configmap", in: namespace)
            _ = try await fleet.control.kubectl("delete", "rb", "c-configmap", "-n", namespace, "--wait=false").quiet()
            try await eventually("bound again") {
                let current = try await fleet.control.value(".metadata.uid", of: "rb", "c-configmap", in: namespace)
                guard !current.isEmpty, current != uid else { return false }
                let applied = ".status.conditions[?(@.type=='FullyApplied')].status"
                guard try await fleet.control.value(applied, of: "rb", "c-configmap", in: namespace) == "True" else { return false }
                return try await has(fleet, 2, "c", namespace)
            }
            _ = try await fleet.control.kubectl("delete", "propagationpolicy", "p", "-n", namespace).quiet()
            try await eventually("the claim is off") { try await owner(fleet, "c", namespace) == "" }
            #expect(try await has(fleet, 2, "c", namespace))
            let binding = try await fleet.control.value(".metadata.labels", of: "rb", "c-configmap", in: namespace)
            #expect(!binding.contains("propagationpolicy.karmada.io/permanent-id"), "\(binding)")
            _ = try await fleet.control.kubectl("delete", "configmap", "c", "-n", namespace).quiet()
            try await eventually("gone with its template") { !(try await has(fleet, 2, "c", namespace)) }
        }

        private func lazyActivation(_ fleet: Fleet) async throws {
            let namespace = "lazy"
            let lazy = "  activationPreference: Lazy"
            try await fleet.control.apply(Manifest.namespace(namespace) + Manifest.configMap("early", namespace))
            try await fleet.control.apply(Manifest.policy("p", namespace, configMaps, to: "member1", lazy))
            try await eventually("claimed") { try await owner(fleet, "early", namespace) == "p" }
            try await fleet.control.apply(Manifest.configMap("late", namespace))
            try await eventually("what comes after the policy goes at once") { try await has(fleet, 1, "late", namespace) }
            #expect(try await has(fleet, 1, "early", namespace) == false)
            try await fleet.control.apply(Manifest.configMap("early", namespace, "2"))
            try await eventually("what was there goes with its next change") { try await has(fleet, 1, "early", namespace) }
        }

        private func suspension(_ fleet: Fleet) async throws {
            let namespace = "suspended"
            func suspendScheduling(_ isSuspended: Bool) async throws {
                _ = try await fleet.control.kubectl(
                    "patch", "rb", "c-configmap", "-n", namespace, "--type=merge", "-p",
                    #"{"spec":{"suspension":{"scheduling":\#(isSuspended)}}}"#
                ).quiet()
            }
            try await fleet.control.apply(
                Manifest.namespace(namespace) + Manifest.configMap("c", namespace)
                    + Manifest.policy(
                        "p", namespace, configMap("c"), to: "member1, member2",
                        "  suspension: {dispatchingOnClusters: {clusterNames: [member1]}}"))
            try await eventually("one has it, the other waits") {
                let work = try await fleet.control.value(
                    ".items[*].status.conditions[?(@.type=='Dispatching')].reason", of: "works",
                    in: "karmada-es-member1")
                return work.contains("SuspendDispatching") ? try await has(fleet, 2, "c", namespace) : false
            }
            #expect(try await has(fleet, 1, "c", namespace) == false)
            try await fleet.control.apply(
                Manifest.policy("p", namespace, configMap("c"), to: "member1, member2", "  suspension: {dispatching: true}"))
            try await eventually("now both wait") {
                try await fleet.control.value(
                    ".items[*].spec.suspendDispatching", of: "works", in: "karmada-es-member2").contains("true")
            }
            try await fleet.control.apply(Manifest.configMap("c", namespace, "2"))
            try await fleet.control.apply(Manifest.policy("p", namespace, configMap("c"), to: "member1, member2"))
            try await eventually("and go on") {
                for member in fleet.members {
                    guard try await member.value(".data.key", of: "configmap", "c", in: namespace) == "2" else { return false }
                }
                return true
            }
            // Scheduling is suspended on the binding itself.
            try await suspendScheduling(true)
            try await fleet.control.apply(Manifest.policy("p", namespace, configMap("c"), to: "member2"))
            try await eventually("the binding knows of the change") {
                let names = ".spec.placement.clusterAffinity.clusterNames"
                return try await fleet.control.value(names, of: "rb", "c-configmap", in: namespace) == #"["member2"]"#
            }
            #expect(try await has(fleet, 1, "c", namespace))
            try await suspendScheduling(false)
            try await eventually("and is scheduled then") { !(try await has(fleet, 1, "c", namespace)) }
        }

        private func conflictsAndPreservation(_ fleet: Fleet) async throws {
            let namespace = "conflict"
            try await fleet.control.apply(Manifest.namespace(namespace))
            try await eventually("the namespace is there") {
                try await fleet.members[0].value(".metadata.name", of: "namespace", namespace) == namespace
            }
            try await fleet.members[0].apply(Manifest.configMap("c", namespace, "members"))
            try await fleet.control.apply(
                Manifest.configMap("c", namespace, "ours") + Manifest.policy("p", namespace, configMap("c"), to: "member1"))
            try await eventually("it is not taken over, and the binding says why") {
                let message = ".status.aggregatedStatus[0].appliedMessage"
                return try await fleet.control.value(message, of: "rb", "c-configmap", in: namespace)
                    .contains("already exists in the cluster member1")
            }
            #expect(try await fleet.members[0].value(".data.key", of: "configmap", "c", in: namespace) == "members")
            try await eventually("an event says so, too") {
                try await fleet.control.events(in: namespace).contains(
                    "SyncFailed c Failed to create or update resource(conflict/c)")
            }
            let overwrite = "  conflictResolution: Overwrite\n  preserveResourcesOnDeletion: true"
            try await fleet.control.apply(Manifest.policy("p", namespace, configMap("c"), to: "member1", overwrite))
            try await eventually("now it is") {
                try await fleet.members[0].value(".data.key", of: "configmap", "c", in: namespace) == "ours"
            }
            _ = try await fleet.control.kubectl("delete", "configmap", "c", "-n", namespace).quiet()
            try await eventually("nothing is left of it here") {
                try await fleet.control.value(".items[*].metadata.name", of: "rb", in: namespace) == ""
            }
            try await eventually("it stays in the member, without our marks") {
                let labels = try await fleet.members[0].value(".metadata.labels", of: "configmap", "c", in: namespace)
                return labels.contains("app") && !labels.contains("karmada.io")
            }
        }

        private func clusterScopedResources(_ fleet: Fleet) async throws {
            try await fleet.control.apply(
                """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: "team:reader"}
                rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
                ---

                """
                    + Manifest.policy(
                        "roles", nil, "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, name: 'team:reader'}",
                        to: "member1"))
            try await eventually("it is there") {
                try await fleet.members[0].value(".rules[0].verbs[0]", of: "clusterrole", "team:reader") == "get"
            }
            try await eventually("its binding has no namespace") {
                try await fleet.control.value(
                    ".status.conditions[?(@.type=='FullyApplied')].reason", of: "crb", "team.reader-clusterrole")
                    == "FullyAppliedSuccess"
            }
        }

        private func namespacesAndProtection(_ fleet: Fleet) async throws {
            try await fleet.control.apply(
                Manifest.namespace("synced")
                    + """
                    apiVersion: v1
                    kind: Namespace
                    metadata: {name: kept, labels: {namespace.karmada.io/skip-auto-propagation: "true"}}
                    """)
            func isSynced(_ phase: String) async throws -> Bool {
                for member in fleet.members {
                    guard try await member.value(".status.phase", of: "namespace", "synced") == phase else { return false }
                }
                return true
            }
            try await eventually("namespaces are everywhere") { try await isSynced("Active") }
            for member in fleet.members { #expect(try await member.value(".status.phase", of: "namespace", "kept") == "") }
            _ = try await fleet.control.kubectl("delete", "namespace", "synced").quiet()
            try await eventually("and go") { try await isSynced("") }
            let label = "resourcetemplate.karmada.io/deletion-protected"
            try await fleet.control.apply(Manifest.configMap("precious", "default"))
            _ = try await fleet.control.kubectl("label", "configmap", "precious", "\(label)=Always").quiet()
            let refused = try await fleet.control.kubectl("delete", "configmap", "precious")
            #expect(refused.errors.contains("This resource is protected, please make sure to remove the label: \(label)"))
            _ = try await fleet.control.kubectl("label", "configmap", "precious", "\(label)-").quiet()
            _ = try await fleet.control.kubectl("delete", "configmap", "precious").quiet()
        }
    }
}
