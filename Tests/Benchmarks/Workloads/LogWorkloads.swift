import Messaging
import RedisStreams

extension Workload {
    static let log: [Workload] = [
        Workload("log: write a publish", against: .bytes(entryBytes), usual: 4.9) {
            let keys = Keys()
            return {
                for _ in 0..<operations {
                    keep(
                        PublishScript.command(
                            keys: keys, partition: 3, entry: Sample.entry, deduplication: .counter, limit: 1_000_000))
                }
            }
        },
        Workload("log: read an entry", against: .bytes(entryBytes), usual: 3.6) {
            let fields = StreamFields(Sample.entry.fields)
            return { for _ in 0..<operations { keep(made(try? LogEntry(fields: fields))) } }
        },
        Workload("log: write an entry's fields", against: .bytes(entryBytes), usual: 2.9) {
            { for _ in 0..<operations { keep(Sample.entry.fields) } }
        },
        // Ten recipients each: an operation is one of them.
        Workload("edge stream: write a recipient", against: .bytes(recipientBytes), usual: 1.6) {
            { for _ in 0..<(operations / 10) { keep(Sample.batch.encoded()) } }
        },
        Workload("edge stream: read a recipient", against: .bytes(recipientBytes), usual: 1.5) {
            let bytes = Sample.batch.encoded()
            return { for _ in 0..<(operations / 10) { keep(made(try? EdgeBatch(decoding: bytes))) } }
        },
        Workload("edge stream: pass over a recipient", against: .bytes(recipientBytes), usual: 1.6) {
            let bytes = Sample.batch.encoded()
            let here = EdgeBatch.fingerprint(of: "user-1005")
            return {
                for _ in 0..<(operations / 10) {
                    var batch = EdgeBatch()
                    var absent: [String]?
                    keep(made(try? batch.read(bytes, where: { $0 == here }, absent: &absent)))
                    keep(batch)
                }
            }
        },
    ]

    private static let entryBytes = StreamFields(Sample.entry.fields).size
    private static let recipientBytes = Sample.batch.encoded().count / 10
}
