import Messaging
import Testing

@testable import TestStack

struct MembershipTimelineTests {
    private func event(_ kind: RecordEvent.Kind, after: UInt64, upTo: UInt64) -> RecordEvent {
        var event = RecordEvent(kind)
        event.cursor = MessageID(milliseconds: after, sequence: 0)
        event.id = MessageID(milliseconds: upTo, sequence: 0)
        return event
    }

    private func answers(_ timeline: MembershipTimeline, _ times: UInt64...) -> [MembershipTimeline.Answer] {
        times.map { timeline.isMember(at: MessageID(milliseconds: $0, sequence: 0)) }
    }

    @Test func aMemberIsOneBetweenJoiningAndLeaving() {
        var timeline = MembershipTimeline()
        timeline.add(event(.left, after: 20, upTo: 20))
        timeline.add(event(.joined, after: 10, upTo: 10))
        #expect(answers(timeline, 9, 11, 19, 21) == [.no, .yes, .yes, .no])
    }

    @Test func withinTheWindowOfAnUncertainChangeItIsEither() {
        var timeline = MembershipTimeline()
        timeline.add(event(.joined, after: 10, upTo: 10))
        timeline.add(event(.left, after: 20, upTo: 30))
        #expect(answers(timeline, 15, 20, 21, 30, 31) == [.yes, .yes, .either, .either, .no])
    }
}
