import Foundation
import Kubernetes
import Testing

@testable import CLI

@Suite struct TimelineTests {
    private let start = Timestamp(seconds: 1_000_000)

    private let binding: ResourceBinding = {
        var binding = Object(apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: "b")
        binding.uid = "binding"
        binding.spec = [
            "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": "foo", "uid": "template"],
            "clusters": [["name": "m2", "replicas": 3], ["name": "m3", "replicas": 3]],
        ]
        return ResourceBinding(binding)
    }()

    private func event(
        _ second: Int64, _ kind: String, _ name: String, _ uid: String, _ reason: String, _ message: String, again: Int64? = nil
    ) -> Object {
        Object([
            "apiVersion": "v1", "kind": "Event",
            "involvedObject": ["kind": .string(kind), "name": .string(name), "uid": .string(uid)],
            "reason": .string(reason), "message": .string(message),
            "firstTimestamp": .string((start + .seconds(second)).description),
            "lastTimestamp": .string((start + .seconds(again ?? second)).description),
        ])
    }

    private func scheduled(_ second: Int64, _ result: String) -> Object {
        event(
            second, "ResourceBinding", "b", "binding", "ScheduleBindingSucceed",
            "Binding has been scheduled successfully. Result: {\(result)}")
    }

    private var failover: Timeline {
        Timeline(
            binding,
            events: [
                event(6, "ResourceBinding", "b", "binding", "EvictWorkloadFromClusterSucceed", "Evict from cluster m1 succeed."),
                scheduled(5, "m2:3, m3:3"), scheduled(0, "m1:3, m2:3"),
                event(
                    3, "Cluster", "m1", "c", "TaintClusterSucceed",
                    "Update Cluster(m1) with taints(cluster now has taints([{Key:down,Effect:NoExecute}])) succeed"),
                event(-9, "Cluster", "m1", "c", "TaintClusterSucceed", "Taint cluster succeed: cluster now has taints([])."),
                event(3, "Cluster", "m9", "c", "TaintClusterSucceed", "Taint cluster succeed: cluster now has taints([])."),
                event(
                    5, "Deployment", "foo", "template", "SyncSucceed",
                    "Successfully applied resource(default/foo) to cluster m3"),
                event(
                    5, "Deployment", "foo", "another", "SyncSucceed",
                    "Successfully applied resource(default/foo) to cluster m2"),
                event(9, "Cluster", "m1", "c", "TaintClusterSucceed", "Taint cluster succeed: cluster now does not have taints."),
            ])
    }

    @Test func aFailoverIsRead() {
        let timeline = failover
        #expect(timeline.clusters == ["m1", "m2", "m3"], "those that it was in, and no others")
        #expect(timeline.moments.map(\.kind) == [
            .scheduled(["m1": 3, "m2": 3]), .tainted(true), .scheduled(["m2": 3, "m3": 3]), .applied, .evicted, .tainted(false),
        ])
        func stretch(_ cluster: String, _ begin: Int64, _ end: Int64?, isLeaving: Bool = false) -> Timeline.Stretch {
            Timeline.Stretch(
                cluster: cluster, begin: start + .seconds(begin), end: end.map { start + .seconds($0) }, replicas: 3,
                isLeaving: isLeaving)
        }
        #expect(timeline.stretches == [
            stretch("m1", 0, 5), stretch("m1", 5, 6, isLeaving: true), stretch("m2", 0, nil), stretch("m3", 5, nil),
        ])
    }

    @Test func whatHappenedAgainIsThereTwice() {
        let event = event(0, "ResourceBinding", "b", "binding", "ScheduleBindingFailed", "0/3", again: 60)
        #expect(Timeline(binding, events: [event]).moments.map(\.time) == [start, start + .seconds(60)])
    }

    @Test func timesAreAsExactAsTheNamesOfEvents() {
        var late = scheduled(1, "m1:1")
        late.name = "b.\(String((start + .milliseconds(1900)).nanoseconds, radix: 16))"
        var early = scheduled(1, "m2:1")
        early.name = "b.\(String((start + .milliseconds(1100)).nanoseconds, radix: 16))"
        let timeline = Timeline(binding, events: [late, early])
        #expect(timeline.moments.map(\.kind) == [.scheduled(["m2": 1]), .scheduled(["m1": 1])])
        #expect(timeline.moments.first?.time == start + .milliseconds(1100))
    }

    @Test func thePictureHasLanesBarsAndWords() {
        let picture = TimelinePicture(failover, now: start + .seconds(20)).description
        #expect(picture.hasPrefix("<svg ") && picture.hasSuffix("</svg>"))
        for cluster in ["m1", "m2", "m3"] { #expect(picture.contains(">\(cluster)</text>")) }
        #expect(picture.components(separatedBy: "url(#leaving)").count == 2, "one stretch of leaving")
        #expect(picture.contains("{m2:3, m3:3}") && !picture.contains("m9"))
    }

    @Test func wordsAreEscaped() {
        let event = event(0, "ResourceBinding", "b", "binding", "ScheduleBindingFailed", "0/3 < 1 & \"no\"")
        #expect(TimelinePicture(Timeline(binding, events: [event]), now: start).description.contains("0/3 &lt; 1 &amp; \"no\""))
    }
}
