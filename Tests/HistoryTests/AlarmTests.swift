import Testing

@testable import History

@Suite struct AlarmTests {
    @Test func aSleepThatWasCutShortLeavesNothingThatEndsTheNextOne() async {
        let alarm = Alarm()
        alarm.rouse()
        await alarm.sleep(until: .now + .seconds(3600))
        #expect(!alarm.isRoused)
    }

    @Test func aSleepEndsAtItsTime() async {
        let alarm = Alarm()
        await alarm.sleep(until: .now + .milliseconds(1))
        #expect(!alarm.isRoused)
    }

    @Test func aCallWhileNobodySleepsIsNotLost() async {
        let alarm = Alarm()
        alarm.rouse()
        #expect(alarm.isRoused)
        await alarm.sleep(until: nil)
        #expect(!alarm.isRoused)
    }

    @Test func cancellationEndsASleep() async {
        let alarm = Alarm()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await alarm.sleep(until: nil) }
            group.cancelAll()
        }
    }
}
