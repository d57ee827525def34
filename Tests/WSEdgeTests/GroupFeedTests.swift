import Messaging
import NIOCore
import Testing

@testable import WSEdge

/// Who is a member of a large group gets everything, once, in order, or is told of a gap; and who is none gets nothing, whatever comes between.
@Suite struct GroupFeedTests {
    private func faults(_ listener: GroupFeedModel.Listener, _ model: GroupFeedModel) -> [String] {
        var faults: [String] = []
        var before = MessageID.zero
        for case .message(let place) in listener.events {
            if place <= before { faults.append("\(place) after \(before)") }
            before = place
            guard let said = model.said.first(where: { $0.place == place }) else {
                faults.append("\(place) was never said")
                continue
            }
            if !said.members.contains(listener.user) { faults.append("heard \(place), which was not for it") }
        }
        for said in model.said where said.members.contains(listener.user) {
            // Owed is what was said in a membership of which it noticed the beginning.
            guard let began = listener.owedSince.last(where: { $0 < said.place }),
                !model.departures.contains(where: {
                    $0.user == listener.user && $0.place > began && $0.place < said.place
                }), !isCovered(said.place, listener)
            else { continue }
            faults.append("lacks \(said.place), owed since \(began)")
        }
        return faults
    }

    /// Whether it was told the message, or that it is missing.
    private func isCovered(_ place: MessageID, _ listener: GroupFeedModel.Listener) -> Bool {
        for (index, event) in listener.events.enumerated() {
            switch event {
            case .message(place): return true
            case .gap(let after) where after < place:
                let next = listener.events[index...].compactMap { if case .message(let id) = $0 { id } else { nil } }
                if next.first ?? place >= place { return true }
            default: break
            }
        }
        return false
    }

    private func run(_ model: GroupFeedModel, steps: Int) {
        for _ in 0..<steps {
            switch Int.random(in: 0..<24, using: &model.random) {
            case 0...5: model.say()
            case 6...9: model.hint(loses: true)
            case 10...12: model.execute()
            case 13...15: model.answer()
            case 16, 17: model.join()
            case 18: model.leave()
            case 19, 20: model.review()
            case 21: model.changeRoom()
            case 22: model.topic.tick(now: .now())
            default: model.topic.renew(.now())
            }
        }
        model.settle()
    }

    @Test(arguments: 0..<400 as Range<UInt64>)
    func membersGetEverythingAndOthersNothing(_ seed: UInt64) {
        let model = GroupFeedModel(seed: seed, capacity: 100_000)
        run(model, steps: 400)
        for listener in model.listeners { #expect(faults(listener, model) == []) }
    }

    @Test(arguments: 0..<400 as Range<UInt64>)
    func alsoWhereTheLogForgets(_ seed: UInt64) {
        let model = GroupFeedModel(seed: seed, capacity: Int(seed % 9))
        model.fails = seed % 2 == 0
        run(model, steps: 400)
        for listener in model.listeners { #expect(faults(listener, model) == []) }
    }

    @Test func whoComesBackIsToldOfAGapOnlyIfSomethingWasSaid() {
        let model = GroupFeedModel(seed: 1, capacity: 100)
        for _ in 0..<20 { model.join() }
        model.say()
        let place = model.said[0].place
        let one = model.listeners[0]
        one.ear = model.topic.admit(one, returningTo: place)
        model.settle()
        #expect(one.events == [])
        model.topic.remove(one.ear!)
        model.say()
        one.ear = model.topic.admit(one, returningTo: place)
        model.settle()
        #expect(one.events == [.gap(after: place)])
        model.say()
        model.settle()
        #expect(one.events.last == .message(model.said[2].place))
    }
}
