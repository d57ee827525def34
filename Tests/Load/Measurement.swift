import ServiceRuntime

/// One thing that `loadtest` measures: a subcommand.
protocol Measurement: SendableMetatype {
    static var name: String { get }
    /// One sentence for the help.
    static var summary: String { get }
    /// Its flags, besides those that all have.
    static var settings: [Setting] { get }

    /// Measures and prints.
    /// - Returns: whether all went well.
    /// - Throws: when it could not measure at all.
    static func run(_ settings: Settings) async throws -> Bool
}
