import ServiceRuntime
import TestStack
import Testing

@testable import LoadTest

/// What is sent, to whom, and what is remembered of it.
@Suite struct TrafficTests {
    // MARK: Plans

    @Test func pairsTalkAcrossEdges() {
        let plan = TrafficPlan.pairs(4, ports: [1, 2], name: "a")
        #expect(plan.users == ["a-0", "a-1", "a-2", "a-3"] && plan.ports == [1, 2, 1, 2])
        #expect(plan.streams.map(\.destination) == ["user:a-1", "user:a-0", "user:a-3", "user:a-2"])
        #expect(plan.streams.map(\.sender) == [0, 1, 2, 3] && plan.streams.map(\.recipients) == [[1], [0], [3], [2]])
        #expect(plan.fanOut == 1)
    }

    @Test func aGroupsMessageGoesToAllOthersAndItsMembersAreOnAllEdges() {
        let plan = TrafficPlan.groups(2, size: 4, senders: 2, ports: [1, 2], name: "a")
        #expect(plan.groups == ["a-g0": [0, 1, 2, 3], "a-g1": [4, 5, 6, 7]])
        #expect(plan.streams.map(\.sender) == [0, 1, 4, 5])
        #expect(plan.streams[1].recipients == [0, 2, 3] && plan.streams[1].destination == "group:a-g0")
        #expect(Set(plan.ports.prefix(4)) == [1, 2] && plan.fanOut == 3)
    }

    @Test func aTopicHasSubscribersAndNoMembers() {
        let plan = TrafficPlan.topics(1, size: 3, senders: 1, ports: [1], name: "a")
        #expect(plan.groups.isEmpty && plan.topics == [0: "a-g0", 1: "a-g0", 2: "a-g0"])
        #expect(plan.streams.map(\.destination) == ["topic:a-g0"])
    }

