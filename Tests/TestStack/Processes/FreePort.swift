import Glibc
import Synchronization

/// Ports that nobody listens on.
package enum FreePort {
    private static let given = Mutex<Set<UInt16>>([])

    /// A free TCP port of the loopback address, different at each call.
    ///
    /// It lies below the range that Linux takes the ports of outgoing connections from (32768 up): a server that is killed and started
    /// again must find its port free, and a client must not by chance connect to itself.
    package static func next() throws(TestStackError) -> Int {
        for _ in 0..<500 {
            let port = UInt16.random(in: 12_000..<32_000)
            guard given.withLock({ $0.insert(port).inserted }), isFree(port) else { continue }
            return Int(port)
        }
        throw TestStackError(.process, "no free port between 12000 and 32000 was found in 500 tries")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
