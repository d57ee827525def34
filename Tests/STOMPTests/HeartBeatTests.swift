import STOMP
import Testing

@Suite struct HeartBeatTests {
    @Test(arguments: [("0,0", 0, 0), ("10000,5000", 10_000, 5_000), (" 1 , 2 ", 1, 2)])
    func anOfferIsTwoNumbers(_ text: String, _ sends: Int, _ wants: Int) {
        #expect(HeartBeat.Offer(text) == HeartBeat.Offer(sends: sends, wants: wants))
    }

    @Test(arguments: ["", "1", "1,", ",1", "1,2,3", "-1,0", "a,b", "1.5,2", "9999999999,0"])
    func anythingElseIsNoOffer(_ text: String) {
        #expect(HeartBeat.Offer(text) == nil)
    }

    private let server = HeartBeat.Offer(sends: 10_000, wants: 10_000)

    @Test func theLongerIntervalHoldsInEachDirection() {
        let beat = HeartBeat(server: server, client: HeartBeat.Offer(sends: 20_000, wants: 5_000), now: .zero)
        #expect(beat.receiving == .seconds(20))
        #expect(beat.sending == .seconds(10))
    }

    @Test func whereOneSideSaysZeroThereIsNone() {
        let none = HeartBeat(server: server, client: .none, now: .zero)
        #expect(none.receiving == nil)
        #expect(none.sending == nil)
        var half = HeartBeat(server: HeartBeat.Offer(sends: 0, wants: 10_000), client: server, now: .zero)
        #expect(half.sending == nil)
        #expect(half.receiving == .seconds(10))
        #expect(half.tick(now: .seconds(15), next: .seconds(1)) == nil)
    }

    @Test func somethingIsSentBeforeTheIntervalIsOver() {
        var beat = HeartBeat(server: server, client: HeartBeat.Offer(sends: 0, wants: 10_000), now: .zero)
        #expect(beat.tick(now: .seconds(8), next: .seconds(1)) == nil)
        #expect(beat.tick(now: .seconds(9), next: .seconds(1)) == .send)
        #expect(beat.tick(now: .seconds(10), next: .seconds(1)) == nil)
        beat.sent(now: .seconds(17))
        #expect(beat.tick(now: .seconds(18), next: .seconds(1)) == nil)
        #expect(beat.tick(now: .seconds(26), next: .seconds(1)) == .send)
    }

    @Test func aSilentClientIsGivenUpAfterTwoIntervals() {
        var beat = HeartBeat(server: server, client: HeartBeat.Offer(sends: 10_000, wants: 0), now: .zero)
        #expect(beat.tick(now: .seconds(21), next: .seconds(1)) == nil)
        #expect(beat.tick(now: .seconds(22), next: .seconds(1)) == .silent)
        beat.received(now: .seconds(22))
        #expect(beat.tick(now: .seconds(43), next: .seconds(1)) == nil)
    }
}
