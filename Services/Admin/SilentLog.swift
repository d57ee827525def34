import Logging

extension Logger {
    /// A log that keeps nothing: what goes wrong is told as the command's error.
    static let silent = Logger(label: "switchboard-admin") { _ in SwiftLogNoOpLogHandler() }
}
