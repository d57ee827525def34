import Messaging
import RedisStreams
import Testing

@testable import MessageRouter

@Suite struct DeliveryPlannerTests {
    private func message(_ number: UInt64, bytes: Int = 2) -> Dispatch {
        .message(
            id: id(number), source: id(number),
            DeliverScript.Entry(
                conversation: "dm:a:b", from: "a", device: "d", data: Array(repeating: 0x31, count: bytes)))
    }

    private func users(_ count: Int) -> [String] { (0..<count).map { "u\($0)" } }

    @Test func aUsersDeliveriesInAChunkNameTheOneBefore() throws {
        var planner = DeliveryPlanner()
        _ = planner.add(message(1), to: ["a", "b"])
        _ = planner.add(message(2), to: ["b", "c"])
        _ = planner.add(message(3), to: ["b"])
        let last = planner.finish()
        let chunk = try #require(last)
        #expect(chunk.deliveries.map(\.user) == ["a", "b", "b", "c", "b"])
        #expect(chunk.deliveries.map(\.after) == [.zero, .zero, id(1), .zero, id(2)])
        #expect(chunk.isWhole)
        let nothing = planner.finish()
        #expect(nothing?.deliveries == nil)
    }

    @Test func marksAreLinksOfTheChainAndReadMarksAreNot() {
        var planner = DeliveryPlanner()
        _ = planner.add(.mark(id: id(1)), to: ["a"])
        _ = planner.add(.read(conversation: "dm:a:b", user: "b", device: "phone", id: id(9)), to: ["a"])
        _ = planner.add(message(3), to: ["a"])
        let chunk = planner.finish()
        #expect(chunk?.deliveries.map(\.after) == [.zero, .zero, id(1)])
    }

    @Test func aChunkIsNoLongerThanTheLimitAndTheChainStartsAnewInTheNext() throws {
        var planner = DeliveryPlanner(limits: .init(commands: 5))
        var chunks: [DeliveryPlanner.Chunk] = []
        for number in 1...4 { chunks += planner.add(message(UInt64(number)), to: users(2)) }
        let last = planner.finish()
        chunks += [try #require(last)]
        #expect(chunks.map(\.deliveries.count) == [4, 4])
        #expect(chunks.allSatisfy { $0.isWhole })
        #expect(chunks[1].deliveries.map(\.after) == [.zero, .zero, id(3), id(3)])
    }

    @Test func aMessageTooLargeForAChunkGoesOverSeveralUnderOneNumber() throws {
        var planner = DeliveryPlanner(limits: .init(commands: 400))
        _ = planner.add(message(1), to: users(3))
        var chunks = planner.add(message(2), to: users(1000))
        let last = planner.finish()
        chunks += [try #require(last)]
        #expect(chunks.map(\.deliveries.count) == [3, 400, 400, 200])
        #expect(chunks.map(\.isWhole) == [true, false, false, true])
        let numbers = chunks.dropFirst().map { chunk in chunk.dispatches.map { $0.number } }
        #expect(numbers == [[2], [2], [2]])
        #expect(Set(chunks.dropFirst().flatMap(\.deliveries).map(\.user)).count == 1000)
    }

    @Test func largeBodiesMakeChunksShorter() {
        var planner = DeliveryPlanner(limits: .init(commands: 2000, bytes: 1 << 20))
        let chunks = planner.add(message(1, bytes: 65_536), to: users(100))
        #expect(chunks.count >= 6)
        #expect(chunks.allSatisfy { $0.deliveries.count <= 16 && !$0.isWhole })
    }

    @Test func aMessageLargerThanAChunkStillGoes() {
        var planner = DeliveryPlanner(limits: .init(commands: 10, bytes: 100))
        let full = planner.add(message(1, bytes: 5000), to: users(2))
        #expect(full.map(\.deliveries.count) == [1])
        let last = planner.finish()
        #expect(last?.deliveries.count == 1)
    }

    @Test func nobodyIsNoDelivery() {
        var planner = DeliveryPlanner()
        let full = planner.add(message(1), to: [String]())
        let last = planner.finish()
        #expect(full.isEmpty && last?.deliveries == nil)
    }
}
