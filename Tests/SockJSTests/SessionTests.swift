import SockJS
import Testing

@Suite struct SessionTests {
    private typealias Effects = [SockJSEffect]

    private func text(_ effects: [SockJSEffect]) -> [String] {
        effects.map { effect in
            switch effect {
            case .write(let id, let bytes): "\(id): \(String(decoding: bytes.suffix(80), as: UTF8.self))"
            case .finish(let id): "\(id) ends"
            case .received(let bytes): "got \(String(decoding: bytes, as: UTF8.self))"
            case .opened: "opened"
            case .ended(let close): "ended \(close.code)"
            case .forget: "forget"
            }
        }
    }

    private func session(_ configuration: SockJSStateMachine.Configuration = .init()) -> SockJSStateMachine {
        SockJSStateMachine(configuration, now: .zero)
    }

    /// A session that has answered its first poll.
    private func polled() -> SockJSStateMachine {
        var session = session()
        _ = session.attach(1, SockJSFormat(.xhr), now: .zero)
        return session
    }

    private func bytes(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    @Test func theFirstRequestOpensTheSession() {
        var session = session()
        #expect(!session.isOpen)
        #expect(text(session.attach(1, SockJSFormat(.xhr), now: .zero)) == ["opened", "1: o\n", "1 ends"])
        #expect(session.isOpen)
        #expect(!session.hasReceiver)
    }

    @Test func messagesWaitForAReceiverAndGoTogether() {
        var session = polled()
        #expect(session.send(bytes("a", "bc"), now: .zero).isEmpty)
        #expect(session.send(bytes("d"), now: .zero).isEmpty)
        #expect(session.waitingBytes == 4)
        #expect(text(session.attach(2, SockJSFormat(.xhr), now: .zero)) == ["2: a[\"a\",\"bc\",\"d\"]\n", "2 ends"])
        #expect(session.waitingBytes == 0)
    }

    @Test func aPollWaitsForOneFrame() {
        var session = polled()
        #expect(session.attach(2, SockJSFormat(.xhr), now: .zero).isEmpty)
        #expect(text(session.send(bytes("a"), now: .zero)) == ["2: a[\"a\"]\n", "2 ends"])
        #expect(session.send(bytes("b"), now: .zero).isEmpty)
    }

    @Test func aStreamBeginsWithItsPreludeAndGoesOn() {
        var session = session()
        let effects = session.attach(1, SockJSFormat(.eventSource), now: .zero)
        #expect(text(effects) == ["1: \r\n", "opened", "1: data: o\r\n\r\n"])
        #expect(text(session.send(bytes("a"), now: .zero)) == ["1: data: a[\"a\"]\r\n\r\n"])
        #expect(text(session.send(bytes("b"), now: .zero)) == ["1: data: a[\"b\"]\r\n\r\n"])
    }

    @Test func aStreamEndsAfterItsBytesAndTheNextGoesOn() {
        var session = session(.init(streamBytes: 4_096))
        _ = session.attach(1, SockJSFormat(.xhrStreaming), now: .zero)
        let message = String(repeating: "x", count: 128)
        for _ in 1...30 { #expect(session.send(bytes(message), now: .zero).count == 1) }
        #expect(text(session.send(bytes(message), now: .zero)).last == "1 ends")
        #expect(session.send(bytes("later"), now: .zero).isEmpty)
        #expect(
            text(session.attach(2, SockJSFormat(.xhrStreaming), now: .zero)).suffix(1) == ["2: a[\"later\"]\n"])
    }

    @Test func aSecondReceiverIsSentAway() {
        var session = polled()
        #expect(session.attach(2, SockJSFormat(.xhr), now: .zero).isEmpty)
        #expect(
            text(session.attach(3, SockJSFormat(.xhr), now: .zero)) == [
                "3: c[2010,\"Another connection still open\"]\n", "3 ends",
            ])
        #expect(session.detached(3, now: .zero).isEmpty)
        #expect(text(session.send(bytes("a"), now: .zero)) == ["2: a[\"a\"]\n", "2 ends"], "the first goes on")
    }

