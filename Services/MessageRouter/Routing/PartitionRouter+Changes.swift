import Messaging
import RedisStreams

/// What history has decided about changing a message.
extension PartitionRouter {
    /// An outcome goes to everybody to whom a message of that conversation would go now, also to the device that asked: so it learns that it was granted. A refusal
    /// concerns that device alone; it goes through the user's inbox, so that it is there when the device comes back.
    func routeChange(_ entry: RoutedEntry) async throws {
        let log = entry.log
        guard let asked = log.change, let id = asked.id else {
            throw MessagingError(.badEntry, "the log entry says nothing of which message was changed")
        }
        let change: MessageChange =
            switch log.kind {
            case .edited: .edited(asked.message)
            case .deleted: .deleted(asked.message)
            default: .refused(asked.message, n: log.n, asked.code ?? .forbidden)
            }
        let isRefusal = log.kind == .refused
        let message = DeliverScript.Entry(
            conversation: log.conversation.description, from: log.from, device: isRefusal ? log.device : "",
            data: log.data, change: change)
        guard isRefusal else { return try await deliver(message, id: id, entry) }
        // Over REST it was said in the answer, or nobody waits for it.
        guard !log.device.isEmpty else { return }
        try await add(
            .message(id: id, source: entry.source, message), to: without(settledOf: entry, entry.only ?? [log.from]))
    }
}
