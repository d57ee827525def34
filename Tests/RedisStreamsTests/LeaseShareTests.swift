import Testing

@testable import RedisStreams

@Suite struct LeaseShareTests {
    private func shares(_ instances: [String], _ partitions: Int) -> [String: Set<Int>] {
        Dictionary(
            uniqueKeysWithValues: instances.map {
                ($0, LeaseShare.share(of: $0, among: instances, partitions: partitions))
            })
    }

    @Test(arguments: 1...7, [1, 2, 16, 64])
    func everyPartitionHasExactlyOneOwnerAndNobodyHasMoreThanItsShare(count: Int, partitions: Int) {
        let instances = (0..<count).map { "instance-\($0)" }
        let shares = shares(instances, partitions)
        #expect(shares.values.map(\.count).reduce(0, +) == partitions)
        #expect(shares.values.reduce(Set()) { $0.union($1) } == Set(0..<partitions))
        #expect(shares.values.allSatisfy { $0.count <= (partitions + count - 1) / count })
    }

    @Test func aloneAnInstanceHoldsEverythingEvenWhenTheListDoesNotNameItYet() {
        #expect(LeaseShare.share(of: "me", among: [], partitions: 16) == Set(0..<16))
    }

    @Test func theOrderOfTheListDoesNotMatter() {
        #expect(
            LeaseShare.share(of: "b", among: ["a", "b", "c"], partitions: 16)
                == LeaseShare.share(of: "b", among: ["c", "b", "a"], partitions: 16))
    }

    @Test func whenOneOfThreeGoesMostPartitionsOfTheOthersStay() {
        let before = shares(["a", "b", "c"], 64)
        let after = shares(["a", "b"], 64)
        let stayed = before["a"]!.intersection(after["a"]!).count + before["b"]!.intersection(after["b"]!).count
        let held = before["a"]!.count + before["b"]!.count
        #expect(stayed * 4 >= held * 3)
    }
}
