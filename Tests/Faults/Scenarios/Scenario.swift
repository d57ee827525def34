import TestStack

/// A fault: what is done to an installation while clients talk, and what that installation needs for it.
struct Scenario: Sendable {
    /// What it is called on the command line and in file names.
    let name: String
    /// What it is called in the table.
    let title: String
    /// What the installation needs, besides two edges and one of everything else.
    var stack: @Sendable (inout Stack.Plan) -> Void = { _ in }
    /// What is other than usual in the traffic.
    var traffic: @Sendable (inout AuditPlan) -> Void = { _ in }
    /// What may happen here, because it is not promised; the title says so. It is shown, and does not count against the run.
    var isPromised: @Sendable (AuditViolation) -> Bool = { _ in true }
    /// Why it cannot be done on this machine; nil when it can.
    var obstacle: @Sendable () async -> String? = { nil }
    /// What has to be in the result besides no violation: complaints.
    var check: @Sendable (AuditResult) -> [String] = { _ in [] }
    /// What is done.
    let fault: @Sendable (Scene) async throws -> Void

    init(
        _ name: String, _ title: String, stack: @escaping @Sendable (inout Stack.Plan) -> Void = { _ in },
        fault: @escaping @Sendable (Scene) async throws -> Void
    ) {
        self.name = name
        self.title = title
        self.stack = stack
        self.fault = fault
    }

    /// The same with changes.
    func with(_ change: (inout Scenario) -> Void) -> Scenario {
        var changed = self
        change(&changed)
        return changed
    }
}
