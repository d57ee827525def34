import FoundationEssentials
import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A JWKS file and what it looked like when it was last read.
final class KeyFile: Sendable {
    /// What changes when a file is written or replaced, also by way of a symbolic link.
    private struct Signature: Equatable {
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    let path: String
    private let lastSeen = Mutex<Signature?>(nil)

    init(path: String) {
        self.path = path
    }

    /// Whether the file is another than the one last read. One that is away for a moment has not changed.
    func hasChanged() -> Bool {
        guard let current = signature() else { return false }
        return lastSeen.withLock { $0 != current }
    }

    /// The keys of the file.
    ///
    /// - Throws: ``AuthenticationError`` with the code `configuration`.
    func read(logger: Logger) async throws(AuthenticationError) -> [VerificationKey] {
        // Taken before reading: what is written meanwhile makes another change.
        let current = signature()
        lastSeen.withLock { $0 = current }
        let content: Data
        do {
            content = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw AuthenticationError(
                .configuration,
                "AUTH_JWKS_FILE \"\(path)\" cannot be read: give the path of a file that this user may read")
        }
        return try await PublishedKeys.decode(content, path: path, logger: logger)
    }

    private func signature() -> Signature? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        #if os(Linux)
            let time = status.st_mtim
        #else
            let time = status.st_mtimespec
        #endif
        return Signature(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }
}
