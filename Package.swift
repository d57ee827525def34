// swift-tools-version: 6.3
import PackageDescription

/// The rules every target of ours is compiled with.
let houseRules: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

extension Target.Dependency {
    static let crypto = Self.product(name: "Crypto", package: "swift-crypto")
    static let httpTypes = Self.product(name: "HTTPTypes", package: "swift-http-types")
    static let histogram = Self.product(name: "Histogram", package: "hdrhistogram-swift")
    static let hummingbird = Self.product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = Self.product(name: "HummingbirdCore", package: "hummingbird")
    static let jwt = Self.product(name: "JWTKit", package: "jwt-kit")
    static let lifecycle = Self.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let unixSignals = Self.product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let logging = Self.product(name: "Logging", package: "swift-log")
    static let metrics = Self.product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics = Self.product(name: "CoreMetrics", package: "swift-metrics")
    static let nio = Self.product(name: "NIOCore", package: "swift-nio")
    static let nioPosix = Self.product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1 = Self.product(name: "NIOHTTP1", package: "swift-nio")
    static let nioWebSocket = Self.product(name: "NIOWebSocket", package: "swift-nio")
    static let nioEmbedded = Self.product(name: "NIOEmbedded", package: "swift-nio")
    static let nioSSL = Self.product(name: "NIOSSL", package: "swift-nio-ssl")
}

func shared(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Shared/\(name)", resources: resources,
        swiftSettings: houseRules)
}

func service(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["Messaging", "RedisStreams", "Authentication", "ServiceRuntime", .lifecycle, .logging, .metrics]
            + dependencies,
        path: "Services/\(name)", resources: resources, swiftSettings: houseRules)
}

func tests(_ module: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(module)Tests", dependencies: [.init(stringLiteral: module)] + dependencies,
        path: "Tests/\(module)Tests", swiftSettings: houseRules)
}

