// swift-tools-version: 6.1
import PackageDescription

// The house of docs/architecture.md: a target imports only from the floors below its own.
let package = Package(
    name: "flotilla",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "flotillad", targets: ["Main"]),
        .executable(name: "flotilla", targets: ["CLI"]),
        .library(name: "FlotillaScheduling", targets: ["Kubernetes", "Framework", "Plugins"]),
        .library(name: "FlotillaClient", targets: ["Kubernetes", "Client"]),
        .library(name: "FlotillaControlPlane", targets: ["Store", "APIServer", "Scheduler"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
    ],
    targets: [
        // Floor 1
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // Floor 2
        .target(name: "Kubernetes", dependencies: ["CYAML"]),
        // Floor 3
        .target(
            name: "Store",
            dependencies: ["Kubernetes", "CSQLite", .product(name: "DequeModule", package: "swift-collections")],
            path: "Sources/Daemon/Store"),
        .target(
            name: "Client",
            dependencies: [
                "Kubernetes",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Collections", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(name: "Interpreter", dependencies: ["Kubernetes"], path: "Sources/Daemon/Interpreter"),
        .target(name: "Framework", dependencies: ["Kubernetes"]),
        // Floor 4
        .target(
            name: "APIServer",
            dependencies: [
                "Kubernetes", "Store", "Client",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            path: "Sources/Daemon/APIServer"),
        .target(
            name: "Controllers",
            dependencies: ["Kubernetes", "Client", "Interpreter", .product(name: "Logging", package: "swift-log")],
            path: "Sources/Daemon/Controllers"),
        .target(
            name: "Scheduler",
            dependencies: [
                "Kubernetes", "Client", "Framework",
                .product(name: "Collections", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/Daemon/Scheduler"),
        .target(name: "Plugins", dependencies: ["Kubernetes", "Framework"]),
        // Floor 5
        .target(
            name: "Member",
            dependencies: ["Kubernetes", "Client", .product(name: "Logging", package: "swift-log")],
            path: "Sources/Daemon/Member"),
        .executableTarget(
            name: "CLI",
            dependencies: [
                "CZlib", "Kubernetes", "Client", "APIServer", "Framework", "Plugins", "Interpreter",
                .product(name: "ArgumentParser", package: "swift-argument-parser"), .product(name: "Logging", package: "swift-log"),
            ]),
        // Floor 6
        .executableTarget(
            name: "Main",
            dependencies: [
                "Kubernetes", "Store", "Client", "APIServer", "Controllers", "Scheduler", "Interpreter", "Framework", "Plugins", "Member",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Daemon/Main"),

        // Tests, one folder a module.
        .testTarget(name: "KubernetesTests", dependencies: ["Kubernetes"], path: "Tests/Kubernetes"),
        .testTarget(name: "StoreTests", dependencies: ["Store"], path: "Tests/Store"),
        .testTarget(
            name: "ClientTests",
            dependencies: [
                "Client",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
            ],
            path: "Tests/Client"),
        .testTarget(name: "InterpreterTests", dependencies: ["Interpreter"], path: "Tests/Interpreter"),
        .testTarget(name: "FrameworkTests", dependencies: ["Framework"], path: "Tests/Framework"),
        .testTarget(name: "PluginsTests", dependencies: ["CZlib", "Plugins"], path: "Tests/Plugins"),
        .testTarget(
            name: "CustomPluginTests", dependencies: ["Kubernetes", "Framework", "Plugins"], path: "Tests/CustomPlugin",
            exclude: ["profile.yaml"]),
        .testTarget(name: "CLITests", dependencies: ["CLI", "Kubernetes"], path: "Tests/CLI"),
        .testTarget(name: "APIServerTests", dependencies: ["APIServer", "Client", "Store"], path: "Tests/APIServer"),
        .testTarget(name: "ControllersTests", dependencies: ["Controllers"], path: "Tests/Controllers"),
        .testTarget(name: "SchedulerTests", dependencies: ["Scheduler", "Plugins"], path: "Tests/Scheduler"),
        .testTarget(name: "MemberTests", dependencies: ["Member"], path: "Tests/Member"),
        .testTarget(name: "EndToEndTests", dependencies: ["Kubernetes", "Client", "Main", "CLI"], path: "Tests/EndToEnd"),
    ],
    swiftLanguageModes: [.v6]
)
