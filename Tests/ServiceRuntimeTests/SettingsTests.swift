import Testing

@testable import ServiceRuntime

struct SettingsTests {
    static let declared = [
        Setting("redis-url", default: "redis://127.0.0.1:6379", help: "Where Redis is."),
        Setting("auth-jwt-secret", help: "The secret.", isSecret: true),
        Setting("edge-id", help: "The name of the edge."),
        Setting("batch-size", default: "500", unit: "entries", help: "How many."),
        Setting("heartbeat", default: "25", unit: "s", help: "How often."),
        Setting("batch-delay", default: "20", unit: "ms", help: "How long."),
        Setting("demo", default: "false", help: "Whether the demo runs."),
        Setting("allowed-origins", help: "Which origins."),
    ]

    private func settings(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> Settings {
        try Settings(declared: Self.declared, arguments: arguments, environment: environment)
    }

    private func message(
        _ arguments: [String], _ environment: [String: String] = [:], read: (Settings) throws -> Void = { _ in }
    )
        -> String
    {
        do {
            try read(settings(arguments, environment))
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func aFlagWinsOverTheEnvironmentAndThatOverTheDefault() throws {
        #expect(try settings().string("redis-url") == "redis://127.0.0.1:6379")
        #expect(try settings([], ["REDIS_URL": "redis://a"]).string("redis-url") == "redis://a")
        #expect(
            try settings(["--redis-url", "redis://b"], ["REDIS_URL": "redis://a"]).string("redis-url") == "redis://b")
        #expect(try settings(["--redis-url=redis://c?x=y"]).string("redis-url") == "redis://c?x=y")
        #expect(try settings(["--edge-id", "e1", "--edge-id", "e2"]).string("edge-id") == "e2")
    }

    @Test func anEmptyVariableCountsAsNotSetAndAnEmptyFlagAsNone() throws {
        #expect(try settings([], ["REDIS_URL": ""]).string("redis-url") == "redis://127.0.0.1:6379")
        #expect(try settings(["--redis-url="]).optionalString("redis-url") == nil)
    }

    @Test func aMissingSettingIsNamedWithWhatItIs() {
        let text = message([]) { _ = try $0.string("edge-id") }
        #expect(text == "EDGE_ID (--edge-id) is not set: The name of the edge.")
    }

    @Test(arguments: [
        ("--redis-ulr=x", "--redis-url"), ("--redisurl=x", "--redis-url"), ("--edge", "--edge-id"),
        ("--demos", "--demo"),
        ("--alowed-origin=x", "--allowed-origins"), ("--origins=x", "--allowed-origins"),
    ])
    func aMistypedFlagSuggestsTheNearest(flag: String, nearest: String) {
        #expect(message([flag]).hasSuffix("did you mean \(nearest)?"))
    }

    @Test func aFlagLikeNoOtherPointsToTheHelp() {
        #expect(message(["--xyzzy"]) == "unknown flag --xyzzy: --help lists all flags")
    }

    @Test(arguments: ["stray", "-p", "--"])
    func whatIsNoFlagIsRefused(argument: String) {
        #expect(!message([argument]).isEmpty)
    }

    @Test func aFlagWithoutValueIsRefused() {
        #expect(message(["--batch-size"]) == "--batch-size needs a value, as in --batch-size 500")
        #expect(message(["--edge-id", "--demo"]).contains("--edge-id needs a value"))
    }

    @Test func aSwitchMayStandAlone() throws {
        #expect(try settings().boolean("demo") == false)
        #expect(try settings(["--demo"]).boolean("demo"))
        #expect(try settings(["--demo", "--edge-id", "a"]).boolean("demo"))
        #expect(try settings(["--demo", "off"]).boolean("demo") == false)
        #expect(try settings(["--demo=NO"], ["DEMO": "true"]).boolean("demo") == false)
        #expect(try settings([], ["DEMO": "1"]).boolean("demo"))
        #expect(
            message([], ["DEMO": "maybe"]) { _ = try $0.boolean("demo") }
                == "DEMO (--demo) is \"maybe\": give true or false")
    }

    @Test(arguments: ["0", "1001", "abc", "1.5", "", " 7", "99999999999999999999"])
    func aNumberOutOfRangeIsNamedWithTheRange(text: String) {
        let message = message(["--batch-size=\(text)"]) { _ = try $0.integer("batch-size", in: 1...1000) }
        #expect(message.contains("BATCH_SIZE (--batch-size)"))
        if !text.isEmpty { #expect(message.hasSuffix("is \"\(text)\": give a whole number from 1 to 1000 entries")) }
    }

    @Test(arguments: [
        ("25", Duration.seconds(25)), ("500ms", .milliseconds(500)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("1d", .seconds(86400)), ("3s", .seconds(3)),
    ])
    func aDurationIsInItsUnitOrTheOneGiven(text: String, expected: Duration) throws {
        #expect(try settings(["--heartbeat", text]).duration("heartbeat", in: .zero...(.seconds(100_000))) == expected)
    }

    @Test func aDurationInMillisecondsIsInMilliseconds() throws {
        #expect(try settings().duration("batch-delay", in: .zero...(.seconds(1))) == .milliseconds(20))
    }

    @Test(arguments: ["", "s", "1.5", "-1", "10 s", "5w", "61", "9223372036854775807d"])
    func aDurationThatCannotBeReadIsNamedWithTheRange(text: String) {
        let message = message(["--heartbeat=\(text)"]) {
            _ = try $0.duration("heartbeat", in: .milliseconds(500)...(.seconds(60)))
        }
        #expect(message.contains("HEARTBEAT (--heartbeat)"))
        if !text.isEmpty { #expect(message.hasSuffix("give a time from 500ms to 1m, a bare number being s")) }
    }

    @Test func aListIsSplitAtCommas() throws {
        #expect(try settings().list("allowed-origins").isEmpty)
        #expect(try settings([], ["ALLOWED_ORIGINS": "a, b ,,c"]).list("allowed-origins") == ["a", "b", "c"])
    }

    @Test func aSecretIsNeverShown() {
        let text = message(["--auth-jwt-secret", "hunter2"]) { _ = try $0.integer("auth-jwt-secret", in: 1...2) }
        #expect(text.contains("AUTH_JWT_SECRET"))
        #expect(!text.contains("hunter2"))
    }

    @Test func secretsAreTheSecretSettingsAndThePasswordsOfURLs() throws {
        let arguments = ["--auth-jwt-secret", "s3cret", "--redis-url", "redis://u:pa:ss@h:1/0,rediss://:other@h"]
        #expect(Set(try settings(arguments).secrets) == ["s3cret", "pa:ss", "other"])
        let secretURL = "postgres://u:pa55@h/d"
        #expect(Set(try settings(["--auth-jwt-secret", secretURL]).secrets) == [secretURL, "pa55"])
        #expect(try settings().secrets.isEmpty)
    }
}
