import Messaging
import RedisStreams

/// Takes in the log, partition by partition.
struct IngestHandler: PartitionHandler {
    /// Entries of one partition that come at once, at most; ``BatchLane`` makes transactions of those of several.
    static let batch = 2500
    /// Entries of one partition in one read of the log.
    static let readCount = 500

    let writer: BatchWriter
    let deadLetters: DeadLetters
    let judge: ChangeJudge

    // Nothing is cached for a partition.
    func acquired(_ partition: Int) async {}
    func lost(_ partition: Int) async { writer.lost(partition) }

    func handle(_ batch: PartitionBatch) async throws {
        var records: [IngestRecord] = []
        records.reserveCapacity(batch.entries.count)
        var bytes = 0
        var requests: [ChangeRequest] = []
        var unreadable: [DeadLetters.Item] = []
        for entry in batch.entries {
            do throws(IngestRejection) {
                if let request = try ChangeRequest(entry) {
                    requests.append(request)
                } else if let record = try IngestRecord(partition: batch.partition, entry: entry) {
                    records.append(record)
                    bytes += entry.fields.size
                }
            } catch {
                unreadable.append(.init(id: entry.id, kind: .unreadable, reason: error.reason))
            }
        }
        try await deadLetters.put(unreadable, partition: batch.partition, on: batch.timeline)
        try await writer.write(records, bytes: bytes, partition: batch.partition)
        // When all that came before them is stored: that something later is stored, too, makes no difference to the verdict.
        try await judge.judge(requests, partition: batch.partition, on: batch.timeline)
    }
}
