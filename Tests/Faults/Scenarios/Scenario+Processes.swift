import TestStack

/// A service dies, or stops in its tracks and comes back believing that nothing has happened.
extension Scenario {
    static let processes: [Scenario] =
        ServiceKind.allCases.map(killed) + ServiceKind.allCases.map(paused)

    /// SIGKILL, and a new start 5 s later.
    private static func killed(_ kind: ServiceKind) -> Scenario {
        Scenario("\(kind.rawValue)-killed", "\(kind.title): SIGKILL, started again after 5 s") { scene in
            let victim = scene.stack.all(kind)[0]
            try await scene.trafficFlows()
            try await scene.fault("\(victim.name) killed", for: .seconds(5)) {
                try await victim.kill()
            } end: {
                try await victim.launch()
            }
        }
    }

    /// SIGSTOP for 20 s, then SIGCONT. A second one runs beside it and takes over, and then meets the first one, which believes that it still owns.
    private static func paused(_ kind: ServiceKind) -> Scenario {
        Scenario("\(kind.rawValue)-paused", "\(kind.title), one of two: SIGSTOP for 20 s, then SIGCONT") { plan in
            plan.routers = kind == .router ? 2 : 1
            plan.presences = kind == .presence ? 2 : 1
            plan.histories = kind == .history ? 2 : 1
        } fault: { scene in
            let victim = scene.stack.all(kind)[1]
            try await scene.trafficFlows()
            try await scene.fault("\(victim.name) paused", for: .seconds(20)) {
                await victim.suspend()
            } end: {
                await victim.resume()
            }
        }
    }
}

extension ServiceKind {
    /// What it is called in the table.
    var title: String { self == .edge ? "edge" : program }
}
