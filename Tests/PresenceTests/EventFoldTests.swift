import Messaging
import RedisStreams
import Testing

@testable import Presence

@Suite struct EventFoldTests {
    private func event(
        _ kind: SessionEvent.Kind, _ user: String, session: String = "s", incarnation: String = "e1:x"
    ) -> SessionEvent {
        SessionEvent(kind: kind, user: user, device: "d", session: session, incarnation: incarnation, sequence: 1)
    }

    private func id(_ milliseconds: UInt64) -> MessageID { MessageID(milliseconds: milliseconds, sequence: 0) }

    @Test func aUserIsLookedAtOnceHoweverManyEvents() {
        var fold = EventFold()
        for at: UInt64 in 1...5 { fold.add(event(.connect, "alice", session: "s\(at)"), id: id(at)) }
        fold.add(event(.connect, "bob"), id: id(9))
        #expect(fold.looks == ["alice": .init(cause: .connect, at: 1), "bob": .init(cause: .connect, at: 9)])
        #expect(fold.events["e1:x"]?.count == 6)
    }

    @Test func anEndIsLookedAtFromItsTimeOn() {
        var fold = EventFold()
        fold.add(event(.disconnect, "alice"), id: id(3))
        fold.add(event(.disconnect, "alice", session: "t"), id: id(7))
        #expect(fold.looks == ["alice": .init(cause: .end, at: 7)])
    }

    @Test func aConnectAfterAnEndBeginsAnew() {
        var fold = EventFold()
        fold.add(event(.connect, "alice"), id: id(1))
        fold.add(event(.disconnect, "alice"), id: id(2))
        fold.add(event(.connect, "alice"), id: id(5))
        fold.add(event(.connect, "alice", session: "t"), id: id(6))
        #expect(fold.looks == ["alice": .init(cause: .connect, at: 5)])
    }

    @Test func aConnectBeforeAnEndStaysAReasonToLookAgain() {
        var fold = EventFold()
        fold.add(event(.connect, "alice"), id: id(1))
        fold.add(event(.disconnect, "alice", session: "old"), id: id(2))
        #expect(fold.looks == ["alice": .init(cause: .connect, at: 2)])
    }

    @Test func onlyBeginningsNameIncarnationsToBeSwept() {
        var fold = EventFold()
        fold.add(event(.connect, "alice", incarnation: "e1:x"), id: id(1))
        fold.add(event(.disconnect, "alice", incarnation: "e2:y"), id: id(2))
        #expect(fold.beginnings == ["e1:x"])
    }
}
