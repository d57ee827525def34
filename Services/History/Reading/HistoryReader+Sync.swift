import Messaging
import Postgres

extension HistoryReader {
    /// A page of everything for a user after an id, oldest first. Where `next` is nil, the pages hold everything that had been accepted when the last
    /// one was asked for.
    ///
    /// Partitions of the log are stored each at its own pace. So that a page is not ended past something that is yet to come, it reaches as far as all partitions
    /// have been stored. What was accepted before the request is waited for; where that takes long, `next` says to ask again.
    func sync(user: String, after id: StoredID, limit: Int) async throws -> Page<SyncQuery.Row> {
        var look = try await places.horizon.look()
        let newest = look.newest
        var rows = try await rows(for: user, after: id, look, limit: limit)
        if rows.count <= limit, look.stored < newest {
            look = try await places.horizon.look(within: ReadingPlaces.patience) { $0.stored >= newest }
            rows = try await self.rows(for: user, after: id, look, limit: limit)
        }
        var page = Page(rows, limit: limit, id: \.message.id)
        if page.next == nil, look.stored < newest { page.next = page.items.last?.message.id ?? id }
        return page
    }

    private func rows(
        for user: String, after id: StoredID, _ look: IngestHorizon.Look, limit: Int
    ) async throws -> [SyncQuery.Row] {
        let through = look.stored
        guard id < through else { return [] }
        var needed = LogPositions()
        for partition in look.partitions.indices { needed.raise(partition, to: through) }
        let positions = needed.capped(by: look.positions)
        return try await places.read(in: nil, as: { positions }) { source in
            try await source.read(SyncQuery(user: user, after: id, through: through, limit: limit + 1))
        }
    }
}
