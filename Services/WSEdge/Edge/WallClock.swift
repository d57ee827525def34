import FoundationEssentials

/// The time of day.
enum WallClock {
    /// Milliseconds since the Unix epoch.
    static var milliseconds: Int64 { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) }
}
