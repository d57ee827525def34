import CEpoll
import Foundation

/// What a load does with its sockets. All calls come on the loop's thread.
protocol LoadDriver: AnyObject {
    /// The handshake of a socket is done.
    func opened(_ number: Int, _ loop: LoadLoop)
    /// A text came.
    func received(_ text: Span<UInt8>, _ number: Int, at now: UInt64, _ loop: LoadLoop)
    /// A socket is over, or never was: the close code, if there was one.
    func closed(_ number: Int, code: UInt16?, _ loop: LoadLoop)
    /// Once each turn, before what is to be sent is written. Returns when it wants to be called at the latest, nil for whenever something comes.
    func turn(at now: UInt64, _ loop: LoadLoop) -> UInt64?
}

/// Thousands of WebSockets on one thread, with next to nothing for each message: what a load costs is taken from what it measures.
///
/// Blocks the thread that calls ``run(_:)``.
final class LoadLoop {
    /// Bytes that are read at once.
    private static let chunk = 256 * 1024

    private(set) var sockets: [LoadSocket] = []
    private var ports: [UInt16] = []
    private let poller: Poller
    private var dirty: [Int] = []
    private var buffer = [UInt8](repeating: 0, count: chunk)
    private(set) var isStopped = false
    /// Time that the thread has waited for something to come, in nanoseconds: when there is none, the client is what limits.
    private(set) var waited: UInt64 = 0

    init() throws { poller = try Poller() }

    /// Nanoseconds of the monotonic clock, which all processes of a machine share.
    static var now: UInt64 { cepoll_now() }

    /// A new socket that connects to a port of this machine. Returns its number, counted from 0.
    @discardableResult
    func connect(port: UInt16, target: String) throws -> Int {
        let number = sockets.count
        var socket = LoadSocket()
        socket.descriptor = try LoadSocket.connect(port: port)
        socket.phase = .connecting
        socket.out = LoadSocket.request(target: target, port: port)
        sockets.append(socket)
        ports.append(port)
        try poller.add(socket.descriptor, number: number, writes: true)
        return number
    }

    /// Has a text sent at the end of the turn; nothing to one that is closed.
    func send(_ text: some Collection<UInt8>, to number: Int) {
        guard sockets[number].phase == .open else { return }
        sockets[number].send(text)
        mark(number)
    }

    /// Breaks a connection.
    func close(_ number: Int) {
        guard sockets[number].descriptor >= 0 else { return }
        poller.remove(sockets[number].descriptor)
        Glibc.close(sockets[number].descriptor)
        sockets[number].descriptor = -1
        sockets[number].phase = .closed
        sockets[number].rest = []
        sockets[number].out = []
    }

    /// Ends ``run(_:)`` after this turn.
    func stop() { isStopped = true }

    /// Does what there is to do until it is stopped.
    func run(_ driver: some LoadDriver) throws {
        isStopped = false
        while !isStopped {
            let before = Self.now
            let due = driver.turn(at: before, self)
            flush(driver)
            if isStopped { break }
            let start = Self.now
            let pause = due.map { $0 > start ? $0 - start : 0 } ?? 100_000_000
            let events = try poller.wait(nanoseconds: min(pause, 100_000_000))
            let now = Self.now
            if pause > 0 { waited += now - start }
            for event in events { handle(event, now, driver) }
        }
    }

    private func mark(_ number: Int) {
        guard !sockets[number].isDirty else { return }
        sockets[number].isDirty = true
        dirty.append(number)
    }

    private func flush(_ driver: some LoadDriver) {
        var index = 0
        // Who is told that one is closed may send to others.
        while index < dirty.count {
            let number = dirty[index]
            sockets[number].isDirty = false
            if !sockets[number].isBlocked { write(number, driver) }
            index += 1
        }
        dirty.removeAll(keepingCapacity: true)
    }

