import Testing

@testable import TestStack

struct AuditPlanTests {
    @Test(arguments: [2, 4, 8, 14, 40, 200])
    func whoStaysInAGroupIsNobodyWhoLeavesIt(clients: Int) {
        let plan = AuditPlan {
            $0.clients = clients
            $0.largeGroups = 2
        }
        for group in plan.allGroups {
            let (members, movers) = (plan.members(ofGroup: group), plan.movers(ofGroup: group))
            #expect(!members.isEmpty)
            #expect(Set(members).count == members.count && Set(movers).count == movers.count)
            #expect(Set(members).isDisjoint(with: movers))
            #expect((members + movers).allSatisfy { (0..<plan.users).contains($0) })
        }
    }

    @Test func largeGroupsAreNumberedOnFromTheOthers() {
        let plan = AuditPlan {
            $0.groups = 3
            $0.largeGroups = 2
        }
        #expect(plan.allGroups.filter(plan.isLarge) == [3, 4])
        #expect(plan.members(ofGroup: 3).count == plan.largeGroupSize)
        #expect(plan.movers(ofGroup: 3).count == plan.largeGroupMovers)
        #expect(plan.groups(of: 0).allSatisfy { !plan.isLarge($0) })
        #expect(plan.largeGroups(of: plan.members(ofGroup: 4)[0]).contains(4))
    }
}