    @Test func aReceiverThatBreaksOffClosesTheSession() {
        var session = session()
        _ = session.attach(1, SockJSFormat(.xhrStreaming), now: .zero)
        #expect(session.detached(1, now: .zero) == [.ended(.interrupted)])
        #expect(!session.isOpen)
        #expect(
            text(session.attach(2, SockJSFormat(.xhr), now: .zero)) == [
                "2: c[1002,\"Connection interrupted\"]\n", "2 ends",
            ])
        #expect(session.tick(now: .seconds(5)) == [.forget])
    }

    @Test func aReceiverThatWasFinishedMayGo() {
        var session = polled()
        #expect(session.detached(1, now: .zero).isEmpty)
        #expect(session.isOpen)
    }

    @Test func withoutReceiverTheSessionEndsAfterFiveSeconds() {
        var session = polled()
        #expect(session.tick(now: .milliseconds(4_999)).isEmpty)
        #expect(session.tick(now: .seconds(5)) == [.ended(.interrupted), .forget])
        #expect(session.tick(now: .seconds(9)).isEmpty)
        #expect(session.send(bytes("a"), now: .seconds(9)).isEmpty)
    }

    @Test func eachReceiverBeginsTheFiveSecondsAnew() {
        var session = polled()
        _ = session.attach(2, SockJSFormat(.xhr), now: .seconds(4))
        #expect(session.tick(now: .seconds(20)).isEmpty)
        _ = session.send(bytes("a"), now: .seconds(20))
        #expect(session.tick(now: .seconds(24)).isEmpty)
        #expect(session.tick(now: .seconds(25)).last == .forget)
    }

    @Test func aSessionThatNeverBeganIsForgotten() {
        var session = session()
        #expect(session.tick(now: .seconds(5)) == [.forget])
    }

    @Test func aHeartBeatComesAfter25SecondsOfSilence() {
        var session = session()
        _ = session.attach(1, SockJSFormat(.webSocket), now: .zero)
        #expect(session.tick(now: .seconds(24)).isEmpty)
        #expect(text(session.tick(now: .seconds(25))) == ["1: h"])
        _ = session.send(bytes("a"), now: .seconds(40))
        #expect(session.tick(now: .seconds(50)).isEmpty)
        #expect(text(session.tick(now: .seconds(65))) == ["1: h"])
    }

    @Test func aHeartBeatEndsAPoll() {
        var session = polled()
        _ = session.attach(2, SockJSFormat(.xhr), now: .seconds(1))
        #expect(text(session.tick(now: .seconds(26))) == ["2: h\n", "2 ends"])
    }

    @Test func aClosedSessionSaysSoToEveryReceiver() {
        var session = polled()
        #expect(session.close(.goAway, now: .zero) == [.ended(.goAway)])
        for id in 2...3 as ClosedRange<UInt64> {
            #expect(
                text(session.attach(id, SockJSFormat(.xhr), now: .seconds(1))) == [
                    "\(id): c[3000,\"Go away!\"]\n", "\(id) ends",
                ])
        }
        #expect(session.close(.goAway, now: .zero).isEmpty)
        #expect(session.received(bytes("a")).isEmpty)
        #expect(session.tick(now: .seconds(5)) == [.forget])
    }

    @Test func closingEndsTheStreamThatWaits() {
        var session = session()
        _ = session.attach(1, SockJSFormat(.xhrStreaming), now: .zero)
        #expect(text(session.close(.goAway, now: .zero)) == ["1: c[3000,\"Go away!\"]\n", "1 ends", "ended 3000"])
        let second = text(session.attach(2, SockJSFormat(.xhrStreaming), now: .zero))
        #expect(second.dropFirst() == ["2: c[3000,\"Go away!\"]\n", "2 ends"])
        #expect(second[0].hasSuffix("hhh\n"), "the prelude comes first here too")
    }

    @Test func aWebSocketsSessionIsOverWithItsConnection() {
        var session = session()
        #expect(text(session.attach(1, SockJSFormat(.webSocket), now: .zero)) == ["opened", "1: o"])
        #expect(session.detached(1, now: .zero) == [.ended(.interrupted), .forget])
        session = self.session()
        _ = session.attach(1, SockJSFormat(.webSocket), now: .zero)
        #expect(
            text(session.close(.goAway, now: .zero)) == ["1: c[3000,\"Go away!\"]", "1 ends", "ended 3000", "forget"])
    }

    @Test func messagesComeInOnlyWhileTheSessionIsOpen() {
        var session = session()
        #expect(session.received(bytes("a")).isEmpty)
        _ = session.attach(1, SockJSFormat(.xhr), now: .zero)
        #expect(session.received(bytes("a", "b")) == [.received(Array("a".utf8)), .received(Array("b".utf8))])
    }
}
