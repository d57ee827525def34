import ServiceRuntime

/// One thing that `switchboard-audit` does: a subcommand.
protocol AuditPart: SendableMetatype {
    static var name: String { get }
    /// One sentence for the help.
    static var summary: String { get }
    /// Its flags.
    static var settings: [Setting] { get }

    /// Does it and prints what it finds.
    /// - Returns: the exit code: 0 when nothing was violated, 1 when something was, 2 when part of it could not be done.
    /// - Throws: when it could not be done at all.
    static func run(_ settings: Settings) async throws -> Int32
}