let package = Package(
    name: "switchboard",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "ws-edge", targets: ["WSEdge"]),
        .executable(name: "message-router", targets: ["MessageRouter"]),
        .executable(name: "presence", targets: ["Presence"]),
        .executable(name: "history", targets: ["History"]),
        .executable(name: "switchboard-admin", targets: ["Admin"]),
        .executable(name: "loadtest", targets: ["LoadTest"]),
        .executable(name: "switchboard-audit", targets: ["SwitchboardAudit"]),
        .library(name: "SwitchboardClient", targets: ["Messaging", "SwitchboardClient"]),
        // For Tests/Benchmarks, which is a package of its own.
        .library(name: "HotPathWorkloads", targets: ["HotPathWorkloads"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", .upToNextMinor(from: "0.2.0")),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.0"),
    ],
    targets: [
        .systemLibrary(name: "CHiredis", path: "Shared/CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CLibPQ", path: "Shared/CLibPQ", providers: [.apt(["libpq-dev"])]),
        // Linux' own interface, for the load client alone.
        .systemLibrary(name: "CEpoll", path: "Tests/CEpoll"),
        .systemLibrary(name: "CZlib", path: "Shared/CZlib", providers: [.apt(["zlib1g-dev"])]),

        shared("Messaging"),
        shared("STOMP", ["Messaging"]),
        shared("SockJS"),
        shared("CBOR", ["Messaging"]),
        shared("WebSocketFrames", ["CZlib", "Messaging", .nio]),
        shared(
            "SwitchboardClient",
            ["Messaging", .lifecycle, .logging, .nio, .nioPosix, .nioHTTP1, .nioSSL, .nioWebSocket]),
        shared(
            "RedisStreams", ["CHiredis", "Messaging", .crypto, .logging, .lifecycle],
            resources: [.embedInCode("Scripts")]),
        shared("Postgres", ["CLibPQ", .logging]),
        shared("Authentication", ["Messaging", .jwt, .lifecycle, .logging]),
        shared(
            "ServiceRuntime",
            [
                .hummingbird, .hummingbirdCore, .httpTypes, .lifecycle, .unixSignals, .logging, .metrics, .coreMetrics,
                .nio,
            ]),

        service(
            "WSEdge",
            [
                "CBOR", "STOMP", "SockJS", "WebSocketFrames", .coreMetrics, .httpTypes, .nio, .nioPosix, .nioHTTP1,
                .nioWebSocket,
            ],
            // The client library is everyone's, so it stands by itself; the demo page imports it.
            resources: [.copy("Demo"), .copy("../../clients/js/switchboard"), .copy("../../clients/js/examples")]),
        service("MessageRouter", [.hummingbird, .hummingbirdCore, .httpTypes, .nio, .nioPosix, .nioHTTP1]),
        service("Presence", [.hummingbird, .hummingbirdCore, .httpTypes, .nio]),
        service(
            "History", ["Postgres", .crypto, .hummingbird, .hummingbirdCore, .httpTypes, .nio, .coreMetrics],
            resources: [.embedInCode("Migrations"), .embedInCode("Queries"), .embedInCode("OpenAPI")]),

        .executableTarget(
            name: "talk", dependencies: ["SwitchboardClient"], path: "clients/swift/talk", swiftSettings: houseRules),
        .executableTarget(
            name: "Admin", dependencies: ["Messaging", "RedisStreams", "ServiceRuntime", .logging],
            path: "Services/Admin", swiftSettings: houseRules),

        .target(
            name: "TestStack",
            dependencies: [
                "Messaging", "STOMP", "ServiceRuntime", "SwitchboardClient", .crypto, .lifecycle, .logging, .nio,
                .nioPosix, .nioHTTP1, .nioWebSocket,
            ],
            path: "Tests/TestStack", swiftSettings: houseRules),
        .target(
            name: "RESTContract", dependencies: ["TestStack"], path: "Tests/RESTContract", swiftSettings: houseRules),
        .target(
            name: "RedisBench", dependencies: ["Messaging", "RedisStreams", "TestStack", .lifecycle, .logging],
            path: "Tests/RedisBench", swiftSettings: houseRules),
        .target(
            name: "FuzzTargets", dependencies: ["CBOR", "Messaging", "STOMP", "SockJS", "WebSocketFrames", .nio],
            path: "Tests/Fuzz/Targets",
            swiftSettings: houseRules),
        .target(
            name: "HotPathWorkloads",
            dependencies: ["CBOR", "Messaging", "RedisStreams", "STOMP", "SockJS", "WebSocketFrames", .nio],
            path: "Tests/Benchmarks/Workloads", swiftSettings: houseRules),
        .executableTarget(
            name: "ServiceProbe", dependencies: ["ServiceRuntime", .lifecycle, .logging, .metrics],
            path: "Tests/ServiceProbe", swiftSettings: houseRules),
        .executableTarget(
            name: "LoadTest",
            dependencies: [
                "CBOR", "CEpoll", "CLibPQ", "CZlib", "Messaging", "RedisBench", "RedisStreams", "ServiceRuntime",
                "SwitchboardClient", "TestStack", .histogram,
            ],
            path: "Tests/Load",
            swiftSettings: houseRules),
        .executableTarget(
            name: "SwitchboardAudit", dependencies: ["Messaging", "TestStack", "ServiceRuntime", .nio, .nioPosix],
            path: "Tests/Faults", swiftSettings: houseRules),

        tests("Messaging"),
        tests("CBOR", ["Messaging"]),
        tests("HotPathWorkloads"),
        tests("SwitchboardClient", ["Messaging"]),
        tests("WebSocketFrames", ["Messaging", "TestStack", .nio]),
        tests("TestStack", [.nio, .nioPosix]),
        tests("STOMP", ["Messaging"]),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets"], path: "Tests/FuzzTests", swiftSettings: houseRules),
        tests("SockJS"),
        tests("RedisStreams", ["Messaging", "RedisBench", "TestStack", .lifecycle, .logging]),
        tests("Postgres", ["TestStack", .logging]),
        tests("Authentication", [.jwt, .lifecycle, .logging]),
        tests(
            "ServiceRuntime",
            [
                "ServiceProbe", .hummingbird, .hummingbirdCore, .httpTypes, .lifecycle, .logging, .coreMetrics, .nio,
                .nioPosix,
            ]),
        tests(
            "WSEdge",
            [
                "Authentication", "CBOR", "Messaging", "RedisStreams", "STOMP", "ServiceRuntime",
                "SockJS", "WebSocketFrames", .logging, .nio, .nioHTTP1, .nioEmbedded,
            ]),
        tests(
            "MessageRouter",
            [
                "Messaging", "RESTContract", "RedisBench", "RedisStreams", "ServiceRuntime", "TestStack", .httpTypes,
                .logging,
            ]),
        tests(
            "Presence",
            [
                "Messaging", "RESTContract", "RedisBench", "RedisStreams", "ServiceRuntime", "TestStack", .lifecycle,
                .logging,
            ]),
        tests(
            "History",
            [
                "Authentication", "Messaging", "Postgres", "RESTContract", "RedisStreams", "ServiceRuntime",
                "TestStack",
                .httpTypes, .hummingbird, .logging, .nio,
            ]),
        tests("Admin", ["Messaging", "RedisStreams", "RedisBench", "ServiceRuntime", "TestStack"]),
        .testTarget(
            name: "AuditTests", dependencies: ["SwitchboardAudit", "TestStack", "Messaging"], path: "Tests/AuditTests",
            swiftSettings: houseRules),
        .testTarget(
            name: "LoadTests",
            dependencies: ["CZlib", "LoadTest", "History", "Messaging", "ServiceRuntime", "TestStack"],
            path: "Tests/LoadTests", swiftSettings: houseRules),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Messaging", "RESTContract", "STOMP", "SwitchboardClient", "TestStack", .lifecycle, .logging, .nio,
                .nioWebSocket,
            ],
            path: "Tests/IntegrationTests", swiftSettings: houseRules),
    ]
)
