import HotPathWorkloads
import Testing

@Suite struct WorkloadTests {
    /// What does not do what it says ends the process.
    @Test(arguments: Workload.all.map(\.name)) func aWorkloadDoesWhatItSaysAgainAndAgain(_ name: String) throws {
        let workload = try #require(Workload.all.first { $0.name == name })
        let (work, reference) = (workload.slice(), workload.reference.slice())
        for _ in 0..<2 {
            work()
            reference()
        }
    }

    @Test func eachHasANameOfItsOwnAndAUsualRatio() {
        #expect(Set(Workload.all.map(\.name)).count == Workload.all.count)
        #expect(Workload.all.allSatisfy { $0.usual > 0 && $0.usual.isFinite })
    }

    @Test func aNameSurvivesTheFileOfResults() {
        // There blanks are underscores, and points part the name from the target's.
        #expect(Workload.all.allSatisfy { !$0.name.contains("_") && !$0.name.contains(".") })
    }
}
