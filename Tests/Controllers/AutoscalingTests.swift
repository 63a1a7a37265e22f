import Foundation
import Kubernetes
import Testing

@testable import Controllers

@Suite struct CronTimesTests {
    private func next(_ schedule: String, _ zone: String = "", after time: String) throws -> String? {
        let times = try #require(CronTimes(schedule, zone: zone))
        let date = try #require(Timestamp(time)).seconds
        return times.next(after: Date(timeIntervalSince1970: Double(date))).map {
            Timestamp(seconds: Int64($0.timeIntervalSince1970)).description
        }
    }

    @Test(arguments: [
        ("*/15 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z"),
        ("0 8 * * *", "2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z"),
        ("30 9 * * mon-fri", "2026-01-02T10:00:00Z", "2026-01-05T09:30:00Z"),
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 1 * 0", "2026-01-02T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("@monthly", "2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z"),
        ("5/20 * * * *", "2026-01-01T00:05:00Z", "2026-01-01T00:25:00Z"),
        ("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
    ]) func isDueWhenTheScheduleSays(_ schedule: String, _ after: String, _ expected: String) throws {
        #expect(try next(schedule, after: after) == expected)
    }

    @Test func countsInItsTimeZone() throws {
        #expect(try next("0 8 * * *", "Asia/Tokyo", after: "2026-01-01T00:00:00Z") == "2026-01-01T23:00:00Z")
        // The hour that is left out in spring, and the one that comes twice in autumn.
        #expect(try next("30 2 * * *", "Europe/Berlin", after: "2026-03-28T12:00:00Z") == "2026-03-30T00:30:00Z")
        #expect(try next("30 2 * * *", "Europe/Berlin", after: "2026-10-24T12:00:00Z") == "2026-10-25T00:30:00Z")
    }

    @Test func neverIsNever() throws {
        #expect(try next("0 0 30 2 *", after: "2026-01-01T00:00:00Z") == nil)
        for text in ["", "* * * *", "60 * * * *", "* * * * * *", "@often", "1-0 * * * *", "*/0 * * * *", "x * * * *"] {
            #expect(CronTimes(text, zone: "") == nil, "\(text)")
        }
        #expect(CronTimes("* * * * *", zone: "Atlantis/Poseidonis") == nil)
    }
}

@Suite struct CronFederatedHPATests {
    private let test = TestPlane()

    private func autoscaler(_ rules: String, planned: String? = nil) async throws {
        try await test.create(
            """
            apiVersion: autoscaling.karmada.io/v1alpha1
            kind: CronFederatedHPA
            metadata: {name: cron, namespace: default}
            spec:
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
              rules: [\(rules)]
            \(planned.map { "status: {executionHistories: [{ruleName: up, nextExecutionTime: \"\($0)\"}]}" } ?? "")
            """)
    }

    private var histories: [JSON] {
        test.plane.object(Resource.cronFederatedHPAs, "default", "cron")?.status["executionHistories"]?.array ?? []
    }

    @Test(.timeLimit(.minutes(1))) func rulesArePlanned() async throws {
        try await test.run {
            try await autoscaler(
                """
                {name: up, schedule: "0 8 * * *", targetReplicas: 5},
                {name: off, schedule: "* * * * *", targetReplicas: 1, suspend: true},
                {name: odd, schedule: "0 0 0 1 1 *", targetReplicas: 1}
                """)
            try await eventually("all are listed") { histories.count == 3 }
            let next = try #require(histories[0]["nextExecutionTime"]?.string)
            #expect(next.hasSuffix("T08:00:00Z"))
            #expect(histories[1]["nextExecutionTime"] == nil && histories[2]["nextExecutionTime"] == nil)
            try await test.plane.modify(Resource.cronFederatedHPAs, ObjectKey(namespace: "default", name: "cron")) { object in
                object["spec", "rules"] = [["name": "up", "schedule": "30 9 * * *", "targetReplicas": 5]]
                return true
            }
            try await eventually("changes count") {
                histories.count == 1 && histories[0]["nextExecutionTime"]?.string?.hasSuffix("T09:30:00Z") == true
            }
        }
    }

    /// A minute ago, while nobody was at work, and of a workload that is not there.
    @Test(.timeLimit(.minutes(1))) func whatIsDueIsDone() async throws {
        let past = Timestamp(seconds: Timestamp.now().seconds / 60 * 60 - 60).description
        try await autoscalerWithoutControllers(past)
        try await test.resume {
            try await eventually("it failed, and says why") {
                histories.first?["failedExecutions"]?.array?.first?["scheduleTime"]?.string == past
            }
            #expect(histories.first?["failedExecutions"]?.array?.first?["message"]?.string?.contains("web") == true)
            #expect(histories.first?["nextExecutionTime"]?.string.map { $0 > past } == true)
        }
    }

    private func autoscalerWithoutControllers(_ planned: String) async throws {
        for cluster in [test.plane] + (try test.names.map { try test.members[$0] }) {
            _ = try await cluster.create(Object(apiVersion: "v1", kind: "Namespace", name: "default"), in: Resource.namespaces)
        }
        try await autoscaler("{name: up, schedule: \"* * * * *\", targetReplicas: 5}", planned: planned)
    }
}

@Suite struct RemedyTests {
    private func cluster(ready: String) -> Cluster {
        Cluster(
            Object([
                "metadata": ["name": "member1"],
                "status": ["conditions": [["type": "Ready", "status": .string(ready)]]],
            ]))
    }

    private func match(_ operation: String, _ status: String, type: String = "Ready") -> JSON {
        [
            "clusterConditionMatch": [
                "conditionType": .string(type), "operator": .string(operation), "conditionStatus": .string(status),
            ]
        ]
    }

    @Test func oneMatchIsEnough() {
        let down = cluster(ready: "False")
        #expect(Remedy([:]).isMeant(for: down))
        #expect(!Remedy(["clusterAffinity": ["clusterNames": ["member2"]]]).isMeant(for: down))
        #expect(Remedy(["decisionMatches": [match("Equal", "False")]]).isMeant(for: down))
        #expect(Remedy(["decisionMatches": [match("Equal", "True"), match("NotEqual", "True")]]).isMeant(for: down))
        #expect(!Remedy(["decisionMatches": [match("Equal", "True")]]).isMeant(for: down))
        #expect(!Remedy(["decisionMatches": [match("NotEqual", "True", type: "DNS")]]).isMeant(for: down))
    }

    @Test(.timeLimit(.minutes(1))) func actionsAreInTheClustersStatus() async throws {
        let test = TestPlane()
        try await test.run {
            try await test.create(
                """
                apiVersion: remedy.karmada.io/v1alpha1
                kind: Remedy
                metadata: {name: traffic}
                spec:
                  clusterAffinity: {clusterNames: [member2]}
                  decisionMatches:
                  - clusterConditionMatch: {conditionType: Ready, operator: NotEqual, conditionStatus: "True"}
                  actions: [TrafficControl]
                """)
            func actions(_ name: String) -> [String]? {
                test.plane.object(Cluster.resource, name).map { Cluster($0).status.remedyActions }
            }
            try test.members.stop("member2")
            try await eventually("something is to be done") { actions("member2") == ["TrafficControl"] }
            #expect(actions("member1") == [])
            try test.members.start("member2")
            try await eventually("no more") { actions("member2") == [] }
        }
    }
}
