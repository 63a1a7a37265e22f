import Kubernetes
import Testing

@testable import Controllers

@Suite struct NamesTests {
    /// From Karmada's documentation and e2e logs: what its clients expect to find.
    @Test func worksAreNamedAsKarmadaNamesThem() {
        #expect(Names.work(kind: "Deployment", name: "nginx", namespace: "default") == "nginx-687f7fb96f")
    }

    @Test func colonsAndCapitalsBecomeSubdomains() {
        #expect(Names.binding(kind: "ClusterRole", name: "system:Admin") == "system.admin-clusterrole")
        #expect(Names.work(kind: "ClusterRole", name: "system:admin", namespace: "").hasPrefix("system.admin-"))
    }

    @Test func theSameNameElsewhereIsAnotherWork() {
        let names = [
            Names.work(kind: "Deployment", name: "a", namespace: "x"), Names.work(kind: "Deployment", name: "a", namespace: "y"),
            Names.work(kind: "Service", name: "a", namespace: "x"), Names.work(kind: "Namespace", name: "a", namespace: ""),
        ]
        #expect(Set(names).count == names.count)
    }

    /// Test vectors of the FNV reference code (RFC 9923, appendix C).
    @Test(arguments: [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] as [(String, UInt32)])
    func hashesAreFNV1a(_ text: String, _ hash: UInt32) {
        #expect(Names.fnv1a(text) == hash)
    }

    @Test func permanentIDsAreRandomUUIDs() throws {
        let id = RandomUUID.make()
        #expect(id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil, "\(id)")
        #expect(Set((0..<1000).map { _ in RandomUUID.make() }).count == 1000)
    }
}

@Suite struct JobCompletionsTests {
    /// The method as its definition has it: a seat at a time.
    private func oneByOne(_ seats: Int, _ clusters: [TargetCluster], descending: Bool) -> [String: Int] {
        var given = Dictionary(uniqueKeysWithValues: clusters.map { ($0.name, 0) })
        for _ in 0..<seats {
            let winner = clusters.filter { $0.replicas > 0 }.min { left, right in
                let (l, r) = (given[left.name] ?? 0, given[right.name] ?? 0)
                let (leftScore, rightScore) = (Int(left.replicas) * (2 * r + 1), Int(right.replicas) * (2 * l + 1))
                if leftScore != rightScore { return leftScore > rightScore }
                if l != r { return l < r }
                return descending ? left.name > right.name : left.name < right.name
            }
            if let winner { given[winner.name, default: 0] += 1 }
        }
        return given
    }

    @Test(arguments: 0..<200) func divisionIsSainteLague(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let clusters = (0..<Int.random(in: 1...9, using: &random)).map {
            TargetCluster(name: "member\($0)", replicas: Int32.random(in: 0...40, using: &random))
        }
        guard clusters.contains(where: { $0.replicas > 0 }) else { return }
        let seats = Int.random(in: 0...300, using: &random)
        let divided = JobCompletions.divide(seats, over: clusters, tieBreaker: "")
        #expect(divided == oneByOne(seats, clusters, descending: false))
        #expect(divided.values.reduce(0, +) == seats)
    }

    @Test func hugeNumbersAreDividedAtOnce() {
        let clusters = (0..<100).map { TargetCluster(name: "m\($0)", replicas: .max) }
        let divided = JobCompletions.divide(Int(Int32.max), over: clusters, tieBreaker: "uid")
        #expect(divided.values.reduce(0, +) == Int(Int32.max))
        #expect((divided.values.max() ?? 0) - (divided.values.min() ?? 0) <= 1)
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
