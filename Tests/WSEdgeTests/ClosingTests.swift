import Messaging
import NIOCore
import NIOEmbedded
import Testing

@testable import WSEdge

/// How sessions came to their ends, as it is noted for operators; and what is said of those that are there.
@Suite struct ClosingTests {
    private func note(_ bench: Bench) throws -> Substring {
        let command = try #require(bench.redis.commands("unregister").last)
        return try #require(command.dropFirst(4).first).split(separator: " ").prefix(2).joined(separator: " ")[...]
    }

    @Test func theServersCodeIsNoted() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        bench.loop.table.all.first?.close(.slowConsumer)
        client.collect()
        #expect(try note(bench) == "4001 server")
    }

    @Test func anAnswerToTheCloseThatIsNotMaskedEndsTheConnectionToo() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        bench.loop.table.all.first?.close(.slowConsumer)
        #expect(client.closeCode == 4001 && client.channel.isActive)
        try client.write([0x88, 0x02, 0x03, 0xe8])
        bench.eventLoop.run()
        #expect(!client.channel.isActive)
    }

    @Test func theClientsCodeIsNotedAndNoneToo() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        try bench.session(parts.token).send(opcode: 8, [0x03, 0xE9])
        bench.eventLoop.run()
        #expect(try note(bench) == "1001 client")
        try bench.session(parts.token).send(opcode: 8, [])
        bench.eventLoop.run()
        #expect(try note(bench) == "1005 client")
    }

    @Test func aConnectionThatIsGoneIsNoted() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        client.channel.pipeline.fireChannelInactive()
        bench.eventLoop.run()
        #expect(try note(bench) == "1006 network")
    }

    /// The other side has said its goodbye, and waits for the server to end the connection (RFC 6455, section 7.1.1).
    @Test func aBrokenGoodbyeIsAnsweredAndTheConnectionEnded() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        for (payload, code) in [([0, 0], 1002), ([3], 1002), ([3, 0xed], 1002), ([3, 0xe8, 0xff], 1007)]
            as [([UInt8], UInt16)]
        {
            let client = try bench.session(parts.token)
            try client.send(opcode: 8, payload)
            #expect(client.closeCode == code)
            #expect(!client.channel.isActive, "\(payload)")
        }
    }

    @Test func aBrokenAnswerToAGoodbyeEndsTheConnectionToo() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        bench.loop.table.all.first?.close(.slowConsumer)
        #expect(client.closeCode == 4001)
        #expect(client.channel.isActive)
        try client.send(opcode: 8, [0, 0])
        #expect(!client.channel.isActive)
    }

    @Test func aSessionIsReportedWithoutItsTokenOrItsMessages() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        _ = try bench.session(parts.token)
        let session = try #require(bench.loop.table.all.first)
        let report = session.report
        #expect(report.session == session.id)
        #expect(report.device == "phone")
        #expect(report.speaks == "switchboard.v1")
        #expect(report.state == "live")
        #expect(report.sent == "5-0")
        #expect(report.known == "5-0")
        #expect(report.inFlight == 0)
        #expect(report.held == [])
        #expect(report.isSlow == false)
        #expect(report.since ?? 0 > 0)
        #expect(report.expires ?? 0 > report.since ?? 0)
    }
}
