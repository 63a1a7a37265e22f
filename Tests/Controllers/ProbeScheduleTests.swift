import Kubernetes
import Testing

@testable import Controllers

@Suite struct ProbeScheduleTests {
    private let schedule = ProbeSchedule()
    private let start = ContinuousClock.now

    private func cluster(generation: Int64 = 1) -> Cluster {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "member1")
        object.uid = "u"
        object.generation = generation
        return Cluster(object)
    }

    private func probe(at time: Duration) -> Duration {
        schedule.begin("member1")
        return schedule.end(cluster(), next: .seconds(10), early: .seconds(2), now: start + time)
    }

    private func wait(at time: Duration, generation: Int64 = 1) -> Duration? {
        schedule.wait(for: cluster(generation: generation), now: start + time)
    }

    @Test func probesFollowEachOther() {
        #expect(wait(at: .zero) == nil)
        #expect(probe(at: .zero) == .seconds(10))
        #expect(wait(at: .seconds(4)) == .seconds(6))
        #expect(wait(at: .seconds(11)) == .zero)
        #expect(wait(at: .seconds(1), generation: 2) == .zero)
        schedule.forget("member1")
        #expect(wait(at: .seconds(1)) == nil)
    }

    @Test func changesBringTheNextForward() {
        #expect(schedule.noteChange(in: "member1", now: start) == nil, "the first is under way")
        _ = probe(at: .zero)
        #expect(schedule.noteChange(in: "member1", now: start + .seconds(1)) == .seconds(1))
        #expect(schedule.noteChange(in: "member1", now: start + .seconds(1)) == nil, "it is known")
        #expect(wait(at: .seconds(1)) == .seconds(1))
        // Long after the last probe it is at once.
        #expect(probe(at: .seconds(2)) == .seconds(10))
        #expect(schedule.noteChange(in: "member1", now: start + .seconds(9)) == .zero)
    }

    @Test func whatChangesDuringAProbeIsNotLost() {
        _ = probe(at: .zero)
        schedule.begin("member1")
        _ = schedule.noteChange(in: "member1", now: start + .seconds(10))
        #expect(schedule.end(cluster(), next: .seconds(10), early: .seconds(2), now: start + .seconds(11)) == .seconds(2))
        #expect(wait(at: .seconds(11)) == .seconds(2))
    }

    /// One that waits for a verdict is probed again before any change counts.
    @Test func changesPostponeNothing() {
        schedule.begin("member1")
        #expect(schedule.end(cluster(), next: .seconds(1), early: .seconds(2), now: start) == .seconds(1))
        #expect(schedule.noteChange(in: "member1", now: start) == nil)
        #expect(wait(at: .zero) == .seconds(1))
    }
}
