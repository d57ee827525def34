/// A message of somebody's, from which a request of each kind is made: drawn from all messages, so busy conversations come often, as they do in life.
struct QuerySample: Sendable {
    /// The conversation's key and name.
    var key: Int
    var name: String
    /// One of its members.
    var user: String
    /// The id of a message in it.
    var ms: Int
    var seq: Int
    /// From where on the user is a member.
    var joinedMs: Int
    var joinedSeq: Int
    /// The last word of the message: words by a power law, as they are searched for.
    var word: String
    /// How many conversations the user is in.
    var memberships: Int

    /// Reads a row of ``query(count:)``; nil for another text.
    init?(_ row: String) {
        let parts = row.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 9, let key = Int(parts[0]), let ms = Int(parts[3]), let seq = Int(parts[4]),
            let joinedMs = Int(parts[5]), let joinedSeq = Int(parts[6]), let memberships = Int(parts[8])
        else { return nil }
        (self.key, name, user) = (key, String(parts[1]), String(parts[2]))
        (self.ms, self.seq, self.joinedMs, self.joinedSeq) = (ms, seq, joinedMs, joinedSeq)
        (word, self.memberships) = (String(parts[7]), memberships)
    }

    /// SQL for so many samples: some pages of the table of messages, as they lie.
    /// - Parameter total: about how many messages there are.
    static func query(count: Int, of total: Int) -> String {
        // A page of the table holds some dozens; a few times what is needed is taken, since pages are drawn by chance.
        let share = min(100, 100 * Double(count * 40) / Double(max(1, total)))
        return """
            select m.conversation, c.name, m.sender, m.ms, m.seq, i.joined_ms, i.joined_seq,
                substring(m.data from '([0-9a-z]+)"}$'),
                (select count(*) from history.members o where o.member = m.sender)
            from (
                select * from history.messages tablesample system (\(share)) repeatable (1) order by random() limit \(count)
            ) m
            join history.conversations c on c.key = m.conversation
            join history.members i on i.conversation = m.conversation and i.member = m.sender
            """
    }
}
