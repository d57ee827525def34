import HTTPTypes
import Hummingbird
import Logging
import Messaging
import NIOCore
import ServiceRuntime

/// What is asked for and takes longer than a request: the erasure of a user, and how far it is.
struct JobRoutes: Sendable {
    let jobs: JobBook

    func add(to router: Router<RESTContext>) {
        router.delete("/v1/users/:user/data", use: erase)
        router.get("/v1/jobs/:job", use: job)
    }

    @Sendable private func erase(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller(scope: "admin")
        guard let user = context.parameters.get("user"), Identifier.isValid(user) else {
            throw Problem.badRequest("user: must be a user id, \(Identifier.rule)")
        }
        let job = try await jobs.ask(ErasureWork.kind, user)
        context.logger.notice(
            "a user is to be erased", metadata: ["of": "\(user)", "by": "\(caller.user)", "job": "\(job.id)"])
        return Self.answer(job, .accepted, [.location: "/v1/jobs/\(job.id)"])
    }

    @Sendable private func job(_ request: Request, _ context: RESTContext) async throws -> Response {
        _ = try context.requireCaller(scope: "admin")
        guard let text = context.parameters.get("job"), let id = Int64(text), id > 0, String(id) == text else {
            throw Problem.badRequest("job: must be a job's id, a whole number such as 17")
        }
        guard let job = try await jobs.job(id) else {
            throw Problem.notFound("job: there is no job \(id), or it was done long ago")
        }
        return Self.answer(job, .ok)
    }

    private static func answer(_ job: Job, _ status: HTTPResponse.Status, _ more: HTTPFields = [:]) -> Response {
        var json = JSONText()
        json.job(job)
        var headers = more
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}
