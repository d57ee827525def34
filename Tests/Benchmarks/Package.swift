// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that nobody who builds or uses Switchboard fetches and builds the package that measures.
let package = Package(
    name: "switchboard-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "switchboard", path: "../.."),
        // Without its traits: neither malloc nor reference counting is watched, for which it would put itself before both.
        .package(url: "https://github.com/ordo-one/benchmark.git", .upToNextMinor(from: "1.38.1"), traits: []),
    ],
    targets: [
        .executableTarget(
            name: "HotPaths",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "HotPathWorkloads", package: "switchboard"),
            ],
            path: "HotPaths",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        // Not straight below Benchmarks: what is there, the package takes for benchmarks.
        .executableTarget(
            name: "hot-paths-verdict",
            dependencies: [.product(name: "HotPathWorkloads", package: "switchboard")],
            path: "Verdict/Command",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
    ]
)
