import Testing

@testable import Messaging

@Suite struct PresenceFrameTests {
    private func frame(_ text: String) throws(MessagingError) -> ClientFrame {
        try ClientFrame(decoding: Array(text.utf8).span)
    }

    @Test func aWatchNamesItsUsersOnceEachInTheirOrder() throws {
        #expect(
            try frame(#"{"type":"watch","n":3,"users":["bob", "al.i-ce@x_1" ,"bob"]}"#)
                == .watch(n: 3, users: ["bob", "al.i-ce@x_1"]))
        #expect(try frame(#"{"users":["bob"],"n":4,"type":"unwatch"}"#) == .unwatch(n: 4, users: ["bob"]))
    }

    @Test(arguments: [
        #""users":[]"#, #""users":"bob""#, #""users":["a b"]"#, #""users":[1]"#, #""users":["a",["b"]]"#,
        #""users":[""]"#,
        #""users":["\u0061"]"#, #""users":[null]"#, #""topic":"x""#, #""users":{"a":1}"#,
        #""users":["a"],"users":["b"]"#,
    ])
    func usersThatAreNoneAreRefusedNamingTheField(_ member: String) {
        let error = #expect(throws: MessagingError.self) { try frame(#"{"type":"watch","n":3,\#(member)}"#) }
        #expect(error?.description.contains("'users'") == true)
        #expect(error?.n == 3)
    }

    @Test func twoHundredUsersFitInAFrameAndNoMore() throws {
        func text(_ count: Int) -> String {
            #"{"type":"watch","n":1,"users":[\#((0..<count).map { "\"u\($0)\"" }.joined(separator: ","))]}"#
        }
        guard case .watch(_, let users) = try frame(text(200)) else {
            Issue.record("no watch")
            return
        }
        #expect(users.count == 200)
        #expect(throws: MessagingError.self) { try frame(text(201)) }
    }

    @Test func aWatchWithoutACounterIsRefused() {
        let error = #expect(throws: MessagingError.self) { try frame(#"{"type":"watch","users":["bob"]}"#) }
        #expect(error?.description.contains("'n'") == true)
    }

    @Test func aPresenceFrameSaysNoMoreThanThereIs() {
        func text(_ face: PresenceView.Face) -> String {
            String(decoding: ServerFrame.presence(user: "bob", face), as: UTF8.self)
        }
        #expect(
            text(.init(isOnline: true, since: 17)) == #"{"type":"presence","user":"bob","status":"online","at":17}"#)
        #expect(
            text(.init(isOnline: true, since: 17, mode: .away, text: "at \"lunch\""))
                == #"{"type":"presence","user":"bob","status":"online","at":17,"state":"away","text":"at \"lunch\""}"#)
        #expect(
            text(.init(isOnline: false, since: 0)) == #"{"type":"presence","user":"bob","status":"offline","at":0}"#)
    }

    @Test func aViewSurvivesTheEdgeBatch() throws {
        let view = PresenceView(
            revision: 1_700_000_000_123, shown: .init(isOnline: true, since: 5, mode: .away, text: "bäh"),
            own: .init(isOnline: true, since: 4, mode: .invisible))
        let batch = EdgeBatch(items: [.presence(user: "bob", view), .look(user: "x", cursor: .zero)])
        #expect(try EdgeBatch(decoding: batch.encoded()) == batch)
        #expect(view.face(of: "bob", to: "bob") == view.own)
        #expect(view.face(of: "bob", to: "alice") == view.shown)
    }

    @Test func ownWordsAreShortAndHoldNoControlCharacters() {
        #expect(PresenceView.isValid(text: ""))
        #expect(PresenceView.isValid(text: String(repeating: "ä", count: 128)))
        #expect(!PresenceView.isValid(text: String(repeating: "a", count: 129)))
        #expect(!PresenceView.isValid(text: "two\nlines"))
        // One character to the eye, and a thousand to the wire.
        #expect(!PresenceView.isValid(text: "e" + String(repeating: "\u{301}", count: 1000)))
    }

    @Test func aTransitionSurvivesItsStream() throws {
        for transition in [
            PresenceTransition(user: "bob", isOnline: true, since: 17, isVisible: false),
            PresenceTransition(user: "al", isOnline: false, since: 1_700_000_000_123, isVisible: true),
        ] {
            #expect(try PresenceTransition(fields: StreamFields(transition.fields)) == transition)
        }
        #expect(throws: MessagingError.self) { try PresenceTransition(fields: StreamFields([])) }
    }
}
