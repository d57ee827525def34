import Hummingbird
import Messaging
import ServiceRuntime

extension HistoryRoutes {
    typealias Handler = @Sendable (HistoryRoutes, Request, RESTContext) async throws -> Response

    /// The ids that a request may name, and so expect something of.
    private static let ids = ["before", "after", "around"]

    /// A handler whose queries run where everything is that the caller may know of (``ReadingPlaces``).
    func placed(_ handler: @escaping Handler) -> @Sendable (Request, RESTContext) async throws -> Response {
        { request, context in
            let user = try context.requireCaller().user
            var asked = ReadingPlaces.Asked(user: user, atLeast: try HistoryQuery.id("at_least", request))
            if context.parameters.get("conversation") != nil {
                asked.partition = partition(of: try HistoryQuery.conversation(context))
                // Those that cannot be read are answered by the handler.
                asked.ids = Self.ids.compactMap { try? HistoryQuery.id($0, request) }
                if let id = try? HistoryQuery.messageID(context) { asked.ids.append(id) }
            }
            var routes = self
            if let partition = asked.partition, (try? HistoryQuery.id("after", request)) != nil {
                routes.reader.tail = await reader.places.horizon.tail(of: partition)
            }
            do {
                return try await routes.answer(request, context, asked, handler)
            } catch is LogTail.NotStored {
                // Not while a connection is held.
                routes.reader.tail = try await reader.places.horizon.settled(
                    routes.reader.tail!, within: ReadingPlaces.patience)
                return try await routes.answer(request, context, asked, handler)
            }
        }
    }

    private func answer(
        _ request: Request, _ context: RESTContext, _ asked: ReadingPlaces.Asked, _ handler: Handler
    ) async throws -> Response {
        try await reader.places.read(asked) { source in
            var routes = self
            routes.reader.database = source
            return try await handler(routes, request, context)
        }
    }

    func partition(of conversation: Conversation) -> Int {
        Partition.of(conversation.description, count: partitions)
    }
}
