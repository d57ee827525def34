import NIOCore
import RedisStreams
import ServiceRuntime
import Testing

@testable import WSEdge

@Suite struct DemoTests {
    private static let repository =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    /// The demo, and the library with its examples, as they stand in the repository.
    private static let folder = repository + "/Services/WSEdge/Demo"
    private static let clients = repository + "/clients/js"

    private func bench() async throws -> Bench {
        let parts = try await Bench.Parts()
        return try Bench(
            parts, demo: Demo(secret: Bench.secret, pages: DemoPage.all(in: Self.folder, clients: Self.clients)))
    }

    @Test func servesThePageAndItsFiles() async throws {
        let bench = try await bench()
        let page = try bench.connect("/", ["Upgrade": ""])
        #expect(page.status == "200")
        #expect(page.head.contains("Content-Type: text/html"))
        #expect(page.head.contains("Content-Security-Policy: default-src 'self'"))
        #expect(page.body.contains("<!doctype html>"))
        let script = try bench.connect("/demo/switchboard/client.js", ["Upgrade": ""])
        #expect(script.status == "200" && script.head.contains("text/javascript"))
        let tag = try #require(
            script.head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }.map { String($0.dropFirst(6)) })
        let example = try bench.connect("/demo/examples/talk.html", ["Upgrade": ""])
        #expect(example.status == "200" && example.body.contains("talk.js"))
        let again = try bench.connect("/demo/switchboard/client.js", ["Upgrade": "", "If-None-Match": tag])
        #expect(again.status == "304" && again.body.isEmpty)
    }

    @Test(arguments: [
        "/demo/../WSEdgeCommand.swift", "/demo/%2e%2e/WSEdgeCommand.swift", "/demo//etc/passwd", "/demo", "/demo/",
        "/switchboard/client.js",
    ])
    func servesNothingElse(_ path: String) async throws {
        #expect(try await bench().connect(path, ["Upgrade": ""]).status == "404")
    }

    @Test func saysWhereTheLiveEdgesAre() async throws {
        let bench = try await bench()
        func record(_ url: String, draining: Bool) -> RedisValue {
            .status(
                #"{"incarnation":"e:b","url":"\#(url)","sessions":1,"draining":\#(draining),"since":0,"expires":0}"#)
        }
        bench.redis.answers(
            "HGETALL",
            with: .array([
                .status("e2"), record("ws://two/ws", draining: false), .status("e1"),
                record("ws://one/ws", draining: false),
                .status("e3"), record("ws://three/ws", draining: true), .status("e4"), record("", draining: false),
            ]))
        let answer = try bench.connect("/demo/config", ["Upgrade": ""])
        #expect(
            answer.body
                == #"{"demo":true,"edges":[{"id":"e1","url":"ws://one/ws"},{"id":"e2","url":"ws://two/ws"}]}"#)
    }

    @Test func aFolderWithoutThePageIsAnErrorWithTheRemedy() {
        #expect(throws: SettingsError.self) { try DemoPage.all(in: "/nowhere", clients: Self.clients) }
        #expect(throws: SettingsError.self) { try DemoPage.all(in: Self.folder, clients: "/nowhere") }
    }

    @Test func theDemoNeedsASecretToSignWith() throws {
        let settings = try Settings(declared: WSEdgeSettings.all, arguments: ["--demo"], environment: [:])
        #expect(throws: SettingsError.self) { try WSEdgeConfiguration(settings) }
    }

    @Test func anAddressForAllEdgesHasEachOnesID() throws {
        let settings = try Settings(
            declared: WSEdgeSettings.all,
            arguments: ["--edge-id", "e7", "--edge-public-url", "wss://chat.example/edges/*/ws"], environment: [:])
        #expect(try WSEdgeConfiguration(settings).publicURL == "wss://chat.example/edges/e7/ws")
    }

    @Test func aDrainLeavesTimeForTheRestOfTheStop() throws {
        func drainTime(_ arguments: [String]) throws -> TimeAmount {
            let settings = try Settings(declared: WSEdgeSettings.all, arguments: arguments, environment: [:])
            return try WSEdgeConfiguration(settings).drainTime
        }
        #expect(try drainTime([]) == .seconds(25))
        #expect(try drainTime(["--shutdown-timeout", "20s"]) == .seconds(10))
        #expect(try drainTime(["--shutdown-timeout", "4s"]) == .seconds(1))
        #expect(try drainTime(["--drain-time", "5s"]) == .seconds(5))
    }

    @Test(arguments: [
        ["--edge-id", "a b"], ["--edge-public-url", "here"], ["--allowed-origins", "example.com"],
        ["--echo-path", "echo"],
        ["--heartbeat-interval", "0"], ["--outbound-limit", "1"], ["--port", "70000"],
    ])
    func aWrongSettingIsNamed(_ arguments: [String]) throws {
        let settings = try Settings(declared: WSEdgeSettings.all, arguments: arguments, environment: [:])
        let name = arguments[0]
        do {
            _ = try WSEdgeConfiguration(settings)
            Issue.record("\(name) was taken")
        } catch {
            #expect("\(error)".contains(name))
        }
    }
}
