import Foundation
import Synchronization

/// Folders of this process, removed when it exits. Those of processes that could not do so are removed by the next one.
///
/// With `SWITCHBOARD_KEEP=1` they stay, logs included.
package enum TemporaryFolders {
    private static let parent = FileManager.default.temporaryDirectory.path + "/switchboard-tests"
    private static let counter = Atomic(0)

    private static let root: String = {
        let path = "\(parent)/\(getpid())"
        let files = FileManager.default
        for other in (try? files.contentsOfDirectory(atPath: parent)) ?? [] {
            guard let pid = Int32(other), kill(pid, 0) != 0, errno == ESRCH else { continue }
            try? files.removeItem(atPath: "\(parent)/\(other)")
        }
        // Others than the owner pass through: Postgres runs as a user of its own when the tests run as root.
        try? files.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        if ProcessInfo.processInfo.environment["SWITCHBOARD_KEEP"] == nil {
            atexit { TemporaryFolders.removeAll() }
        }
        return path
    }()

    private static func removeAll() { try? FileManager.default.removeItem(atPath: root) }

    /// Makes a folder whose name begins with `name`.
    package static func make(_ name: String) throws -> String {
        let path = "\(root)/\(name)-\(counter.add(1, ordering: .relaxed).newValue)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        return path
    }

    /// A folder that outlives the process, for what is dear to make again.
    static func cache() throws -> String {
        let path = "\(FileManager.default.temporaryDirectory.path)/switchboard-tests-cache-\(getuid())"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        return path
    }
}
