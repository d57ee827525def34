import Foundation

/// A small disk for one process: a file system in memory that only that process sees, and that ends with it.
///
/// The process gets a mount namespace of its own; others reach the disk through `/proc/<pid>/root`.
struct RedisDisk: Sendable {
    /// Where the process finds it.
    let folder: String
    let megabytes: Int

    /// The same launch with this disk mounted for it.
    func wrap(_ launch: ChildProcess.Launch) throws -> ChildProcess.Launch {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = "mount -t tmpfs -o size=\(megabytes)m,mode=755 tmpfs \"$0\" && exec \"$@\""
        var wrapped = launch
        wrapped.program = try Programs.installed("unshare", package: "util-linux")
        // Without root a user namespace of its own gives the right to mount, where the system allows it.
        wrapped.arguments =
            (getuid() == 0 ? ["--mount"] : ["--map-root-user", "--mount"])
            + ["sh", "-c", script, folder, launch.program] + launch.arguments
        return wrapped
    }

    /// Writes until nothing more fits.
    func fill(of pid: Int32) throws {
        let path = ballast(pid)
        let file = try Self.open(path)
        defer { close(file) }
        let block = [UInt8](repeating: 0, count: 65_536)
        for size in [65_536, 4096, 1] {
            var written = size
            while written > 0 {
                written = unsafe block.withUnsafeBytes { unsafe write(file, $0.baseAddress, size) }
            }
            guard written < 0, errno == ENOSPC else {
                throw TestStackError(.process, "\(path): \(unsafe String(cString: strerror(errno)))")
            }
        }
    }

    /// Removes what ``fill(of:)`` has written.
    func free(of pid: Int32) throws { try FileManager.default.removeItem(atPath: ballast(pid)) }

    private func ballast(_ pid: Int32) -> String { "/proc/\(pid)/root\(folder)/ballast" }

    private static func open(_ path: String) throws -> Int32 {
        let file = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard file >= 0 else {
            throw TestStackError(.process, "\(path): \(unsafe String(cString: strerror(errno)))")
        }
        return file
    }
}
