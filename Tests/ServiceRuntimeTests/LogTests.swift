import Logging
import Synchronization
import Testing

@testable import ServiceRuntime

struct LogTests {
    private final class Lines: Sendable {
        let text = Mutex("")
    }

    private func logged(
        _ format: LogFormat, secrets: [String] = [], label: String = "ws-edge", body: (inout Logger) -> Void
    ) -> String {
        let lines = Lines()
        let output = LogOutput(service: "ws-edge", format: format, redaction: LogRedaction(secrets: secrets)) { line in
            lines.text.withLock { $0 += line }
        }
        var logger = Logger(label: label) { LineLogHandler(label: $0, level: .info, output: output) }
        body(&logger)
        return lines.text.withLock { $0 }
    }

    /// The line without its time.
    private func rest(_ line: String) -> Substring { line.dropFirst("2026-11-21T07:12:58.123Z".count) }

    @Test func aTextLineHasTimeLevelServiceMessageAndMetadata() {
        let line = logged(.text) { logger in
            logger[metadataKey: "edge"] = "e1"
            logger.info("listening", metadata: ["port": "9101", "note": "two words", "empty": ""])
        }
        #expect(rest(line) == " info ws-edge: listening edge=e1 empty=\"\" note=\"two words\" port=9101\n")
    }

    @Test func aLoggerWithAnotherLabelShowsBoth() {
        #expect(rest(logged(.text, label: "redis") { $0.warning("gone") }) == " warning ws-edge/redis: gone\n")
    }

    @Test func aJSONLineIsOneObject() {
        let line = logged(.json) { logger in
            logger.error(
                "a \"quoted\"\nline",
                metadata: [
                    "level": "mine", "list": ["a", "b"], "map": ["k": "v"], "count": .stringConvertible(3),
                ])
        }
        #expect(line.hasPrefix("{\"time\":\"2"))
        #expect(
            line.hasSuffix(
                #""level":"error","service":"ws-edge","logger":"ws-edge","message":"a \"quoted\"\nline","count":3,"level_":"mine","list":["a","b"],"map":{"k":"v"}}"#
                    + "\n"))
    }

    @Test(arguments: LogFormat.allCases)
    func anEventIsOneLineWhateverIsInIt(format: LogFormat) {
        let line = logged(format) { $0.info("a\nb\r\nc", metadata: ["k\n": "x\ny\u{2028}z"]) }
        #expect(line.filter(\.isNewline).count == 1)
        #expect(line.last == "\n")
    }

    @Test(arguments: LogFormat.allCases)
    func secretsAreTakenOutWhereverTheyAre(format: LogFormat) {
        let line = logged(format, secrets: ["hunter2", "a\"b\\c", "abc"]) { logger in
            logger.info(
                "redis://u:hunter2@h abc",
                metadata: [
                    "url": "x-hunter2-y", "token": "eyJ", "Authorization": "Bearer eyJ", "nested": ["password": "eyJ"],
                    "quoted": "a\"b\\c",
                ])
        }
        #expect(!line.contains("hunter2"))
        #expect(!line.contains("eyJ"))
        #expect(line.contains("redis://u:[redacted]@h abc"))
        #expect(!line.contains("b\\c") && !line.contains("b\\\\c"))
    }

    @Test func belowTheLevelNothingIsWritten() {
        #expect(logged(.text) { $0.debug("quiet") }.isEmpty)
    }

    @Test func anErrorIsShownAsItDescribesItself() {
        let error = SettingsError("port", "is taken", remedy: "give another")
        #expect(
            logged(.text) { $0.error("cannot listen", error: error) }.contains(
                "error=\"PORT (--port) is taken: give another\""))
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
        (1_709_251_199_999, "2024-02-29T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (1_795_245_178_007, "2026-11-21T07:12:58.007Z"),
    ])
    func timesAreWrittenInUTC(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).text == text)
    }
}
