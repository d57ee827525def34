import RedisStreams

/// Takes in the log, partition by partition.
struct IngestHandler: PartitionHandler {
    let writer: BatchWriter
    let deadLetters: DeadLetters
    let metrics: HistoryMetrics

    // Nothing is cached for a partition.
    func acquired(_ partition: Int) async {}
    func lost(_ partition: Int) async {}

    func handle(_ batch: PartitionBatch) async throws {
        var records: [IngestRecord] = []
        records.reserveCapacity(batch.entries.count)
        for entry in batch.entries {
            do throws(IngestRejection) {
                records.append(try IngestRecord(partition: batch.partition, entry: entry))
            } catch {
                if try await deadLetters.put(entry.id, partition: batch.partition, reason: error.reason) {
                    metrics.countDeadLetter()
                }
            }
        }
        try await writer.write(records)
    }
}
