import Messaging
import STOMP
import Testing

@Suite struct ConnectingTests {
    private func login(_ headers: STOMPHeaders, _ command: STOMPCommand = .connect) -> STOMPLogin? {
        var session = STOMPSession(unconnected: STOMPConfiguration())
        guard case .authenticate(let login)? = session(command, headers).first else { return nil }
        return login
    }

    private func failure(_ headers: STOMPHeaders) -> STOMPError.Code? {
        var session = STOMPSession(unconnected: STOMPConfiguration())
        return session(.connect, headers).error
    }

    @Test func theTokenIsAskedForAndConnectedFollows() {
        var session = STOMPSession(unconnected: STOMPConfiguration())
        #expect(session(.connect, ["accept-version": "1.1,1.2", "passcode": "t", "heart-beat": "5,6"]).count == 1)
        #expect(session.machine.isAuthenticating)
        #expect(!session.machine.takesFrames)
        #expect(session.machine.clientHeartBeat == HeartBeat.Offer(sends: 5, wants: 6))
        let effects = session.machine.authenticated(user: "alice", session: "s1")
        #expect(
            effects == [
                .reply(
                    STOMPFrame(
                        .connected,
                        [
                            "version": "1.2", "session": "s1", "server": "switchboard", "heart-beat": "10000,10000",
                            "user-name": "alice",
                        ]))
            ])
        #expect(session.machine.authenticated(user: "alice", session: "s2").isEmpty)
    }

    @Test func version10HasNoHeartBeats() {
        var session = STOMPSession(unconnected: STOMPConfiguration())
        session(.connect, ["login": "a", "passcode": " t ", "heart-beat": "nonsense"])
        #expect(session.machine.version == .v10)
        guard case .reply(let frame)? = session.machine.authenticated(user: "a", session: "s").first else {
            Issue.record("no CONNECTED")
            return
        }
        #expect(frame.headers["heart-beat"] == nil)
        #expect(frame.headers["session"] == "s")
    }

    @Test func theTokenComesInAuthorizationOrPasscode() {
        #expect(login(["Authorization": "Bearer abc"])?.token == "abc")
        #expect(login(["authorization": "bearer  abc"])?.token == "abc")
        #expect(login(["Authorization": "abc", "passcode": "other"])?.token == "abc")
        #expect(login(["login": "alice", "passcode": "abc"]) == STOMPLogin(token: "abc", login: "alice"))
        #expect(login(["passcode": " abc"])?.token == "abc", "1.0 pads")
        #expect(login([:])?.token == nil)
        #expect(login(["Authorization": "Bearer "])?.token == nil)
        #expect(login(["passcode": ""])?.token == nil)
    }

    @Test func stompIsAnotherNameOfConnect() {
        #expect(login(["accept-version": "1.2", "device": "phone", "cursor": "5-1"], .stomp) != nil)
    }

    @Test func deviceAndCursorComeInHeadersToo() {
        #expect(
            login(["device": "phone", "cursor": "5-1"])
                == STOMPLogin(device: "phone", cursor: MessageID(milliseconds: 5, sequence: 1)))
        #expect(failure(["device": "a b"]) == .badHeader)
        #expect(failure(["cursor": "x"]) == .badHeader)
        #expect(failure(["accept-version": "1.1", "heart-beat": "1"]) == .badHeader)
    }

    @Test func aTokenIsNotDescribed() {
        #expect(!"\(STOMPLogin(token: "secret", login: "secret"))".contains("secret"))
    }

    @Test func withoutAVersionInCommonTheErrorNamesOurs() {
        var session = STOMPSession(unconnected: STOMPConfiguration())
        let effects = session(.connect, ["accept-version": "2.0", "receipt": "r"])
        #expect(effects.error == .unsupportedVersion)
        guard case .reply(let frame) = effects[0] else { return }
        #expect(frame.headers["version"] == "1.0,1.1,1.2")
        #expect(String(decoding: frame.body, as: UTF8.self) == "Supported protocol versions are 1.0 1.1 1.2")
    }

    @Test(arguments: STOMPCommand.allCases.filter { $0 != .connect && $0 != .stomp })
    func nothingComesBeforeConnect(_ command: STOMPCommand) {
        var session = STOMPSession(unconnected: STOMPConfiguration())
        #expect(session(command, ["destination": "/user/bob"]).error == .notConnected)
        #expect(session(.connect).isEmpty, "it is over")
    }

    @Test(arguments: [STOMPCommand.connect, .stomp])
    func connectComesOnce(_ command: STOMPCommand) {
        var session = STOMPSession()
        #expect(session(command).error == .alreadyConnected)
    }

    @Test(arguments: [STOMPCommand.connected, .message, .receipt, .error])
    func theServersFramesAreTheServersOnly(_ command: STOMPCommand) {
        var session = STOMPSession()
        #expect(session(command).error == .unknownCommand)
    }

    @Test func aTokenThatDoesNotHoldEndsTheSession() {
        var session = STOMPSession(unconnected: STOMPConfiguration())
        session(.connect, ["passcode": "t"])
        #expect(
            session.machine.fail(STOMPError(refusal: .unauthorized, "the token has expired")).error == .unauthorized)
        #expect(session.machine.authenticated(user: "a", session: "s").isEmpty)
        #expect(session.machine.fail(STOMPError(.busy, "again")).isEmpty)
    }

    @Test func aCloseCodeCanBeGiven() {
        var session = STOMPSession()
        let effects = session.machine.fail(STOMPError(.unauthorized, "the token has expired"), code: .tokenExpired)
        #expect(effects.last == .close(.tokenExpired))
    }

    @Test(arguments: STOMPError.Code.allCases)
    func noErrorsNameNeedsEscaping(_ code: STOMPError.Code) {
        let frame = STOMPError(code, "why").frame(receipt: "r")
        #expect(frame.headers["receipt-id"] == "r")
        #expect(!code.rawValue.utf8.contains { [0x0a, 0x0d, 0x3a, 0x5c].contains($0) })
        #expect(frame.encoded(for: nil) == frame.encoded(for: .v12))
    }
}
