import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Messaging
import NIOCore
import RedisStreams
import ServiceRuntime

/// `/v1/groups`: who is in a group.
///
/// A change is an entry of the log, so it is ordered with the group's messages; the answer waits until the change has been applied (200, 201, 204), or says
/// after two seconds that it is on its way (202).
struct GroupEndpoints {
    /// What a group looks like to its members.
    struct View: ResponseEncodable {
        var id: String
        var name: String
        var members: [String]
        /// The id of the last change.
        var version: String
    }

    /// How long an answer waits for a change to be applied.
    static let patience = Duration.seconds(2)

    let publisher: LogPublisher
    let groups: GroupReader
    /// The most members that a group can be given without the scope `admin`.
    let limit: Int

    /// For how many requests one counts: a change of all members at once keeps a partition busy for longer than one of a few.
    static let costs = ["PUT /v1/groups/{id}": 10]

    func add(to router: Router<RESTContext>) {
        router.group("/v1/groups/:id")
            .put { try await put($0, $1) }
            .get { try await get($1) }
            .delete { try await delete($1) }
        router.group("/v1/groups/:id/members/:user")
            .put { try await addMember($1) }
            .delete { try await removeMember($1) }
    }

    // MARK: The group

    private func put(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        let id = try Self.parameter("id", context)
        let asked = try GroupRequest(await body(of: request, caller))
        var members = asked.members
        let existing = try await groups.standing(id, of: [caller.user])
        let isNew = existing?.group.exists != true
        if let existing, !isNew {
            try Self.requireMember(caller, existing, id)
        } else if !members.contains(caller.user) {
            members.append(caller.user)
        }
        try check(count: members.count, caller)
        let change = MembershipChange(operation: .replace, name: asked.name, members: members)
        let (version, isApplied) = try await apply(change, to: id, caller)
        let view = View(id: id, name: asked.name, members: members.sorted(), version: version.description)
        return try EditedResponse(status: isApplied ? (isNew ? .created : .ok) : .accepted, response: view)
            .response(from: request, context: context)
    }

    private func get(_ context: RESTContext) async throws -> View {
        let caller = try context.requireCaller()
        let id = try Self.parameter("id", context)
        try Self.requireMember(caller, try await existing(id, caller), id)
        guard var group = try await groups.group(id), group.exists else { throw Self.absent(id) }
        if group.isLarge { group.members = try await groups.members(of: id) }
        return View(
            id: id, name: group.name, members: group.members.sorted(), version: group.version.description)
    }

    private func delete(_ context: RESTContext) async throws -> HTTPResponse.Status {
        let caller = try context.requireCaller()
        let id = try Self.parameter("id", context)
        try Self.requireMember(caller, try await existing(id, caller), id)
        return try await answer(MembershipChange(operation: .delete), to: id, caller)
    }

    // MARK: One member

    private func addMember(_ context: RESTContext) async throws -> HTTPResponse.Status {
        let caller = try context.requireCaller()
        let id = try Self.parameter("id", context)
        let user = try Self.parameter("user", context)
        let standing = try await existing(id, caller, user)
        try Self.requireMember(caller, standing, id)
        let isMember = standing.members.contains(user)
        // Who is one already makes it no larger.
        if !isMember { try check(count: standing.count + 1, caller) }
        let status = try await answer(MembershipChange(operation: .add, members: [user]), to: id, caller)
        // Others may have filled the group up meanwhile: then the change was refused when its turn came.
        if status == .noContent, !isMember, let after = try await groups.standing(id, of: [user]), after.group.exists,
            after.members.isEmpty
        {
            try GroupRequest.check(count: after.count + 1)
        }
        return status
    }

    private func removeMember(_ context: RESTContext) async throws -> HTTPResponse.Status {
        let caller = try context.requireCaller()
        let id = try Self.parameter("id", context)
        let user = try Self.parameter("user", context)
        try Self.requireMember(caller, try await existing(id, caller), id)
        return try await answer(MembershipChange(operation: .remove, members: [user]), to: id, caller)
    }

    // MARK: Parts of it

    /// A body of the size that it takes to name as many members as the caller may.
    private func body(of request: Request, _ caller: Caller) async throws -> [UInt8] {
        let most = caller.has("admin") ? GroupRequest.maximumBodySize : GroupRequest.bodySize(members: limit)
        do {
            return Array(try await request.body.collect(upTo: most).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(
                "the body is larger than \(most) bytes, which is the most without the scope admin: give fewer members, or add them one by one"
            )
        }
    }

    /// - Throws: `Problem` 400 for more members than a group may have, 403 for more than this caller may give it.
    private func check(count: Int, _ caller: Caller) throws(Problem) {
        try GroupRequest.check(count: count)
        guard count <= limit || caller.has("admin") else {
            throw .forbidden(
                "field 'members': \(count) members are more than the \(limit) of GROUP_LIMIT: that needs the scope admin"
            )
        }
    }

    private static func parameter(_ name: String, _ context: RESTContext) throws -> String {
        let value = try context.parameters.require(name)
        guard Identifier.isValid(value) else {
            throw Problem.badRequest("\(name) in the path must be \(Identifier.rule)")
        }
        return value
    }

    /// How the group stands, and whether the caller, and another, are members.
    private func existing(_ id: String, _ caller: Caller, _ other: String? = nil) async throws -> GroupStanding {
        let users = [caller.user] + (other.map { [$0] } ?? [])
        guard let standing = try await groups.standing(id, of: users), standing.group.exists else {
            throw Self.absent(id)
        }
        return standing
    }

    private static func absent(_ id: String) -> Problem { .notFound("there is no group \(id)") }

    private static func requireMember(_ caller: Caller, _ standing: GroupStanding, _ id: String) throws(Problem) {
        guard standing.members.contains(caller.user) || caller.has("admin") else {
            throw .forbidden("\(caller.user) is no member of the group \(id)")
        }
    }

    private func answer(
        _ change: MembershipChange, to id: String, _ caller: Caller
    ) async throws -> HTTPResponse.Status {
        try await apply(change, to: id, caller).isApplied ? .noContent : .accepted
    }

    private func apply(
        _ change: MembershipChange, to id: String, _ caller: Caller
    ) async throws -> (version: MessageID, isApplied: Bool) {
        let data = Array(try JSONEncoder().encode(change))
        let version = try await publisher.append(
            LogEntry(kind: .member, conversation: .group(id), from: caller.user, device: "", n: 0, data: data))
        let end = ContinuousClock.now + Self.patience
        var pause = Duration.milliseconds(2)
        while true {
            if try await groups.version(id) >= version { return (version, true) }
            guard ContinuousClock.now < end else { return (version, false) }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }
}
