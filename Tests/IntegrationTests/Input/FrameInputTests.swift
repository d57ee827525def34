import Messaging
import NIOCore
import NIOWebSocket
import TestStack
import Testing

extension IntegrationTests {
    /// What a session says that breaks the contract: each gets its code, and nothing else suffers.
    @Suite(.serialized, .stack) struct FrameInput {
        /// Sends a text and expects an error frame; the session goes on.
        private func refuse(
            _ text: String, code: String = "bad_request", naming word: String, n: Int? = nil,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let stack = try theStack()
            let session = try await stack.connect(fresh("alice"))
            try await session.socket.send(text)
            let error = try await session.frame(type: "error")
            #expect(error.code == code, sourceLocation: sourceLocation)
            #expect(error.message?.contains(word) == true, "\(error.message ?? "")", sourceLocation: sourceLocation)
            #expect(error.n == n, sourceLocation: sourceLocation)
            try await session.ping()
            try await session.close()
        }

        /// Does something to a session and expects this close code; a neighbour on the same edge goes on.
        private func close(
            with code: CloseCode, sourceLocation: SourceLocation = #_sourceLocation,
            after act: (WebSocketClient) async throws -> Void
        ) async throws {
            let stack = try theStack()
            let neighbour = try await stack.connect(fresh("neighbour"))
            let session = try await stack.connect(fresh("alice"))
            try await act(session.socket)
            #expect(try await session.socket.closeCode() == code.rawValue, sourceLocation: sourceLocation)
            try await neighbour.ping()
            try await neighbour.close()
        }

