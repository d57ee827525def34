import HTTPTypes
import Hummingbird
import Logging
import Messaging
import NIOCore
import ServiceLifecycle
import ServiceRuntime

/// Exports as NDJSON, one JSON object a line: of a conversation, and of a user.
struct ExportRoutes: Sendable {
    let history: HistoryRoutes
    let desk: ExportDesk

    func add(to router: Router<RESTContext>) {
        router.get("/v1/conversations/:conversation/export", use: conversation)
        router.get("/v1/users/:user/export", use: user)
    }

    @Sendable private func conversation(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        let conversation = try HistoryQuery.conversation(context)
        let (key, intervals) = try await granted(conversation, caller)
        let name = conversation.description
        return try stream(context, for: caller) { export, writer in
            writer.line { json in
                json.raw(#"{"type":"export","conversation":"#)
                json.identifier(name)
                json.raw(#","at":"#)
                json.number(export.end.ms)
                json.raw("}")
            }
            try await export.messages(of: name, key, intervals, to: &writer)
        }
    }

    @Sendable private func user(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        guard let user = context.parameters.get("user"), Identifier.isValid(user) else {
            throw Problem.badRequest("user: must be a user id, \(Identifier.rule)")
        }
        guard caller.user == user || caller.has("admin") else {
            throw Problem.forbidden("user: only \(user), or a token with the scope admin, gets this export")
        }
        return try stream(context, for: caller) { export, writer in
            writer.line { json in
                json.raw(#"{"type":"export","user":"#)
                json.identifier(user)
                json.raw(#","at":"#)
                json.number(export.end.ms)
                json.raw("}")
            }
            try await export.everything(of: user, to: &writer)
        }
    }

    /// What a caller gets of a conversation: an admin all of it, others what they may read.
    private func granted(_ conversation: Conversation, _ caller: Caller) async throws -> (Int64, [Interval]) {
        guard caller.has("admin") else { return try await history.granted(conversation, caller) }
        return try await history.everything(of: conversation)
    }

    /// Answers with lines as they are made. One that fails, or whose reader stops reading, is cut off, and lacks its last line.
    private func stream(
        _ context: RESTContext, for caller: Caller,
        _ write: @escaping @concurrent @Sendable (Export, inout ExportWriter) async throws -> Void
    ) throws -> Response {
        let place = try desk.enter(caller.user)
        let export = Export(reader: history.reader, end: StoredID(ms: WallClock.milliseconds, seq: .max))
        let body = ResponseBody { [desk, channel = context.channel, logger = context.logger] body in
            let pulse = ExportWriter.Pulse()
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await Self.watch(pulse, patience: desk.patience, channel) }
                    // It may take longer than a process may take to end: what lacks its last line is asked for again.
                    group.addTask {
                        try await gracefulShutdown()
                        channel.close(promise: nil)
                    }
                    defer { group.cancelAll() }
                    var writer = ExportWriter(body, pulse: pulse)
                    try await write(export, &writer)
                    // Before the end is told, so that whoever has read that may ask for another one.
                    place.leave()
                    try await writer.finish()
                }
                desk.metrics.export(.complete)
            } catch {
                desk.metrics.export(.aborted)
                logger.info("an export was cut off", metadata: ["reason": "\(error)"])
                throw error
            }
            // Until here the place is taken, and no longer than there is somebody to write for.
            withExtendedLifetime(place) {}
        }
        var response = Response(
            status: .ok, headers: [.contentType: "application/x-ndjson", .cacheControl: "no-store"])
        // For gateways that hold answers back: this one is to go out as it comes.
        response.headers[HTTPField.Name("X-Accel-Buffering")!] = "no"
        response.body = body
        return response
    }

    /// Hangs up on a reader that takes nothing for too long. Nobody waits for it, so it is ended with what it watches.
    private static func watch(
        _ pulse: ExportWriter.Pulse, patience: Duration, _ channel: (any Channel)?
    ) async throws {
        while true {
            let time = pulse.time
            try await Task.sleep(until: time + patience, clock: .continuous)
            guard pulse.time == time else { continue }
            channel?.close(promise: nil)
            return
        }
    }
}
