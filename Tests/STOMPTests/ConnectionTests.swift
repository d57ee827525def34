import Messaging
import STOMP
import Testing

@Suite struct ConnectionTests {
    private func receive(_ connection: inout STOMPConnection, _ text: String) -> [STOMPEffect] {
        connection.receive(Array(text.utf8).span, now: .zero)
        return rest(&connection)
    }

    private func rest(_ connection: inout STOMPConnection) -> [STOMPEffect] {
        var effects: [STOMPEffect] = []
        while let step = connection.next() { effects += step.effects }
        return effects
    }

    @Test func whatFollowsConnectWaitsForTheToken() {
        var connection = STOMPConnection(STOMPConfiguration())
        let effects = receive(
            &connection,
            "CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/topic/a\nx:a\\nb\n\nhi\0DISCONNECT\nreceipt:1\n\n\0")
        #expect(effects == [.authenticate(STOMPLogin())])
        #expect(connection.next() == nil)
        #expect(connection.authenticated(user: "alice", session: "s", now: .zero).count == 1)
        let after = rest(&connection)
        #expect(after.count == 1)
        #expect(after.tags.count == 1)
        #expect(connection.session.completed(after.tags[0]) == [receipt("1"), .close(.normal)])
    }

    @Test func tooMuchMayNotWait() {
        var connection = STOMPConnection(STOMPConfiguration(limits: STOMPLimits(waitingBytes: 20)))
        #expect(receive(&connection, "CONNECT\n\n\0" + String(repeating: "\n", count: 20)).count == 1)
        #expect(receive(&connection, "\n").error == .tooMuchWaiting)
    }

    @Test func whatCannotBeReadEndsTheConnection() {
        var connection = STOMPConnection(STOMPConfiguration())
        #expect(receive(&connection, "NONSENSE\n\n\0").error == .unknownCommand)
        #expect(receive(&connection, "CONNECT\n\n\0").isEmpty)
    }

    @Test func whatCameBeforeTheFaultIsDone() {
        var connection = STOMPConnection(STOMPConfiguration())
        _ = receive(&connection, "CONNECT\naccept-version:1.1\n\n\0")
        _ = connection.authenticated(user: "a", session: "s", now: .zero)
        let effects = receive(&connection, "SEND\ndestination:/user/b\n\nx\0SEND\ndestination:\\t\n\n\0")
        #expect(effects.tags.count == 1)
        #expect(Array(effects.dropFirst()).error == .undefinedEscape)
    }

    @Test func heartBeatsBeginWithConnected() {
        var connection = STOMPConnection(STOMPConfiguration())
        #expect(connection.tick(now: .seconds(100), next: .seconds(1)) == nil)
        _ = receive(&connection, "CONNECT\naccept-version:1.2\nheart-beat:10000,10000\n\n\0")
        _ = connection.authenticated(user: "a", session: "s", now: .seconds(100))
        #expect(connection.tick(now: .seconds(109), next: .seconds(1)) == .send)
        connection.sent(now: .seconds(115))
        #expect(connection.tick(now: .seconds(119), next: .seconds(1)) == nil)
        connection.receive([0x0a].span, now: .seconds(120))
        #expect(connection.next() == nil)
        #expect(connection.tick(now: .seconds(140), next: .seconds(1)) == .send)
        #expect(connection.tick(now: .seconds(142), next: .seconds(1)) == .silent)
    }

    @Test func framesAreTakenOneByOne() {
        var connection = STOMPConnection(STOMPConfiguration())
        _ = receive(&connection, "CONNECT\naccept-version:1.2\n\n\0")
        _ = connection.authenticated(user: "a", session: "s", more: ["device": "d"], now: .zero)
        let frame = "SEND\ndestination:/user/b\n\nx\0"
        connection.receive(Array("\n\(frame)\(frame)BEGIN\n".utf8).span, now: .zero)
        #expect(connection.next()?.command == .send)
        #expect(connection.next()?.command == .send)
        #expect(connection.next() == nil)
        connection.receive(Array("transaction:t\nreceipt:r\n\n\0".utf8).span, now: .zero)
        #expect(connection.next() == STOMPStep(command: .begin, effects: [receipt("r")]))
    }

    @Test(
        arguments: [
            "SEND\nreceipt:r1\nx:\\t\n\n\0", "SEND\nreceipt:r1\nreceipt:r2\nno colon\n\n\0",
            "SEND\ndestination:/user/b\nreceipt:r1\ncontent-length:99999\n\n",
            "SEND\nreceipt:r1\ncontent-length:1\n\nab\0",
        ])
    func whatCannotBeReadNamesTheReceiptAsFarAsItIsKnown(_ text: String) {
        var connection = STOMPConnection(STOMPConfiguration())
        _ = receive(&connection, "CONNECT\naccept-version:1.2\n\n\0")
        _ = connection.authenticated(user: "a", session: "s", now: .zero)
        // That of the frame before is not meant.
        #expect(receive(&connection, "BEGIN\ntransaction:t\nreceipt:r0\n\n\0") == [receipt("r0")])
        guard case .reply(let error)? = receive(&connection, text).first else {
            Issue.record("nothing is said")
            return
        }
        #expect(error.command == .error)
        #expect(error.headers["receipt-id"] == "r1")
    }
}
