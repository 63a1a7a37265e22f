// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who builds Flotilla builds these.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "flotilla", path: "..")],
    targets: [
        .executableTarget(name: "JSONBenchmark", dependencies: [.product(name: "FlotillaScheduling", package: "flotilla")])
    ],
    swiftLanguageModes: [.v6]
)
