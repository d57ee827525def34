import TestStack
import Testing

@testable import LoadTest

@Suite struct GeneratedWorldTests {
    private func world(seed: UInt64 = 1) -> GeneratedWorld {
        GeneratedWorld(users: 200, conversations: 100, groupSize: 20, seed: seed, name: "gen")
    }

    @Test func theFirstOfAPowerLawAreCommonAndAllAreInRange() {
        var generator = SeededGenerator(seed: 7)
        let law = PowerLaw(count: 1000)
        var counts = [Int](repeating: 0, count: 1000)
        for _ in 0..<100_000 { counts[law.next(using: &generator)] += 1 }
        #expect(counts[0] > counts[9] && counts[9] > counts[99])
        // The first of 1,000 has a share of ln 2 by ln 1,001: one in ten.
        #expect((8_000...12_000).contains(counts[0]))
    }

    @Test func aNumberOfOneIsAlwaysTheFirst() {
        var generator = SeededGenerator(seed: 7)
        let law = PowerLaw(count: 1)
        for _ in 0..<100 { #expect(law.next(using: &generator) == 0) }
    }

    @Test func theSameSeedMakesTheSameWorldAndTheSameMessages() {
        var (one, other, third) = (world(), world(), world(seed: 2))
        #expect(one.conversations.map(\.name) == other.conversations.map(\.name))
        #expect(one.conversations.map(\.members) == other.conversations.map(\.members))
        var differ = 0
        for number in 0..<200 {
            let (a, b, c) = (one.say((1, number)), other.say((1, number)), third.say((1, number)))
            let isSame = a == b
            #expect(isSame)
            if a != c { differ += 1 }
        }
        #expect(differ > 100)
    }

    @Test func whoSpeaksIsAMemberAndTheLastMessageIsKnown() {
        var world = world()
        var last: [Int: Int] = [:]
        for number in 0..<2000 {
            let said = world.say((ms: Int64(number), seq: number))
            #expect(world.conversations[said.conversation].members.contains(said.sender))
            #expect(!said.data.contains("\t") && !said.data.contains("\\"))
            last[said.conversation] = number
        }
        for (place, conversation) in world.conversations.enumerated() {
            #expect(conversation.last.seq == last[place] ?? 0)
        }
    }

    @Test func conversationsAreDistinctAndOneOfFiveIsAGroup() {
        let world = world()
        #expect(Set(world.conversations.map(\.name)).count == 100)
        #expect(world.conversations.count(where: \.isGroup) >= 20)
        #expect(world.conversations.allSatisfy { $0.members.count >= ($0.isGroup ? 3 : 2) })
    }
}
