import ServiceRuntime

/// One thing that `switchboard-audit` does: a subcommand.
protocol AuditPart: SendableMetatype {
    static var name: String { get }
    /// One sentence for the help.
    static var summary: String { get }
    /// Its flags.
    static var settings: [Setting] { get }

    /// Does it and prints what it finds.
    /// - Returns: whether nothing was violated.
    /// - Throws: when it could not be done at all.
    static func run(_ settings: Settings) async throws -> Bool
}
