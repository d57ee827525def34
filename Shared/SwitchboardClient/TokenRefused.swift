/// To be thrown by the closure that gets tokens, when asking again will not help without the user's doing. Any other error is tried again.
public struct TokenRefused: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// - Parameter reason: why, for the error that ``SwitchboardClient/run()`` ends with.
    public init(_ reason: String) { description = reason }
}
