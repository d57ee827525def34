import TestStack
import Testing

extension IntegrationTests {
    /// Messages between sessions on two edges.
    @Suite(.serialized, .stack) struct AcrossEdges {
        @Test func aMessageReachesTheOtherEdge() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            #expect(one.welcome.edge == "edge-1")
            #expect(two.welcome.edge == "edge-2")
            #expect(two.welcome.user == bob)
            #expect(two.welcome.heartbeat == 25)
            let accepted = try await one.send("user:\(bob)", "hello")
            let message = try await two.message("hello")
            let conversation = "dm:" + [alice, bob].sorted().joined(separator: ":")
            #expect(accepted.conversation == conversation)
            #expect(message.conversation == conversation)
            #expect(message.id == accepted.id)
            #expect(message.at == accepted.at)
            #expect(message.from == alice)
            #expect(message.cursor != nil)
            try await two.send("user:\(alice)", "hello yourself")
            try await one.message("hello yourself")
        }

        @Test func theBodyArrivesByteForByte() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let body = #"{ "b":1.0e2, "a":[true,null, "\u00e9 é 😀 \" \\ \/"],"a":-0, "nested":{"type":"ack"} }"#
            try await one.socket.send(#"{"type":"send","n":1,"to":"user:\#(bob)","data":\#(body)}"#)
            try await one.frame(type: "accepted")
            let frame = try await two.socket.receive("the message") { $0.text.contains(#""type":"message""#) }
            #expect(try #require(frame).text.contains(#""data":\#(body)"#))
        }

        @Test func aGroupMessageReachesEveryMemberOnceAndNobodyElse() async throws {
            let stack = try theStack()
            let (alice, bob, carol, dave) = (fresh("alice"), fresh("bob"), fresh("carol"), fresh("dave"))
            let group = fresh("group")
            try await stack.makeGroup(group, members: [alice, bob, carol])
            let sessions = try await [
                stack.connect(alice, edge: 0), stack.connect(bob, edge: 1), stack.connect(carol, edge: 0),
                stack.connect(dave, edge: 1),
            ]
            try await sessions[0].send("group:\(group)", "to all")
            let (atBob, atCarol) = try await (sessions[1].message("to all"), sessions[2].message("to all"))
            #expect(atBob.conversation == "group:\(group)")
            #expect(atBob.id == atCarol.id)
            // What came before this has been settled: a message to dave follows the same way.
            try await sessions[1].send("user:\(dave)", "mark")
            try await sessions[3].message("mark")
            #expect(sessions[3].messages.count == 1)
            #expect(sessions[1].messages.count == 1)
        }

        @Test func everyDeviceOfTheRecipientGetsIt() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let phone = try await stack.connect(bob, device: "phone", edge: 1)
            let desk = try await stack.connect(bob, device: "desk", edge: 0)
            let accepted = try await one.send("user:\(bob)", "both")
            #expect(try await phone.message("both").id == accepted.id)
            #expect(try await desk.message("both").id == accepted.id)
        }

        @Test func theSendersOtherDeviceGetsItAndTheSendingOneDoesNot() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let phone = try await stack.connect(alice, device: "phone", edge: 0)
            let desk = try await stack.connect(alice, device: "desk", edge: 1)
            let two = try await stack.connect(bob, edge: 1)
            let accepted = try await phone.send("user:\(bob)", "from the phone")
            let copy = try await desk.message("from the phone")
            #expect(copy.id == accepted.id)
            #expect(copy.from == alice)
            try await two.message("from the phone")
            // An answer follows the message on its way to the phone: had the phone been sent the first, it would be there.
            try await two.send("user:\(alice)", "answer")
            try await phone.message("answer")
            #expect(phone.messages.count == 1)
        }

