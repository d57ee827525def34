import CEpoll
import Foundation

/// Tells which of many sockets can be read or written: Linux' epoll(7). Confined to one thread.
@safe
final class Poller {
    struct Event {
        /// The number that the socket was added with.
        var number: Int
        var isReadable: Bool
        var isWritable: Bool
        var isGone: Bool
    }

    private let descriptor: Int32
    private var events: [epoll_event]
    private var found: [Event] = []

    init(capacity: Int = 512) throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw LoadError.system("epoll_create1", errno) }
        unsafe events = Array(repeating: epoll_event(), count: capacity)
    }

    deinit { close(descriptor) }

    /// Watches a socket for what can be read, and also for room to write if asked.
    func add(_ socket: Int32, number: Int, writes: Bool) throws { try control(EPOLL_CTL_ADD, socket, number, writes) }

    func change(_ socket: Int32, number: Int, writes: Bool) throws {
        try control(EPOLL_CTL_MOD, socket, number, writes)
    }

    func remove(_ socket: Int32) { epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, nil) }

    private func control(_ operation: Int32, _ socket: Int32, _ number: Int, _ writes: Bool) throws {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | (writes ? EPOLLOUT.rawValue : 0)
        unsafe event.data.u64 = UInt64(number)
        guard unsafe epoll_ctl(descriptor, operation, socket, &event) == 0 else {
            throw LoadError.system("epoll_ctl", errno)
        }
    }

    /// What is ready, after at most so long.
    func wait(nanoseconds: UInt64) throws -> [Event] {
        let count = unsafe events.withUnsafeMutableBufferPointer { buffer in
            unsafe cepoll_wait(descriptor, buffer.baseAddress, Int32(buffer.count), nanoseconds)
        }
        guard count >= 0 else {
            if errno == EINTR { return [] }
            throw LoadError.system("epoll_pwait2", errno)
        }
        found.removeAll(keepingCapacity: true)
        for place in 0..<Int(count) {
            let flags = unsafe events[place].events
            found.append(
                Event(
                    number: unsafe Int(events[place].data.u64), isReadable: flags & EPOLLIN.rawValue != 0,
                    isWritable: flags & EPOLLOUT.rawValue != 0,
                    isGone: flags & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0))
        }
        return found
    }
}

/// Why a load could not be made.
enum LoadError: Error, CustomStringConvertible {
    /// A call of the system's.
    case system(String, Int32)
    /// The server did not answer as it should have.
    case refused(String)

    var description: String {
        switch self {
        case .system(let call, let code): unsafe "\(call): \(String(cString: strerror(code)))"
        case .refused(let reason): reason
        }
    }
}
