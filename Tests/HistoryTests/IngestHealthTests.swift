import ServiceRuntime
import Testing

@testable import History

@Suite struct IngestHealthTests {
    @Test func aPartitionThatFailsIsNamedUntilItIsStored() {
        let readiness = Readiness()
        let health = IngestHealth(readiness: readiness)
        health.failed([3, 1], reason: "the disk is full")
        #expect(readiness.failures.map(\.part) == ["ingest"])
        #expect(readiness.failures.map(\.reason) == ["partition 1 and 1 more: the disk is full"])
        health.stored([1])
        #expect(readiness.failures.map(\.reason) == ["partition 3: the disk is full"])
        health.stored([2])
        #expect(!readiness.failures.isEmpty)
        health.stored([3])
        #expect(readiness.failures.isEmpty)
    }

    @Test func whatFailedOfAPartitionThatIsAnothersIsNotToldHere() {
        let readiness = Readiness()
        let health = IngestHealth(readiness: readiness)
        health.failed([3], reason: "a lock")
        health.lost(3)
        #expect(readiness.failures.isEmpty)
    }
}
