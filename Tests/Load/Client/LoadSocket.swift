import Foundation

/// One WebSocket of a load: bytes in and out, and where it stands. Confined to its ``LoadLoop``'s thread.
///
/// Only what this server does is understood: whole messages, text, no extensions. Frames are masked with noughts, which the protocol allows and which costs nothing.
struct LoadSocket {
    enum Phase { case idle, connecting, upgrading, open, closed }

    var descriptor: Int32 = -1
    var phase = Phase.idle
    /// What came of a frame that is not complete.
    var rest: [UInt8] = []
    /// What has still to be written.
    var out: [UInt8] = []
    var isDirty = false
    /// Whether the socket took no more.
    var isBlocked = false

    /// Connects to a port of this machine, without waiting.
    static func connect(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw LoadError.system("socket", errno) }
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 || errno == EINPROGRESS else {
            let code = errno
            close(descriptor)
            throw LoadError.system("connect", code)
        }
        return descriptor
    }

    /// The request of a handshake. `target` is the path with its query.
    static func request(target: String, port: UInt16) -> [UInt8] {
        Array(
            ("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bG9hZCB0ZXN0IGNsaWVudA==\r\n\r\n").utf8)
    }

    /// Has a text sent at the end of the turn.
    mutating func send(_ text: some Collection<UInt8>, opcode: UInt8 = 1) {
        out.append(0x80 | opcode)
        let count = text.count
        if count < 126 {
            out.append(0x80 | UInt8(count))
        } else if count < 65_536 {
            out += [0xfe, UInt8(count >> 8), UInt8(count & 0xff)]
        } else {
            out.append(0xff)
            for shift in stride(from: 56, through: 0, by: -8) { out.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        out += [0, 0, 0, 0]
        out += text
    }
}
