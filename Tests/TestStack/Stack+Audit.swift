package import Foundation
import Messaging

extension Stack {
    /// `ws://host:port/ws` of each edge.
    package var edgeURLs: [String] { edges.map { "ws://127.0.0.1:\($0.port)/ws" } }

    /// This stack as something to audit, Postgres included.
    package var auditTarget: AuditTarget {
        AuditTarget(
            edges: edgeURLs, router: router.url, presence: presence.url, history: history.url, secret: secret,
            rows: { [postgres] prefix, take in try await postgres.messages(ofSendersLike: prefix, take) })
    }

    /// Copies the logs of all that ever ran in it into a folder, as evidence.
    package func copyLogs(to folder: URL) throws {
        let files = FileManager.default
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, path) in logs where files.fileExists(atPath: path) {
            let copy = folder.appendingPathComponent("\(name).log")
            try? files.removeItem(at: copy)
            try files.copyItem(at: URL(fileURLWithPath: path), to: copy)
        }
    }

    /// Removes the data of its stores, for good: for programs that start many stacks one after the other.
    package func removeData() async {
        await redis.removeData()
        await sentinels?.second.removeData()
        await postgres.removeData()
    }
}

extension PostgresServer {
    /// Hands over history's rows of senders whose name begins with `prefix`, one after the other, without holding them all.
    func messages(
        ofSendersLike prefix: String, _ take: @Sendable (AuditTarget.Row) async throws -> Void
    ) async throws {
        guard prefix.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
            throw TestStackError(.process, "\(prefix) cannot be the beginning of a name")
        }
        let text = """
            COPY (
                SELECT c.name, m.ms || '-' || m.seq, m.sender, encode(convert_to(m.data, 'UTF8'), 'hex')
                FROM history.messages m JOIN history.conversations c ON c.key = m.conversation
                WHERE m.sender LIKE '\(prefix)%'
            ) TO STDOUT
            """
        try await lines(text) { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 4, let id = MessageID(fields[1]) else {
                throw TestStackError(.process, "a row of messages that is none: \(line)")
            }
            try await take(
                .init(
                    conversation: String(fields[0]), id: id, sender: String(fields[2]), data: Self.bytes(hex: fields[3])
                ))
        }
    }

    private static func bytes(hex: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hex.utf8.count / 2)
        var high: UInt8?
        for character in hex.utf8 {
            let digit = character - (character < 0x3A ? 0x30 : 0x57)
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }
}
