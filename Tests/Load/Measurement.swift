import ServiceRuntime

/// One thing that `loadtest` measures: a subcommand.
protocol Measurement: SendableMetatype {
    static var name: String { get }
    /// One sentence for the help.
    static var summary: String { get }
    /// Its flags, besides those that all have.
    static var settings: [Setting] { get }

    /// Measures and prints.
    /// - Returns: the exit code: 0 when all went well and every budget was met, 1 when not, 2 when the figures say nothing.
    /// - Throws: when it could not measure at all.
    static func run(_ settings: Settings) async throws -> Int32
}
