import Messaging
import Testing

@testable import MessageRouter

@Suite struct GroupTests {
    private let group = Group(name: "team", version: id(5), isDeleted: false, members: ["a", "b"])

    @Test func aReplacementConcernsOldAndNewMembers() {
        let change = MembershipChange(operation: .replace, name: "crew", members: ["b", "c"])
        #expect(group.concerned(by: change) == ["a", "b", "c"])
        let after = group.applying(change, version: id(6))
        #expect(after == Group(name: "crew", version: id(6), isDeleted: false, members: ["b", "c"]))
    }

    @Test func addingAndRemovingConcernThoseNamed() {
        let add = MembershipChange(operation: .add, members: ["c"])
        #expect(group.concerned(by: add) == ["c"])
        #expect(group.applying(add, version: id(6)).members == ["a", "b", "c"])
        let remove = MembershipChange(operation: .remove, members: ["a"])
        #expect(group.concerned(by: remove) == ["a"])
        #expect(group.applying(remove, version: id(6)).members == ["b"])
    }

    @Test func aDeletedGroupHasNoMembersAndDoesNotExist() {
        let delete = MembershipChange(operation: .delete)
        #expect(group.concerned(by: delete) == ["a", "b"])
        let after = group.applying(delete, version: id(6))
        #expect(!after.exists && after.members.isEmpty)
        #expect(after.applying(MembershipChange(operation: .replace, name: "n", members: ["x"]), version: id(7)).exists)
    }
}

@Suite struct GroupCacheTests {
    private func group(_ members: Int) -> Group {
        Group(name: "", version: id(1), isDeleted: false, members: Set((0..<members).map { "u\($0)" }))
    }

    @Test func whatWasUsedLatelyStaysAndTheMemoryIsBounded() {
        var cache = GroupCache(capacity: 100)
        cache["kept"] = group(10)
        for number in 0..<1000 {
            cache["g\(number)"] = group(10)
            let kept = cache["kept"]
            #expect(kept != nil)
        }
        #expect(cache.count <= 22)
        let (first, last) = (cache["g0"], cache["g999"])
        #expect(first == nil && last != nil)
    }

    @Test func aGroupThatWasTakenOutIsGoneFromBothGenerations() {
        var cache = GroupCache(capacity: 10)
        cache["old"] = group(10)
        cache["young"] = group(10)
        cache["old"] = nil
        cache["young"] = nil
        let (old, young) = (cache["old"], cache["young"])
        #expect(old == nil && young == nil && cache.count == 0)
    }

    @Test func replacingAGroupDoesNotCountItTwice() {
        var cache = GroupCache(capacity: 100)
        cache["other"] = group(5)
        for _ in 0..<100 { cache["same"] = group(10) }
        #expect(cache.count == 2)
    }
}
