import Messaging
import RedisStreams

extension PartitionRouter {
    /// More users than this are not looked up for a batch: what is left heals by the edges' check.
    private static let missLimit = 2000

    /// Edges were told of users whom they have no session of: they are looked up in the register, which writes down where they are, and the edges that have them are told to
    /// look into their inboxes. Once: nobody answers a look.
    func resolve(_ misses: [MissEntry]) async throws(RedisError) {
        let users = Array(Set(misses.flatMap(\.users)).prefix(Self.missLimit))
        guard !users.isEmpty else { return }
        tools.metrics.missed(users.count)
        let view = tools.finder.view()
        let replies = await tools.redis.execute(
            users.map { PlaceScript.command(keys: tools.keys, user: $0, home: view.home(of: $0)) },
            on: reader.timeline)
        var found: [(user: String, reply: PlaceScript.Reply)] = []
        for (user, reply) in zip(users, replies) {
            do throws(RedisError) {
                found.append((user, try PlaceScript.reply(reply.get())))
            } catch {
                guard !error.isOutage else { throw error }
            }
        }
        let edges = try await tools.edges.edges(of: Set(found.flatMap { $0.reply.incarnations }))
        var looks = EdgeFanout()
        var resolved = 0
        for (user, reply) in found {
            let targets = reply.incarnations.compactMap { edges[$0] }
            if !targets.isEmpty { resolved += 1 }
            guard reply.last > .zero else { continue }
            for edge in targets { looks.look(user: user, cursor: reply.last, to: .edge(edge)) }
        }
        tools.metrics.resolved(resolved)
        try await write(looks.take())
    }

    /// Has it written down that all sessions of these users are where the ring says again.
    func settle(_ users: [(user: String, whereabouts: Whereabouts)], _ view: EdgeView, _ edges: [String: String]) async
    {
        guard !users.isEmpty else { return }
        // What cannot be written down stays as it is: the sessions are read each time.
        _ = await tools.redis.execute(
            users.map { user, whereabouts in
                var dead: [String] = []
                if case .incarnations(let incarnations) = whereabouts {
                    dead = incarnations.filter { edges[$0] == nil }
                }
                return PlaceScript.command(keys: tools.keys, user: user, home: view.home(of: user), dead: dead)
            }, on: reader.timeline)
    }
}
