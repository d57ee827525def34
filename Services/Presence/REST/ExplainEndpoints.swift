import Hummingbird
import HummingbirdCore
import Messaging
import ServiceRuntime

/// `GET /v1/users/{user}/explain`: what is known of a user, for an operator who looks into why messages do not arrive.
struct ExplainEndpoints {
    let reader: ExplainReader
    let metrics: PresenceMetrics

    func add(to router: Router<RESTContext>) {
        router.get("/v1/users/:user/explain") { _, context in
            _ = try context.requireCaller(scope: "admin")
            let user = try context.parameters.require("user")
            guard Identifier.isValid(user) else {
                throw Problem.badRequest("user in the path must be \(Identifier.rule)")
            }
            let view = try await reader.view(of: user)
            metrics.explained(unanswered: view.edges.count { !$0.answered })
            return view
        }
    }
}