    private func write(_ number: Int, _ driver: some LoadDriver) {
        let socket = sockets[number].descriptor
        guard socket >= 0, !sockets[number].out.isEmpty else { return }
        let written = unsafe sockets[number].out.withUnsafeBytes { bytes in
            unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        if written == sockets[number].out.count {
            sockets[number].out.removeAll(keepingCapacity: true)
            return unblock(number)
        }
        guard written >= 0 || errno == EAGAIN || errno == EWOULDBLOCK else { return end(number, nil, driver) }
        if written > 0 { sockets[number].out.removeFirst(written) }
        guard !sockets[number].isBlocked else { return }
        sockets[number].isBlocked = true
        try? poller.change(socket, number: number, writes: true)
    }

    private func unblock(_ number: Int) {
        guard sockets[number].isBlocked else { return }
        sockets[number].isBlocked = false
        try? poller.change(sockets[number].descriptor, number: number, writes: false)
    }

    private func handle(_ event: Poller.Event, _ now: UInt64, _ driver: some LoadDriver) {
        let number = event.number
        if event.isWritable, sockets[number].phase == .connecting {
            sockets[number].phase = .upgrading
            sockets[number].isBlocked = true
        }
        if event.isWritable { write(number, driver) }
        if event.isReadable || event.isGone { read(number, now, driver) }
    }

    // MARK: Reading

    private func read(_ number: Int, _ now: UInt64, _ driver: some LoadDriver) {
        while sockets[number].descriptor >= 0 {
            let socket = sockets[number].descriptor
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe recv(socket, bytes.baseAddress, bytes.count, 0)
            }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return }
            guard count > 0 else { return end(number, nil, driver) }
            if sockets[number].rest.isEmpty {
                let used = parse(buffer, count, number, now, driver)
                if used < count { sockets[number].rest = Array(buffer[used..<count]) }
            } else {
                var bytes = sockets[number].rest
                sockets[number].rest = []
                bytes += buffer[..<count]
                let used = parse(bytes, bytes.count, number, now, driver)
                if used < bytes.count { sockets[number].rest = Array(bytes[used...]) }
            }
            // There is hardly ever more: the next turn shows it.
            if count < Self.chunk { return }
        }
    }

    /// Reads what is complete, and says how many bytes that were.
    private func parse(_ bytes: [UInt8], _ count: Int, _ number: Int, _ now: UInt64, _ driver: some LoadDriver) -> Int {
        var place = 0
        if sockets[number].phase == .upgrading {
            guard let headEnd = Self.headEnd(bytes, count) else { return 0 }
            guard bytes.starts(with: "HTTP/1.1 101 ".utf8) else {
                end(number, nil, driver)
                return count
            }
            sockets[number].phase = .open
            place = headEnd
            driver.opened(number, self)
        }
        while sockets[number].phase == .open, count - place >= 2 {
            var (head, length) = (2, Int(bytes[place + 1] & 0x7f))
            if length == 126 {
                guard count - place >= 4 else { break }
                (head, length) = (4, Int(bytes[place + 2]) << 8 | Int(bytes[place + 3]))
            } else if length == 127 {
                guard count - place >= 10 else { break }
                head = 10
                length = bytes[place + 2..<place + 10].reduce(0) { $0 << 8 | Int($1) }
            }
            guard count - place >= head + length else { break }
            let payload = place + head..<place + head + length
            place = payload.upperBound
            switch bytes[payload.lowerBound - head] & 0x0f {
            case 1: driver.received(bytes.span.extracting(payload), number, at: now, self)
            case 8:
                let code =
                    length >= 2 ? UInt16(bytes[payload.lowerBound]) << 8 | UInt16(bytes[payload.lowerBound + 1]) : nil
                end(number, code, driver)
            case 9:
                sockets[number].send(bytes[payload], opcode: 10)
                mark(number)
            default: break
            }
        }
        return sockets[number].phase == .closed ? count : place
    }

    private func end(_ number: Int, _ code: UInt16?, _ driver: some LoadDriver) {
        guard sockets[number].phase != .closed else { return }
        close(number)
        driver.closed(number, code: code, self)
    }

    /// Where the body of an answer begins.
    private static func headEnd(_ bytes: [UInt8], _ count: Int) -> Int? {
        guard count >= 4 else { return nil }
        for place in 0...count - 4
        where bytes[place] == 13 && bytes[place + 1] == 10 && bytes[place + 2] == 13 && bytes[place + 3] == 10 {
            return place + 4
        }
        return nil
    }
}
