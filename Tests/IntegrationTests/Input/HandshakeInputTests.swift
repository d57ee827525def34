import Messaging
import TestStack
import Testing

extension IntegrationTests {
    /// Handshakes that are refused, and why.
    @Suite(
        .serialized,
        .stack {
            $0.environments["ws-edge"] = ["ALLOWED_ORIGINS": "https://chat.example"]
            $0.without = ["message-router", "presence", "history"]
        }
    )
    struct HandshakeInput {
        private func url(_ query: String) throws -> String {
            "ws://127.0.0.1:\(try theStack().edges[0].port)/ws?\(query)"
        }

        private func refuse(
            _ query: String, headers: [String: String] = [:], status: Int,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            switch try await WebSocketClient.connect(try url(query), headers: headers) {
            case .open(let socket):
                Issue.record("the handshake was accepted", sourceLocation: sourceLocation)
                await socket.drop()
            case .refused(let answer):
                #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
                #expect(
                    answer.header("content-type")?.hasPrefix("application/problem+json") == true,
                    sourceLocation: sourceLocation)
                let problem = try answer.json()
                #expect(problem["status"]?.integer == status, sourceLocation: sourceLocation)
                #expect(problem["detail"]?.string?.isEmpty == false, sourceLocation: sourceLocation)
            }
        }

        private func bearer(_ token: String) -> [String: String] { ["Authorization": "Bearer \(token)"] }

        @Test func expiredToken() async throws {
            let token = try theStack().token("alice", lifetime: .seconds(-60))
            try await refuse("device=d", headers: bearer(token), status: 401)
            try await refuse("device=d&token=\(token)", status: 401)
        }

        @Test func forgedToken() async throws {
            let token = try Token(user: "alice").signed("some other secret that is long enough to be one")
            try await refuse("device=d", headers: bearer(token), status: 401)
        }

        @Test func tokenWithAlgorithmNone() async throws {
            var token = Token(user: "alice")
            token.header["alg"] = "none"
            try await refuse("device=d", headers: bearer(try token.signed(nil)), status: 401)
            try await refuse("device=d", headers: bearer(try token.signed(try theStack().secret)), status: 401)
        }

        @Test func tokenWithoutExpiry() async throws {
            var token = Token(user: "alice")
            token.claims["exp"] = nil
            try await refuse("device=d", headers: bearer(try token.signed(try theStack().secret)), status: 401)
        }

        @Test func tokenOfABadUser() async throws {
            let token = try theStack().token("al/ice")
            try await refuse("device=d", headers: bearer(token), status: 401)
        }

        @Test func somethingThatIsNoToken() async throws {
            try await refuse("device=d", headers: bearer("gibberish"), status: 401)
        }

        @Test func missingDevice() async throws {
            try await refuse("x=1", headers: bearer(try theStack().token("alice")), status: 400)
        }

        @Test func deviceWithABadCharacter() async throws {
            try await refuse("device=a%2Fb", headers: bearer(try theStack().token("alice")), status: 400)
        }

        @Test func cursorThatIsNoID() async throws {
            try await refuse("device=d&cursor=yesterday", headers: bearer(try theStack().token("alice")), status: 400)
        }

        @Test func wrongOrigin() async throws {
            var headers = bearer(try theStack().token("alice"))
            headers["Origin"] = "https://evil.example"
            try await refuse("device=d", headers: headers, status: 403)
        }

        @Test func allowedOrigin() async throws {
            var headers = bearer(try theStack().token(fresh("alice")))
            headers["Origin"] = "https://chat.example"
            guard case .open(let socket) = try await WebSocketClient.connect(try url("device=d"), headers: headers)
            else {
                Issue.record("the handshake was refused")
                return
            }
            #expect(socket.subprotocol == "switchboard.v1")
            #expect(try await socket.receive("the welcome")?.text.contains("welcome") == true)
        }

        @Test func theTokenMayComeInTheFirstFrame() async throws {
            guard case .open(let socket) = try await WebSocketClient.connect(try url("device=d")) else {
                Issue.record("the handshake was refused")
                return
            }
            try await socket.send(#"{"type":"auth","token":"\#(try theStack().token(fresh("alice")))"}"#)
            #expect(try await socket.receive("the welcome")?.text.contains(#""type":"welcome""#) == true)
        }

        @Test func aFirstFrameThatIsNoTokenEndsTheSession() async throws {
            guard case .open(let socket) = try await WebSocketClient.connect(try url("device=d")) else {
                Issue.record("the handshake was refused")
                return
            }
            try await socket.send(#"{"type":"ping","n":1}"#)
            #expect(try await socket.closeCode() == CloseCode.unauthorized.rawValue)
        }

        @Test func aBadTokenInTheFirstFrameEndsTheSession() async throws {
            guard case .open(let socket) = try await WebSocketClient.connect(try url("device=d")) else {
                Issue.record("the handshake was refused")
                return
            }
            try await socket.send(#"{"type":"auth","token":"nonsense"}"#)
            #expect(try await socket.closeCode() == CloseCode.unauthorized.rawValue)
        }

        @Test func tooManySessionsOfOneUser() async throws {
            let stack = try theStack()
            let user = fresh("alice")
            var sessions: [SessionClient] = []
            for number in 1...20 { sessions.append(try await stack.connect(user, device: "d\(number)")) }
            let token = try stack.token(user)
            switch try await WebSocketClient.connect(try url("device=d21"), headers: bearer(token)) {
            case .refused(let answer): #expect(answer.status == 429 || answer.status == 503)
            case .open(let socket):
                #expect(try await socket.closeCode() == CloseCode.tooManySessions.rawValue)
            }
            try await sessions[0].ping()
        }

        @Test func aPathThatIsNotThere() async throws {
            let answer = try await HTTPClient.get("\(theStack().edges[0].url)/nowhere")
            #expect(answer.status == 404)
            #expect(answer.header("content-type")?.hasPrefix("application/problem+json") == true)
        }

        @Test func aPlainRequestToTheSocketsPath() async throws {
            let answer = try await HTTPClient.get("\(theStack().edges[0].url)/ws?device=d")
            #expect(answer.status == 400 || answer.status == 426)
        }
    }
}
