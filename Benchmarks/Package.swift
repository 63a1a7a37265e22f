// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who builds Flotilla builds these.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "flotilla", path: ".."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        .target(
            name: "BenchmarkSupport",
            dependencies: [
                .product(name: "FlotillaClient", package: "flotilla"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .executableTarget(name: "JSONBenchmark", dependencies: [.product(name: "FlotillaScheduling", package: "flotilla")]),
        .executableTarget(name: "APIBenchmark", dependencies: ["BenchmarkSupport"]),
        .executableTarget(name: "ClusterBenchmark", dependencies: ["BenchmarkSupport"]),
        .executableTarget(name: "PropagationBenchmark", dependencies: ["BenchmarkSupport"]),
        .executableTarget(name: "FailoverBenchmark", dependencies: ["BenchmarkSupport"]),
        // Swift 6.3.1 crashes where it optimizes this one; what is measured is not in it.
        .executableTarget(
            name: "ServiceBenchmark", dependencies: ["BenchmarkSupport"], swiftSettings: [.unsafeFlags(["-Onone"])]),
        .target(name: "CAllocations"),
        .executableTarget(
            name: "CycleBenchmark",
            dependencies: [
                "BenchmarkSupport", "CAllocations", .product(name: "FlotillaScheduling", package: "flotilla"),
            ]),
        .executableTarget(
            name: "SchedulingBenchmark",
            dependencies: [
                "BenchmarkSupport",
                .product(name: "FlotillaControlPlane", package: "flotilla"),
                .product(name: "FlotillaScheduling", package: "flotilla"),
                .product(name: "Logging", package: "swift-log"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
