import Messaging
import RedisStreams

extension Workload {
    /// How many entries a reply of XREAD has.
    private static let entriesAtOnce = 10

    static let redis: [Workload] = [
        Workload("RESP: write a command", against: .bytes(160), usual: 4.1) {
            let fields = Sample.entry.fields
            return { for _ in 0..<operations { keep(RedisCommand.append(to: "sb:{p:3}:log", fields: fields)) } }
        },
        Workload("RESP: read an entry", against: .bytes(reply.count / entriesAtOnce), usual: 5.6) {
            let reader = made(ReplyReader())
            let bytes = reply
            return {
                for _ in 0..<(operations / entriesAtOnce) {
                    reader.feed(bytes)
                    keep(made(try? StreamEntry.streams(made(try? reader.next()))))
                }
            }
        },
    ]

    /// What Redis answers to an XREAD that finds ten messages.
    static let reply: [UInt8] = {
        func bulk(_ bytes: [UInt8]) -> [UInt8] { Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8) }
        var reply = Array("*1\r\n*2\r\n".utf8) + bulk(Array("sb:{p:3}:log".utf8)) + Array("*\(entriesAtOnce)\r\n".utf8)
        for number in 0..<entriesAtOnce {
            let fields = Sample.entry.fields
            reply += Array("*2\r\n".utf8) + bulk(Array(Sample.id(number).description.utf8))
            reply += Array("*\(fields.count)\r\n".utf8)
            for field in fields { reply += bulk(field) }
        }
        return reply
    }()
}
