import NIOCore
import NIOHTTP1

/// The answer to one request that comes bit by bit, and may last as long as the client stays; or is a plain one after all. Confined to its connection's event loop.
final class ResponseStream {
    enum Phase {
        /// Nothing has been said yet: any answer may come.
        case waiting
        /// The head is out.
        case open
        case ended
    }

    private weak var handler: HTTPHandler?
    private(set) var phase = Phase.waiting
    /// The client has gone before the end; comes once, and nothing after it.
    var onGone: () -> Void = {}
    /// The socket takes bytes again after it had not for a while.
    var onRoom: () -> Void = {}

    init(_ handler: HTTPHandler) { self.handler = handler }

    /// Says the head of an answer whose length is not known.
    func begin(_ status: Int, _ headers: [(String, String)]) {
        guard phase == .waiting else { return }
        phase = .open
        handler?.beginStream(status, headers)
    }

    /// Writes a part of the body, at once.
    func write(_ bytes: ByteBuffer) {
        guard phase == .open else { return }
        handler?.writeStream(bytes)
    }

    /// That was all.
    /// - Parameter closes: Whether the connection is to be closed, too, so that the client's next request comes over a new one.
    func end(closes: Bool = false) {
        guard phase == .open else { return }
        phase = .ended
        handler?.endStream(closes: closes)
        forget()
    }

    /// Answers in one piece instead.
    func respond(_ response: SiteResponse, closes: Bool = false) {
        guard phase == .waiting else { return }
        phase = .ended
        handler?.respond(response, closes: closes)
        forget()
    }

    /// Breaks the connection, so that the client can tell that this was not all.
    func abort() {
        guard phase != .ended else { return }
        phase = .ended
        handler?.context?.close(promise: nil)
        forget()
    }

    /// Bytes written that the socket has not taken.
    var pendingBytes: Int {
        guard phase == .open, let options = handler?.context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: What the handler says

    func gone() {
        guard phase != .ended else { return }
        phase = .ended
        let onGone = onGone
        forget()
        onGone()
    }

    func hasRoom() { if phase == .open { onRoom() } }

    /// They hold whoever waits for them.
    private func forget() {
        onGone = {}
        onRoom = {}
    }
}

@available(*, unavailable)
extension ResponseStream: Sendable {}
