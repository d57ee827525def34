import FoundationEssentials

/// The time of day, for what is named after it; never for measuring.
enum WallClock {
    /// Milliseconds since the Unix epoch.
    static var milliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
