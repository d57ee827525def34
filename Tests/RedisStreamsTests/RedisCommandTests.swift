import Messaging
import Testing

@testable import RedisStreams

@Suite struct RedisCommandTests {
    private func text(_ command: RedisCommand) -> String { String(decoding: command.bytes, as: UTF8.self) }

    @Test func aCommandIsAnArrayOfBulkStringsWithLengthsInBytes() {
        #expect(text(RedisCommand("SET", "key", "ü")) == "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$2\r\nü\r\n")
    }

    @Test func numbersAndBytesAreBulkStringsToo() {
        let command = RedisCommand("X", .integer(-12), .bytes([0, 13, 10]))
        #expect(command.bytes == Array("*3\r\n$1\r\nX\r\n$3\r\n-12\r\n$3\r\n\u{0}\r\n\r\n".utf8))
    }

    @Test func aScriptIsCalledByItsDigestWithTheNumberOfKeys() {
        let command = RedisCommand(script: .unregister, keys: ["a"], arguments: ["i", "s"])
        #expect(
            text(command).hasPrefix(
                "*6\r\n$7\r\nEVALSHA\r\n$40\r\n\(RedisScript.unregister.digest)\r\n$1\r\n1\r\n$1\r\na\r\n"))
    }

    @Test func appendingCutsTheStreamOnlyWhenAskedTo() {
        let fields = [Array("f".utf8), Array("v".utf8)]
        #expect(text(.append(to: "s", fields: fields)) == text(RedisCommand("XADD", "s", "*", "f", "v")))
        #expect(
            text(.append(to: "s", fields: fields, maximumLength: 10))
                == text(RedisCommand("XADD", "s", "MAXLEN", "~", "10", "*", "f", "v")))
    }
}

@Suite struct RedisConfigurationTests {
    @Test func allPartsOfTheURLAreRead() throws {
        let configuration = try RedisConfiguration(url: "redis://edge:p%40ss@redis.internal:6400/3")
        #expect(configuration.host == "redis.internal")
        #expect(configuration.port == 6400)
        #expect(configuration.username == "edge")
        #expect(configuration.password == "p@ss")
        #expect(configuration.database == 3)
    }

    @Test func portAndDatabaseHaveDefaults() throws {
        let configuration = try RedisConfiguration(url: "redis://localhost")
        #expect(configuration.port == 6379)
        #expect(configuration.database == 0)
        #expect(configuration.password == nil)
    }

    @Test func aPasswordAloneIsRead() throws {
        #expect(try RedisConfiguration(url: "redis://:secret@localhost").password == "secret")
    }

    @Test(arguments: [
        "", "localhost:6379", "http://localhost", "redis://", "redis://host/x", "redis://host:0", "rediss://host",
        "redis://a,redis://b",
    ])
    func aWrongURLIsRefusedNamingTheSetting(url: String) {
        #expect { try RedisConfiguration(url: url) } throws: { error in
            (error as? RedisError)?.code == .configuration && "\(error)".contains("REDIS_URL")
        }
    }

    @Test func theEndpointForLogsHasNoPassword() throws {
        #expect(try RedisConfiguration(url: "redis://u:secret@host:1234").endpoint == "host:1234")
    }
}