        @Test func wrongJSON() async throws { try await refuse(#"{"type":"send","n":1,"#, naming: "JSON") }

        @Test func aFrameThatIsNoObject() async throws { try await refuse("[1]", naming: "object") }

        @Test func unknownType() async throws { try await refuse(#"{"type":"shout","n":4}"#, naming: "type", n: 4) }

        @Test func missingType() async throws { try await refuse(#"{"n":4}"#, naming: "type", n: 4) }

        @Test func missingField() async throws {
            try await refuse(#"{"type":"send","n":1,"to":"user:bob"}"#, naming: "data", n: 1)
        }

        @Test func missingRecipient() async throws {
            try await refuse(#"{"type":"send","n":1,"data":1}"#, naming: "to", n: 1)
        }

        @Test func fieldOfTheWrongKind() async throws {
            try await refuse(#"{"type":"send","n":1,"to":7,"data":1}"#, naming: "to", n: 1)
        }

        @Test func idWithABadCharacter() async throws {
            try await refuse(#"{"type":"send","n":1,"to":"user:b/ob","data":1}"#, naming: "to", n: 1)
        }

        @Test func idThatIsTooLong() async throws {
            let id = String(repeating: "b", count: 129)
            try await refuse(#"{"type":"send","n":1,"to":"user:\#(id)","data":1}"#, naming: "to", n: 1)
        }

        @Test func negativeCounter() async throws {
            try await refuse(#"{"type":"send","n":-1,"to":"user:bob","data":1}"#, naming: "n")
        }

        @Test func counterThatIsNoInteger() async throws {
            try await refuse(#"{"type":"send","n":1.5,"to":"user:bob","data":1}"#, naming: "n")
        }

        @Test func cursorThatIsNoID() async throws {
            try await refuse(#"{"type":"ack","cursor":"yesterday"}"#, naming: "cursor")
        }

        @Test func readMarkOfNoConversation() async throws {
            try await refuse(#"{"type":"read","conversation":"dm:bob","id":"1-0"}"#, naming: "conversation")
        }

        @Test func watchOfNobodyOrOfWhatIsNoUser() async throws {
            try await refuse(#"{"type":"watch","n":2,"users":[]}"#, naming: "'users'", n: 2)
            try await refuse(#"{"type":"watch","n":3,"users":["b ob"]}"#, naming: "'users'", n: 3)
        }

        @Test func sendToAnUnknownGroup() async throws {
            try await refuse(
                #"{"type":"send","n":1,"to":"group:\#(fresh("nowhere"))","data":1}"#, code: "not_found",
                naming: "group",
                n: 1)
        }

        @Test func sendToAGroupOneIsNotIn() async throws {
            let stack = try theStack()
            let group = fresh("closed")
            let owner = fresh("owner")
            try await stack.makeGroup(group, members: [owner])
            let member = try await stack.connect(owner)
            try await member.send("group:\(group)", "there")
            let session = try await stack.connect(fresh("eve"), edge: 1)
            try await session.post("group:\(group)", "let me in")
            let error = try await session.frame(type: "error")
            // A stranger is not told whether the group exists.
            #expect(["forbidden", "not_found"].contains(error.code))
            #expect(error.n == 1)
            try await session.ping()
        }

        @Test func broadcastWithoutTheScope() async throws {
            try await refuse(
                #"{"type":"send","n":1,"to":"all","data":1}"#, code: "forbidden", naming: "broadcast", n: 1)
        }

        @Test func readMarkInSomeoneElsesConversation() async throws {
            let stack = try theStack()
            let session = try await stack.connect(fresh("eve"))
            try await session.send(["type": "read", "conversation": "dm:alice:bob", "id": "1-0"])
            #expect(try await session.frame(type: "error").code == "forbidden")
            try await session.ping()
        }

        @Test func aMessageOf65KiB() async throws {
            try await close(with: .tooLarge) { socket in
                let body = String(repeating: "x", count: 65 * 1024)
                try await socket.send(#"{"type":"send","n":1,"to":"user:bob","data":"\#(body)"}"#)
            }
        }

        @Test func aMessageOf65KiBInFragments() async throws {
            try await close(with: .tooLarge) { socket in
                let body = String(repeating: "x", count: 65 * 1024)
                try? await socket.send(#"{"type":"send","n":1,"to":"user:bob","data":"\#(body)"}"#, fragments: 8)
            }
        }

        @Test func aMessageOf64KiBPasses() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let two = try await stack.connect(bob, edge: 1)
            let one = try await stack.connect(fresh("alice"))
            let frame = #"{"type":"send","n":1,"to":"user:\#(bob)","data":""}"#
            let body = String(repeating: "x", count: 64 * 1024 - frame.utf8.count)
            try await one.send("user:\(bob)", .string(body), n: 1)
            try await two.message(body)
        }

        @Test func aBinaryFrame() async throws {
            try await close(with: .unsupportedData) { try await $0.send(binary: [1, 2, 3]) }
        }

        @Test func anUnmaskedFrame() async throws {
            try await close(with: .protocolError) { socket in
                let data = ByteBuffer(string: #"{"type":"ping","n":1}"#)
                try await socket.send(frame: .init(fin: true, opcode: .text, maskKey: nil, data: data))
            }
        }

        @Test func textThatIsNotUTF8() async throws {
            try await close(with: .invalidText) { socket in
                let data = ByteBuffer(bytes: Array(#"{"type":"ping","n":""#.utf8) + [0xC3, 0x28] + Array("\"}".utf8))
                try await socket.send(frame: .init(fin: true, opcode: .text, maskKey: .random(), data: data))
            }
        }

        @Test func aReservedOpcode() async throws {
            try await close(with: .protocolError) { socket in
                try await socket.send(raw: [0x83, 0x80, 0, 0, 0, 0])
            }
        }

        @Test func aContinuationOfNothing() async throws {
            try await close(with: .protocolError) { socket in
                let data = ByteBuffer(string: "lost")
                try await socket.send(frame: .init(fin: true, opcode: .continuation, maskKey: .random(), data: data))
            }
        }

        @Test func tooManyFrames() async throws {
            let stack = try theStack()
            let session = try await stack.connect(fresh("alice"))
            for n in 1...160 { try? await session.socket.send(#"{"type":"ping","n":\#(n)}"#) }
            try await session.frame("an error rate_limited") { $0.type == "error" && $0.code == "rate_limited" }
        }

        @Test func aTokenOfAnotherUserInTheSession() async throws {
            let stack = try theStack()
            let session = try await stack.connect(fresh("alice"))
            try await session.send(["type": "auth", "token": .string(try stack.token("mallory"))])
            try await session.frame("an error") { $0.type == "error" }
        }

        @Test func aTokenThatExpiresEndsTheSession() async throws {
            let stack = try theStack()
            let user = fresh("alice")
            let token = try stack.token(user, lifetime: .seconds(3))
            let handshake = try await WebSocketClient.connect(
                "ws://127.0.0.1:\(stack.edges[0].port)/ws?device=d&token=\(token)")
            guard case .open(let socket) = handshake else {
                Issue.record("the handshake was refused")
                return
            }
            #expect(try await socket.closeCode(within: .seconds(20)) == CloseCode.tokenExpired.rawValue)
        }

        @Test func aFreshTokenKeepsTheSession() async throws {
            let stack = try theStack()
            let user = fresh("alice")
            let token = try stack.token(user, lifetime: .seconds(3))
            let short = try await WebSocketClient.connect(
                "ws://127.0.0.1:\(stack.edges[0].port)/ws?device=short&token=\(token)")
            let long = try await WebSocketClient.connect(
                "ws://127.0.0.1:\(stack.edges[0].port)/ws?device=long&token=\(token)")
            guard case .open(let one) = short, case .open(let two) = long else {
                Issue.record("a handshake was refused")
                return
            }
            try await two.send(#"{"type":"auth","token":"\#(try stack.token(user))"}"#)
            #expect(try await one.closeCode(within: .seconds(20)) == CloseCode.tokenExpired.rawValue)
            try await two.send(#"{"type":"ping","n":9}"#)
            _ = try #require(try await two.receive("pong") { $0.text.contains("pong") })
        }
    }
}
