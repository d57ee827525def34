/// A service that was asked to stop and had to be cancelled.
struct StopTimeout: Error, CustomStringConvertible {
    let limit: Duration

    var description: String {
        "did not stop within \(limit.settingText) (SHUTDOWN_TIMEOUT): what was still running was cancelled"
    }
}
