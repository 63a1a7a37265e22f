import Client
import Kubernetes
import Logging
import Testing

@testable import Controllers

/// Statuses are told by a Work's report while one is due, and by the object's own change otherwise; never by none.
@Suite struct MemberReportsTests {
    private let member = Member(name: "member1", client: MemoryCluster([]), logger: Logger(label: "test"))
    private let work = ObjectKey(namespace: "karmada-es-member1", name: "nginx-1")
    private let object = MemberObjectKey(resource: .deployments, key: ObjectKey(namespace: "default", name: "nginx"))

    @Test func withoutAReportAChangeTellsItself() {
        #expect(!member.leavesToReport(object, of: work))
    }

    @Test func aReportTellsWhatChangedBeforeItBegan() {
        member.noteApplied(1, of: work)
        #expect(member.leavesToReport(object, of: work))
        member.beginReport(of: work)
        member.endReport(of: work)
        #expect(member.observations.count == 0)
        #expect(!member.leavesToReport(object, of: work))
    }

    @Test func whatChangesDuringAReportIsLookedAtAgain() {
        member.noteApplied(1, of: work)
        member.beginReport(of: work)
        #expect(member.leavesToReport(object, of: work))
        member.endReport(of: work)
        #expect(member.observations.count == 1)
    }

    @Test func whatChangesDuringAReportOfAnEarlierGenerationIsKept() {
        member.noteApplied(1, of: work)
        member.beginReport(of: work)
        #expect(member.leavesToReport(object, of: work))
        member.noteApplied(2, of: work)
        member.endReport(of: work)
        #expect(member.observations.count == 1)
    }
}
