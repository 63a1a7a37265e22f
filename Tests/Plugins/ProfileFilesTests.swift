import Framework
import Kubernetes
import Plugins
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The files of `plugin-configs/`, as they are: that they load, and where their profiles place things otherwise than the default.
struct ProfileFilesTests {
    private static let folder: String = {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return root + "/plugin-configs"
    }()

    private static let files: [String] = {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml") { names.append(name) }
        }
        return names.sorted()
    }()

    private func configuration(_ file: String) throws -> SchedulerConfiguration {
        let path = "\(Self.folder)/\(file)"
        let stream = try #require(fopen(path, "rb"))
        defer { fclose(stream) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&buffer, 1, buffer.count, stream)
        return try SchedulerConfiguration(parsing: Array(buffer[..<count]), file: path, registry: .inTree)
    }

    /// Where a binding goes by the default profile, and by the profile of the file.
    private func placements(
        by file: String, _ clusters: [Cluster], replicas: Int = 6, _ placement: JSON
    ) throws -> (standard: [String: Int32], special: [String: Int32]) {
        let configuration = try configuration("\(file).yaml")
        var cache = ClusterCache(clusters)
        let snapshot = cache.snapshot()
        func place(_ profile: Profile?) throws -> [String: Int32] {
            let view = BindingView(
                key: ObjectKey(namespace: "default", name: "web"),
                spec: ResourceBinding.Spec([
                    "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": "web"],
                    "replicas": JSON(replicas), "replicaRequirements": ["resourceRequest": ["cpu": 1]], "placement": placement,
                ]), status: ResourceBinding.Status(.null), placements: PlacementCache())
            let attempt = try #require(profile).attempt(view, over: snapshot)
            return Dictionary(uniqueKeysWithValues: try attempt.result.get().clusters.map { ($0.name, $0.replicas) })
        }
        return (try place(configuration.profile(named: "")), try place(configuration.profile(named: file)))
    }

    private func cluster(
        _ name: String, region: String = "", price: String? = nil, cpu: Int = 20, taken: Int = 0
    ) -> Cluster {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        if let price { object.labels = ["scheduling.flotilla.dev/price-per-core": price] }
        object.spec = ["region": .string(region)]
        object.status = [
            "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
            "resourceSummary": ["allocatable": ["pods": 110, "cpu": JSON(cpu)], "allocated": ["cpu": JSON(taken)]],
        ]
        return Cluster(object)
    }

    private static let aggregated: JSON = [
        "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"]
    ]
    private static let dynamic: JSON = [
        "replicaScheduling": [
            "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
            "weightPreference": ["dynamicWeight": "AvailableReplicas"],
        ]
    ]

    private func choosing(_ count: Int, _ placement: JSON = [:]) -> JSON {
        var placement = placement
        placement["spreadConstraints"] = [["spreadByField": "cluster", "minGroups": 1, "maxGroups": JSON(count)]]
        return placement
    }

    @Test func allFilesAreHere() {
        #expect(
            Self.files == ["binpack.yaml", "cost-aware.yaml", "default.yaml", "low-latency.yaml", "spread-evenly.yaml"])
    }

    @Test(arguments: files) func loads(file: String) throws {
        let configuration = try configuration(file)
        let special = file == "default.yaml" ? [] : [String(file.dropLast(".yaml".count))]
        #expect(configuration.profiles.map(\.schedulerName) == ["default-scheduler"] + special)
    }

    @Test func binpackFillsTheFullestFirst() throws {
        let clusters = [cluster("empty"), cluster("half", taken: 10), cluster("nearly-full", taken: 16)]
        let (standard, special) = try placements(by: "binpack", clusters, Self.aggregated)
        #expect(standard == ["empty": 6])
        #expect(special == ["nearly-full": 4, "half": 2])

        let chosen = try placements(by: "binpack", clusters, replicas: 3, choosing(1, Self.dynamic))
        #expect(chosen.standard == ["empty": 3])
        #expect(chosen.special == ["nearly-full": 3])
    }

    @Test func spreadEvenlyTakesOneOfEachRegionAndDividesEvenly() throws {
        let clusters = [
            cluster("eu-1", region: "eu"), cluster("eu-2", region: "eu", taken: 2), cluster("us-1", region: "us", taken: 12),
        ]
        let (standard, special) = try placements(by: "spread-evenly", clusters, choosing(2, Self.dynamic))
        #expect(standard == ["eu-1": 3, "eu-2": 3])
        #expect(special == ["eu-1": 3, "us-1": 3])

        let all = try placements(by: "spread-evenly", clusters, replicas: 12, Self.dynamic)
        #expect(all.standard == ["eu-1": 5, "eu-2": 5, "us-1": 2])
        #expect(all.special == ["eu-1": 4, "eu-2": 4, "us-1": 4])
    }

    @Test func costAwareFillsTheCheapestFirst() throws {
        let clusters = [
            cluster("dear", price: "0.09", cpu: 100), cluster("cheap", price: "0.02", cpu: 4), cluster("fair", price: "0.05"),
            cluster("unknown", cpu: 200),
        ]
        let (standard, special) = try placements(by: "cost-aware", clusters, Self.aggregated)
        #expect(standard == ["unknown": 6])
        #expect(special == ["cheap": 4, "fair": 2])

        let chosen = try placements(by: "cost-aware", clusters, choosing(2))
        #expect(Set(chosen.standard.keys) == ["unknown", "dear"])
        #expect(Set(chosen.special.keys) == ["cheap", "fair"])
    }

    @Test func lowLatencyFillsTheNearestFirst() throws {
        let clusters = [
            cluster("far", region: "ap-southeast-1", cpu: 100), cluster("near", region: "eu-central-1", cpu: 4),
            cluster("next", region: "eu-west-1"), cluster("nowhere", cpu: 200),
        ]
        let (standard, special) = try placements(by: "low-latency", clusters, Self.aggregated)
        #expect(standard == ["nowhere": 6])
        #expect(special == ["near": 4, "next": 2])

        let chosen = try placements(by: "low-latency", clusters, choosing(1))
        #expect(chosen.standard == ["nowhere": 6])
        #expect(chosen.special == ["near": 6])
    }
}
