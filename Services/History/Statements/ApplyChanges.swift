import Messaging
import Postgres
import ServiceRuntime

/// Changes messages as users wish, where they may (`apply_changes.sql`). A transaction of its own, harmless to repeat.
struct ApplyChanges: PostgresStatement {
    static let name = "apply_changes"
    static let sql = String(decoding: PackageResources.apply_changes_sql, as: UTF8.self)
    static let isRepeatable = true

    private static let deletion: Int32 = 1
    private static let admin: Int32 = 2

    /// In the order of the log.
    let requests: [ChangeRequest]
    let rules: ChangeRules

    var parameters: [PostgresParameter] {
        [
            .textArray(requests.map(\.conversation.description)), .int8Array(requests.map(\.message.ms)),
            .int4Array(requests.map(\.message.seq)), .textArray(requests.map(\.from)),
            .int8Array(requests.map(\.id.ms)), .int4Array(requests.map(\.id.seq)),
            .int4Array(
                requests.map { ($0.isDeletion ? Self.deletion : 0) | ($0.isAdmin ? Self.admin : 0) }),
            .textArray(bytes: requests.map(\.data)), .int8(rules.editWindow.inMilliseconds),
            .int8(rules.deleteWindow.inMilliseconds), .bool(rules.keepsOriginals),
        ]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> ChangeVerdict {
        let text = try row.text(0)
        guard let verdict = ChangeVerdict(rawValue: text) else {
            throw PostgresError(.unexpectedResult, "history.apply_change gave a verdict that is not known here")
        }
        return verdict
    }
}
