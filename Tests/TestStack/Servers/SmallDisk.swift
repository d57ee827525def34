import Foundation

/// A small disk for one process: a file system in memory that only that process sees, and that ends with it.
///
/// The process gets a mount namespace of its own; others reach the disk through `/proc/<pid>/root`.
struct SmallDisk: Sendable {
    /// Where the process finds it.
    let folder: String
    let megabytes: Int

    /// Why a process cannot have a disk of its own here; nil when it can.
    static func obstacle() async -> String? {
        do {
            let disk = SmallDisk(folder: try TemporaryFolders.make("disk"), megabytes: 1)
            let launch = try disk.wrap(.init(Programs.installed("true", package: "coreutils")))
            let result = try await ChildProcess.run("mount", launch, within: .seconds(20))
            return result.code == 0 ? nil : "a disk to fill cannot be mounted here (as root it can): \(result.output)"
        } catch {
            return "\(error)"
        }
    }

    /// The same launch with this disk mounted for it, as its user's.
    func wrap(_ launch: ChildProcess.Launch) throws -> ChildProcess.Launch {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var wrapped = launch
        wrapped.program = try Programs.installed("unshare", package: "util-linux")
        guard getuid() == 0 else {
            // Without root a user namespace of its own gives the right to mount, where the system allows it.
            wrapped.arguments =
                ["--map-root-user", "--mount", "sh", "-c", Self.script(megabytes), folder, launch.program]
                + launch.arguments
            return wrapped
        }
        var command = [launch.program] + launch.arguments
        var options = ""
        if let user = launch.user {
            // It is root that mounts; becoming another user clears the signal at the parent's death, so it is set anew.
            guard let entry = unsafe getpwnam(user) else {
                throw TestStackError(.process, "there is no system user \(user)")
            }
            let (uid, gid) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
            options = ",uid=\(uid),gid=\(gid)"
            command =
                [
                    try Programs.installed("setpriv", package: "util-linux"), "--reuid=\(user)", "--regid=\(user)",
                    "--init-groups", "--pdeathsig", launch.deathSignal, "--",
                ] + command
            wrapped.user = nil
        }
        wrapped.arguments = ["--mount", "sh", "-c", Self.script(megabytes, options), folder] + command
        return wrapped
    }

    private static func script(_ megabytes: Int, _ options: String = "") -> String {
        "mount -t tmpfs -o size=\(megabytes)m,mode=755\(options) tmpfs \"$0\" && exec \"$@\""
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
