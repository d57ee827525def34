import Foundation

/// Asks a Redis what becomes of its writes, over one link and without a process for each question.
final class RedisPersistence {
    private let descriptor: Int32

    /// Connects to a Redis of this machine; each wait for an answer is limited to a second. Nil when there is none.
    init?(port: Int, password: String?) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        if let password { guard ask("AUTH \(password)")?.hasPrefix("+OK") == true else { return nil } }
    }

    deinit { close(descriptor) }

    /// Whether an fsync of the log of commands is under way, in which Redis answers before it writes; nil when it does not say.
    var isSyncing: Bool? {
        guard let answer = ask("INFO persistence"), let line = answer.firstRange(of: "aof_pending_bio_fsync:") else {
            return nil
        }
        return answer[line.upperBound...].first != "0"
    }

    private func ask(_ command: String) -> String? {
        let request = Array("\(command)\r\n".utf8)
        let sent = unsafe request.withUnsafeBytes { bytes in
            unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == request.count else { return nil }
        // An answer is less than a page, and comes in one piece.
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
