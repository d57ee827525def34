import Foundation
import ServiceRuntime

/// How many files a process may have open: each session is one.
enum FileLimit {
    /// Raises it as far as is allowed.
    /// - Throws: `SettingsError` when that is not enough for so many sessions.
    static func raise(for sessions: Int) throws {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur > UInt(sessions + 500) else {
            throw SettingsError(
                "sessions", "needs \(sessions + 500) open files and \(limit.rlim_cur) are allowed",
                remedy: "raise the limit with `ulimit -n`")
        }
    }
}
