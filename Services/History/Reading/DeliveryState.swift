import Messaging
import RedisStreams

/// Up to where users' devices have what was said, from their inboxes in Redis. Topics, and groups with a log of their own, are not in inboxes.
struct DeliveryState: Sendable {
    let redis: RedisConnection
    let keys: Keys
    let partitions: Int

    /// Up to which id each of the users has everything of a conversation, which may be another conversation's id; nil where that is not known.
    func received(by users: [String], of conversation: Conversation) async throws(RedisError) -> [StoredID?] {
        switch conversation.kind {
        // What is not in inboxes: those who hear it are known to their edges alone.
        case .topic: return Array(repeating: nil, count: users.count)
        case .group(let group):
            let large = await redis.execute([RedisCommand("HEXISTS", .text(keys.group(group)), "large")])
            if try large[0].get().int == 1 { return Array(repeating: nil, count: users.count) }
        case .direct: break
        }
        let name = conversation.description
        let partition = Partition.of(name, count: partitions)
        let replies = await redis.execute(
            users.map { ReceivedScript.command(keys: keys, user: $0, conversation: name, partition: partition) })
        var ids: [StoredID?] = []
        for reply in replies {
            switch try ReceivedScript.reply(reply.get()) {
            case .through(let id): ids.append(StoredID(clamping: id))
            case .before(let id): ids.append(StoredID(clamping: id).predecessor)
            case .unknown: ids.append(nil)
            }
        }
        return ids
    }
}
