import Testing

@testable import Member

@Suite struct RollingUpdateTests {
    private typealias Size = RollingUpdate.Size

    @Test(arguments: [
        (10, "25%", "25%", 3, 2), (1, "25%", "25%", 1, 0), (4, "0%", "0%", 0, 1), (3, "100%", "50%", 3, 1),
        (0, "25%", "25%", 0, 1),
    ])
    func percentagesRoundAsKubernetesDoes(
        desired: Int, surge: String, unavailable: String, maxSurge: Int, maxUnavailable: Int
    ) throws {
        let plan = RollingUpdate(
            desired: desired, maxSurge: try #require(IntOrPercent(.string(surge))),
            maxUnavailable: try #require(IntOrPercent(.string(unavailable))))
        #expect(plan.maxSurge == maxSurge)
        #expect(plan.maxUnavailable == maxUnavailable)
    }

    /// However pods become ready, an update ends, never has more pods than allowed nor fewer available than promised.
    @Test(arguments: 0..<200)
    func anyUpdateEndsWithinItsBounds(seed: Int) {
        var random = Seeded(state: UInt64(seed) &+ 1)
        let desired = Int.random(in: 1...30, using: &random)
        let plan = RollingUpdate(
            desired: desired, maxSurge: .int(.random(in: 0...desired, using: &random)),
            maxUnavailable: .int(.random(in: 0...desired, using: &random)))
        var old = [Size(replicas: desired, available: desired)]
        var new = Size(replicas: 0, available: 0)
        var steps = 0
        while new.available < desired || old.contains(where: { $0.replicas > 0 }) {
            steps += 1
            guard steps < 10_000 else {
                Issue.record("\(plan) does not end: \(new), \(old)")
                return
            }
            let target = plan.replicas(new: new, old: old)
            if target != new.replicas {
                new.replicas = target
            } else {
                for (index, replicas) in plan.replicas(ofOld: old, new: new).enumerated() {
                    old[index] = Size(replicas: replicas, available: min(old[index].available, replicas))
                }
            }
            let total = new.replicas + old[0].replicas
            #expect(total <= desired + plan.maxSurge)
            #expect(new.available + old[0].available >= plan.minimumAvailable)
            // Some of the new pods get ready.
            if new.available < new.replicas { new.available += Int.random(in: 0...new.replicas - new.available, using: &random) }
        }
        #expect(new.replicas == desired)
    }

    /// The example of Kubernetes' documentation: 10 replicas, maxSurge 3, 8 old and 5 new; scaled to 15, 5 are added.
    @Test func scalingKeepsTheProportion() {
        let plan = RollingUpdate(desired: 15, maxSurge: .int(3), maxUnavailable: .int(2))
        let sizes = plan.replicas(
            scaling: [
                Size(replicas: 5, available: 0, annotatedMaximum: 13), Size(replicas: 8, available: 8, annotatedMaximum: 13),
            ],
            observed: 13)
        #expect(sizes == [7, 11])
    }

    @Test(arguments: 0..<200)
    func scalingHitsTheTotal(seed: Int) {
        var random = Seeded(state: UInt64(seed) &+ 1)
        let former = Int.random(in: 2...40, using: &random)
        let new = Int.random(in: 1..<former, using: &random)
        let plan = RollingUpdate(desired: .random(in: 0...60, using: &random), maxSurge: .int(2), maxUnavailable: .int(0))
        let sizes = plan.replicas(
            scaling: [
                Size(replicas: new, available: 0, annotatedMaximum: former),
                Size(replicas: former - new, available: 0, annotatedMaximum: former),
            ], observed: former)
        #expect(sizes.reduce(0, +) == plan.maximum)
        #expect(sizes.allSatisfy { $0 >= 0 })
    }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
