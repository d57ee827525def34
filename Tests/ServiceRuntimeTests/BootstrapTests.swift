import Foundation
import Testing

@testable import ServiceRuntime

/// The life of a real process, from its arguments to its exit status.
struct BootstrapTests {
    private func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> RunningProcess.Outcome
    {
        try await RunningProcess("ServiceProbe", arguments, environment: environment).outcome()
    }

    @Test func helpAndVersionArePrintedToStandardOutput() async throws {
        let help = try await run("--help")
        #expect(help.status == 0 && help.errors.isEmpty)
        #expect(help.output.contains("--redis-url <value>  (REDIS_URL, default redis://127.0.0.1:6379)"))
        let version = try await run("--version")
        #expect(version.status == 0 && version.output == "service-probe \(Version.current)\n")
    }

    @Test func aMistypedFlagIsAUsageErrorWithASuggestion() async throws {
        let outcome = try await run("--log-levle=debug")
        #expect(outcome.status == 64 && outcome.output.isEmpty)
        #expect(outcome.errors == "service-probe: unknown flag --log-levle: did you mean --log-level?\n")
    }

    @Test(arguments: [
        ("LOG_LEVEL", "loud", "LOG_LEVEL (--log-level) is \"loud\": give one of trace, debug, info"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT (--log-format) is \"xml\": give one of text, json"),
        ("SHUTDOWN_TIMEOUT", "0", "SHUTDOWN_TIMEOUT (--shutdown-timeout) is \"0\": give a time from 1s to 1h"),
        ("PORT", "65536", "PORT (--port) is \"65536\": give a whole number from 0 to 65535"),
        ("BEHAVIOR", "wrong-setting", "BEHAVIOR (--behavior) is \"wrong-setting\": give a whole number"),
    ])
    func aWrongSettingIsAUsageErrorWithTheRemedy(name: String, value: String, message: String) async throws {
        let outcome = try await run(environment: [name: value])
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("service-probe: \(message)"), "\(outcome.errors)")
    }

    @Test func aFailedStartIsPrintedAndEndsWithOne() async throws {
        let outcome = try await run("--behavior", "cannot-start")
        #expect(outcome.status == 1)
        #expect(outcome.errors == "service-probe: REDIS_URL is out of order: give another\n")
    }

    @Test func aFailedStartTellsNoSecret() async throws {
        let outcome = try await run("--behavior", "tells", "--redis-url", "redis://u:hunter2@h")
        #expect(outcome.errors == "service-probe: cannot use redis://u:[redacted]@h\n")
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalStopsThePartsInTurnFromTheLast(signal: Int32) async throws {
        let process = try RunningProcess("ServiceProbe")
        #expect(await process.line(with: "listening") != nil)
        process.signal(signal)
        let outcome = await process.outcome()
        #expect(outcome.status == 0)
        let stops = outcome.errors.split(separator: "\n").filter { $0.contains("part stops") }
        #expect(stops.map { $0.split(separator: "part=").last } == ["third", "second", "first"])
        #expect(outcome.errors.contains("info service-probe: stopped\n"))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalEndsAStartThatWaits(signal: Int32) async throws {
        let process = try RunningProcess("ServiceProbe", ["--behavior", "waits"])
        #expect(await process.line(with: "waiting") != nil)
        process.signal(signal)
        #expect(await process.outcome().status == 0)
    }

    @Test func aPartThatFailsStopsTheOthersInOrderAndEndsWithOne() async throws {
        let outcome = try await run("--behavior", "fails")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasSuffix("service-probe: the part failed\n"), "\(outcome.errors)")
        let stops = outcome.errors.split(separator: "\n").filter { $0.contains("part stops") }
        #expect(stops.map { $0.split(separator: "part=").last } == ["third", "first"])
    }

    @Test func aPartThatHangsIsCancelledAfterTheTimeout() async throws {
        let process = try RunningProcess("ServiceProbe", ["--behavior", "hangs", "--shutdown-timeout", "1s"])
        #expect(await process.line(with: "listening") != nil)
        process.signal(SIGTERM)
        let outcome = await process.outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("part was cancelled part=second"), "\(outcome.errors)")
        #expect(
            outcome.errors.hasSuffix(
                "service-probe: did not stop within 1s (SHUTDOWN_TIMEOUT): what was still running was cancelled\n"))
    }

    @Test func logsAreOneFormatAndWithoutSecrets() async throws {
        let process = try RunningProcess(
            "ServiceProbe", environment: ["LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG", "SECRET": "hunter2-hunter2"])
        let line = try #require(await process.line(with: "secret is"))
        #expect(line.contains("\"message\":\"secret is [redacted]\""))
        #expect(await process.line(with: "listening") != nil)
        process.signal(SIGTERM)
        let outcome = await process.outcome()
        #expect(!outcome.errors.contains("hunter2"))
        for line in outcome.errors.split(separator: "\n") {
            _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
        }
    }

    @Test func aRunningProcessShowsItsMetricsAndHealth() async throws {
        let process = try RunningProcess("ServiceProbe")
        let line = try #require(await process.line(with: "listening"))
        let port = try #require(line.split(separator: ":").last.flatMap { Int($0.dropLast()) })
        let metrics = try await HTTPExchange.send("GET", "/metrics", port: port).body
        #expect(metrics.contains("probe_starts_total 1\n"))
        #expect(metrics.contains("\nprocess_resident_memory_bytes "))
        #expect(try await HTTPExchange.send("GET", "/readyz", port: port).status == 200)
        process.signal(SIGTERM)
        #expect(await process.outcome().status == 0)
    }

    @Test func aPortThatIsTakenIsAUsageError() async throws {
        let first = try RunningProcess("ServiceProbe")
        let line = try #require(await first.line(with: "listening"))
        let port = try #require(line.split(separator: ":").last?.dropLast())
        let second = try await run("--port", String(port))
        #expect(second.status == 64)
        #expect(second.errors.contains("service-probe: PORT (--port) is \(port), which another process"))
        first.signal(SIGTERM)
        _ = await first.outcome()
    }
}
