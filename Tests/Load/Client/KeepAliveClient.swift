import Foundation
import TestStack

/// GETs one after the other on one connection, with blocking calls: what is measured is the server, and not the client's threads.
final class KeepAliveClient {
    struct Answer {
        var status: Int
        var body: [UInt8]
    }

    private let descriptor: Int32
    private let host: String
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Connects to a port of this machine; each wait for an answer is limited to 30 s.
    init(port: Int) throws {
        host = "127.0.0.1:\(port)"
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw TestStackError(.connection, "\(host) does not take connections") }
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The bytes of a request, to be made before the clock runs.
    static func request(_ path: String, token: String) -> [UInt8] {
        Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\r\n".utf8)
    }

    /// The same with a body of JSON.
    static func post(_ path: String, token: String, body: String) -> [UInt8] {
        let head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n"
        return Array("\(head)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    /// Sends a request and reads all of its answer, which has to say its length.
    func send(_ request: [UInt8]) throws -> Answer {
        var sent = 0
        while sent < request.count {
            let count = unsafe request.withUnsafeBytes {
                unsafe write(descriptor, $0.baseAddress! + sent, request.count - sent)
            }
            guard count > 0 else { throw TestStackError(.connection, "\(host) hung up") }
            sent += count
        }
        var received: [UInt8] = []
        while true {
            if let (head, length) = Self.head(of: received), received.count >= head + length {
                let status = Int(String(decoding: received[9..<12], as: UTF8.self)) ?? 0
                return Answer(status: status, body: Array(received[head..<head + length]))
            }
            let size = buffer.count
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress!, size) }
            guard count > 0 else { throw TestStackError(.connection, "\(host) hung up, or did not answer within 30 s") }
            received += buffer[..<count]
        }
    }

    /// Where the body begins, and how long it is; nil while the head is not complete.
    static func head(of bytes: [UInt8]) -> (end: Int, length: Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        for line in String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
            return (end.upperBound, Int(parts[1].trimmingCharacters(in: .whitespaces)) ?? 0)
        }
        return (end.upperBound, 0)
    }
}