        @Test func aMessageToOneselfReachesTheOtherDevice() async throws {
            let stack = try theStack()
            let alice = fresh("alice")
            let phone = try await stack.connect(alice, device: "phone", edge: 0)
            let desk = try await stack.connect(alice, device: "desk", edge: 1)
            let accepted = try await phone.send("user:\(alice)", "note")
            #expect(accepted.conversation == "dm:\(alice):\(alice)")
            #expect(try await desk.message("note").id == accepted.id)
        }

        @Test func aMessageInFragmentsIsOneMessage() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let long = String(repeating: "fragment é ", count: 1000)
            try await one.socket.send(#"{"type":"send","n":1,"to":"user:\#(bob)","data":"\#(long)"}"#, fragments: 7)
            try await one.frame(type: "accepted")
            try await two.message(long)
        }

        @Test func aSignalReachesWhoIsOnlineAndIsNotKept() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            // Signals may be dropped, and are when a session has only just begun: ask until one has come through.
            let signal = try await eventually("a signal for bob") {
                try await one.send(["type": "signal", "to": .string("user:\(bob)"), "data": "typing"])
                return try? await two.frame("a signal", within: .milliseconds(300)) { $0.type == "signal" }
            }
            #expect(signal.from == alice)
            #expect(signal.to == "user:\(bob)")
            #expect(signal.text == "typing")
            try await two.close()
            let again = try await stack.connect(bob, edge: 0, cursor: "0")
            try await again.ping()
            #expect(again.frames.allSatisfy { $0.type != "signal" })
        }

        @Test func aSignalToAGroupReachesItsMembersButNotTheSendingDevice() async throws {
            let stack = try theStack()
            let (alice, bob, group) = (fresh("alice"), fresh("bob"), fresh("group"))
            try await stack.makeGroup(group, members: [alice, bob])
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            try await eventually("a signal for the group") {
                try await one.send(["type": "signal", "to": .string("group:\(group)"), "data": "typing"])
                return try? await two.frame("a signal", within: .milliseconds(300)) { $0.type == "signal" }
            }
            try await one.ping()
            #expect(one.frames.allSatisfy { $0.type != "signal" })
        }

        @Test func readMarksReachTheOthersAndTheReadersOwnDevices() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let phone = try await stack.connect(bob, device: "phone", edge: 1)
            let desk = try await stack.connect(bob, device: "desk", edge: 0)
            let accepted = try await one.send("user:\(bob)", "read me")
            let message = try await phone.message("read me")
            let conversation = try #require(message.conversation)
            let id = try #require(message.id)
            try await phone.send(["type": "read", "conversation": .string(conversation), "id": .string(id)])
            for session in [one, desk] {
                let read = try await session.frame(type: "read")
                #expect(read.user == bob)
                #expect(read.conversation == accepted.conversation)
                #expect(read.id == accepted.id)
            }
            // What comes after it on the same way has arrived, so the mark would have too.
            try await one.send("user:\(bob)", "and this")
            try await phone.message("and this")
            #expect(phone.frames.allSatisfy { $0.type != "read" })
        }

        @Test func whatIsPostedOverRESTReachesASession() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let two = try await stack.connect(bob, edge: 1)
            let body = #"{"to":"user:\#(bob)","data":"by REST"}"#
            let headers = ["Idempotency-Key": fresh("key")]
            let first = try await stack.call(
                "POST", stack.router, "/v1/messages", as: alice, headers: headers, body: body)
            #expect(first.status == 202)
            let again = try await stack.call(
                "POST", stack.router, "/v1/messages", as: alice, headers: headers, body: body)
            #expect(again.status == 202)
            #expect(try first.json()["id"] == again.json()["id"])
            #expect(try await two.message("by REST").id == first.json()["id"]?.string)
            let mark = try await stack.call(
                "POST", stack.router, "/v1/messages", as: alice, body: #"{"to":"user:\#(bob)","data":"mark"}"#)
            #expect(mark.status == 202)
            try await two.message("mark")
            #expect(two.messages.count == 2)
        }
    }
}