    @Test func plansAreAddedWithoutMixingTheirClientsUp() {
        var plan = TrafficPlan.pairs(2, ports: [1], name: "a")
        plan.add(.groups(1, size: 3, senders: 1, ports: [2], name: "b"))
        plan.add(.topics(1, size: 2, senders: 1, ports: [3], name: "c"))
        #expect(
            plan.users == ["a-0", "a-1", "b-0", "b-1", "b-2", "c-0", "c-1"] && plan.ports == [1, 1, 2, 2, 2, 3, 3])
        #expect(plan.streams[2].sender == 2 && plan.streams[2].recipients == [3, 4])
        #expect(plan.groups == ["b-g0": [2, 3, 4]] && plan.topics == [5: "c-g0", 6: "c-g0"])
        #expect(plan.streams[3].sender == 5 && plan.streams[3].recipients == [6])
    }

    @Test func eachEdgeIsFilledUpAndNoneIsEmptied() {
        var plan = TrafficPlan.pairs(4, ports: [1, 2], name: "a")
        plan.fill(upTo: 5, edges: [1, 2], name: "idle")
        #expect(plan.ports.count { $0 == 1 } == 5 && plan.ports.count { $0 == 2 } == 5)
        #expect(Set(plan.users).count == plan.users.count && plan.streams.count == 4)
        plan.fill(upTo: 1, edges: [1, 2], name: "idle")
        #expect(plan.users.count == 10)
    }

    // MARK: Steps

    @Test func stepsAreReadAsTheirSettingNamesThem() throws {
        #expect(try SystemStep.read("one-to-one") == [SystemStep(kind: .oneToOne)])
        #expect(try SystemStep.read("groups@500") == [SystemStep(kind: .groups, rate: 500)])
        #expect(try SystemStep.read("mixed@0.5") == [SystemStep(kind: .mixed, rate: 0.5)])
        #expect(try SystemStep.read("one-to-one@5000").map(\.name) == ["one-to-one at 5,000/s"])
        let knee = try SystemStep.read("knee")
        #expect(knee.allSatisfy { $0.isKnee && $0.kind == .oneToOne && $0.rate != nil } && knee.count > 5)
        #expect(zip(knee, knee.dropFirst()).allSatisfy { ($0.rate ?? 0) < ($1.rate ?? 0) })
    }

    @Test(arguments: [
        "", "one", "groups@", "groups@x", "groups@0", "groups@-1", "groups@1@2", "@5", "groups@1e7", "Groups",
    ])
    func whatIsNoStepIsRefusedWithWhatThereIs(text: String) {
        let error = #expect(throws: SettingsError.self) { try SystemStep.read(text) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("one-to-one, groups, topics, mixed"))
    }

    @Test func theArchitecturesBudgetsBelongToTheStepsThatTheyAreOf() throws {
        var step = LoadReport.Step(name: "", seconds: 1, unit: "messages", count: 28_000)
        #expect(try SystemStep.read("one-to-one")[0].budgets(step).map(\.isMet) == [true, true])
        step.count = 27_999
        #expect(try SystemStep.read("one-to-one")[0].budgets(step).map(\.isMet) == [false, true])
        // No latency at all is none that is low.
        #expect(try SystemStep.read("one-to-one@5000")[0].budgets(step).map(\.isMet) == [false, false])
        #expect(try SystemStep.read("one-to-one@6000")[0].budgets(step).isEmpty)
        #expect(try SystemStep.read("mixed")[0].budgets(step).isEmpty)
    }

    // MARK: Shapes

    @Test func eachNumberOfPartitionsIsTriedWithEachNumberOfRouters() {
        #expect(SystemShape.all(partitions: [], routers: []) == [SystemShape()])
        #expect(
            SystemShape.all(partitions: [1, 16], routers: [1, 2]).map(\.label) == [
                "1 partition, 1 router", "1 partition, 2 routers", "16 partitions, 1 router",
                "16 partitions, 2 routers",
            ])
        #expect(
            SystemShape.all(partitions: [], routers: [2], largeGroups: [50, 1000]).map(\.label) == [
                "2 routers, groups large beyond 50", "2 routers, groups large beyond 1000",
            ])
        #expect(SystemShape().label == "")
    }

    @Test func whatIsStartedIsNotLimitedInHowFastItMayBeAsked() {
        var plan = Stack.Plan()
        plan.environments["ws-edge"] = ["RATE": "5"]
        SystemShape(partitions: 4, routers: 2, largeGroup: 50).apply(to: &plan)
        #expect(plan.environment["PARTITIONS"] == "4" && plan.routers == 2 && plan.postgresIsDurable)
        #expect(plan.environments["message-router"] == ["LARGE_GROUP": "50"])
        #expect(plan.environments["ws-edge"]?["BURST"] == "1000000")
        #expect(plan.environments["ws-edge"]?["RATE"] == "5")
    }

    // MARK: Cost

    @Test func theSameStepUnderSeveralCircumstancesHasABudgetForItsCost() {
        func step(_ name: String, _ cost: Double, wanted: Double? = 5000) -> LoadReport.Step {
            var step = LoadReport.Step(name: name, seconds: 1, unit: "messages", count: 1, wanted: wanted)
            step.processes = [.init(name: "edge", isServer: true, cpuSeconds: 1, microseconds: cost, residentBytes: 0)]
            return step
        }
        let budgets = FlatCost.budgets([
            step("one-to-one at 5,000/s, 100 sessions an edge", 50), step("groups at 5/s", 70),
            step("one-to-one at 5,000/s, 15000 sessions an edge", 60),
            step("one-to-one, 100 sessions an edge", 50, wanted: nil),
            step("one-to-one, 15000 sessions an edge", 500, wanted: nil),
        ])
        #expect(budgets.map(\.reached) == [1.2] && budgets[0].isMet)
        #expect(budgets[0].name.hasPrefix("one-to-one at 5,000/s:"))
        // Groups by one log and by inboxes are not the same step.
        let groups = [50, 1000].flatMap { limit in
            [1, 4].map { partitions in
                let shape = SystemShape(partitions: partitions, largeGroup: limit)
                return step("groups at 5/s, \(shape.label)", Double(limit + partitions))
            }
        }
        #expect(FlatCost.budgets(groups).map(\.reached) == [54.0 / 51, 1004.0 / 1001])
        #expect(!FlatCost.budgets([step("a, 1 partition", 50), step("a, 16 partitions", 63)])[0].isMet)
    }

    @Test func twoRoutersSharesAreOfWhatCameMeanwhile() {
        let before = RouterShares([("router-1", 1000), ("router-2", 0)])
        var outcome = LoadOutcome(steps: [.init(name: "s", seconds: 1, unit: "messages", count: 1)])
        before.add(until: RouterShares([("router-1", 1450), ("router-2", 550)]), to: &outcome)
        #expect(outcome.steps[0].figures.map(\.value) == [45, 55])
        #expect(outcome.budgets.map(\.isMet) == [true])
        before.add(until: RouterShares([("router-1", 1390), ("router-2", 610)]), to: &outcome)
        #expect(outcome.budgets.map(\.isMet) == [true, false])
        #expect(RouterShares.value("a_total", in: "# HELP a_total x\na_total_more 3\na_total 7\n") == 7)
        #expect(RouterShares.value("b_total", in: "a_total 7\n") == 0)
    }

    @Test func whatScriptsRunIsToldFromWhatClientsAsk() throws {
        let client = #"1763740000.1 [0 127.0.0.1:40000] "XADD" "a[1 lua]" "b""#
        let script = #"1763740000.2 [0 lua] "XADD" "a" "b""#
        let lines = ["OK"] + Array(repeating: client, count: 40) + Array(repeating: script, count: 120)
        #expect(RedisCalls.share(in: lines.joined(separator: "\n")) == 0.25)
        #expect(RedisCalls.share(in: ["OK", client, script].joined(separator: "\n")) == nil)
        #expect(RedisCalls.total(in: "# Stats\r\ntotal_commands_processed:812\r\nother:1\r\n") == 812)
    }

    // MARK: Sends that wait

    @Test func aSendIsFoundByItsNumberOnceOnly() {
        var pending = PendingSends()
        #expect(pending.take(1) == nil)
        for n in 1...1000 as ClosedRange<UInt64> {
            pending.add(.init(n: n, time: n * 10, stream: 1, number: UInt32(n)))
        }
        #expect(pending.count == 1000)
        for n in (1...1000 as ClosedRange<UInt64>).reversed() { #expect(pending.take(n)?.time == n * 10) }
        #expect(pending.count == 0 && pending.take(5) == nil)
    }

    @Test func oneThatIsNeverAnsweredIsNotForgottenForThoseThatFollow() {
        var pending = PendingSends()
        pending.add(.init(n: 3, time: 3, stream: 0, number: 3))
        for n in 4...5000 as ClosedRange<UInt64> {
            pending.add(.init(n: n, time: n, stream: 0, number: 0))
            #expect(pending.take(n)?.time == n)
        }
        #expect(pending.count == 1)
        // The same by its lowest bits for many a doubling.
        pending.add(.init(n: 65_539, time: 9, stream: 0, number: 0))
        #expect(pending.take(3)?.number == 3 && pending.take(65_539)?.time == 9)
    }

    // MARK: Over time

    @Test func aTimelineIsCutIntoHalfSecondsWithTheTimesOfEach() {
        let half = Timeline.step
        let done: [(at: UInt64, nanoseconds: UInt64)] = [
            (100, 1_000_000), (200, 3_000_000), (half + 300, 8_000_000), (5, 1), (half * 2 + 60, 1), (half * 9, 1),
        ]
        let intervals = Timeline.made(of: done, from: 50, to: 50 + half * 2)
        #expect(intervals.map(\.count) == [2, 1])
        #expect(
            abs(intervals[0].p50 - 1) < 0.01 && abs(intervals[0].p99 - 3) < 0.01 && abs(intervals[1].p50 - 8) < 0.02)
        #expect(Timeline.Interval(start: 0, end: half, count: 10).rate == 20)
        #expect(Timeline.Interval(start: 5, end: 5, count: 10).rate == 0)
    }
}
