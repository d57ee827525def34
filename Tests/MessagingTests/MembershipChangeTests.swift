import Foundation
import Messaging
import Testing

@Suite struct MembershipChangeTests {
    @Test func eachOperationDoesWhatItSays() {
        let members: Set = ["a", "b"]
        #expect(MembershipChange(operation: .add, members: ["b", "c"]).applied(to: members) == ["a", "b", "c"])
        #expect(MembershipChange(operation: .remove, members: ["b", "x"]).applied(to: members) == ["a"])
        #expect(MembershipChange(operation: .replace, name: "n", members: ["x"]).applied(to: members) == ["x"])
        #expect(MembershipChange(operation: .delete).applied(to: members).isEmpty)
    }

    @Test func whatIsWrittenIsReadTheSame() throws {
        let change = MembershipChange(operation: .replace, name: "Team \"é\"", members: ["a", "b"])
        #expect(try JSONDecoder().decode(MembershipChange.self, from: JSONEncoder().encode(change)) == change)
    }

    @Test func theWordsInTheLogAreFixed() throws {
        let json = #"{"operation":"remove","members":["a"]}"#
        let change = try JSONDecoder().decode(MembershipChange.self, from: Data(json.utf8))
        #expect(change == MembershipChange(operation: .remove, members: ["a"]))
    }
}
