import Foundation
import NIOCore
import NIOHTTP1

/// A SockJS session over requests: one waits for frames, another brings what the client says, and may do that by way of another edge.
final class SwarmPoller: SwarmLink {
    /// How long the first answer may take.
    private static let patience = TimeAmount.seconds(5)

    private let client: SwarmClient
    private let attempt: Int
    private let transport: SwarmSockJS.Transport
    private let loop: any EventLoop
    private let receiver: SwarmRequests
    private let sender: SwarmRequests
    private let path: String
    private let query: String
    private var status = 0
    private var headers: [String: String] = [:]
    private var line: [UInt8] = []
    private var isOpen = false
    private var isOver = false
    private var saying: [String] = []
    private var isSending = false
    private var sent = 0
    private var sentHeaders: [String: String] = [:]

    /// A session that begins now.
    /// - Parameters:
    ///   - edges: where frames are waited for, and where words are brought: `ws://host:port/ws`.
    ///   - query: of the request that begins the session, from `?` on.
    init?(
        _ client: SwarmClient, _ attempt: Int, _ transport: SwarmSockJS.Transport, edges: (String, String),
        session: String, query: String, loop: any EventLoop
    ) {
        guard let first = URLComponents(string: SwarmSockJS.address(edges.0, session: session)),
            let second = URLComponents(string: edges.1), let host = first.host, let port = first.port,
            let otherHost = second.host, let otherPort = second.port
        else { return nil }
        (self.client, self.attempt, self.transport, self.loop) = (client, attempt, transport, loop)
        (path, self.query) = (first.path, query)
        receiver = SwarmRequests(host: host, port: port, loop: loop)
        sender = SwarmRequests(host: otherHost, port: otherPort, loop: loop)
        // Until it is over it holds itself: the client has it only when it is open.
        receiver.onEvent = { [self] in received($0) }
        sender.onEvent = { [self] in answered($0) }
        wait()
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: Self.patience) { if !bound.value.isOpen { bound.value.finish(1006) } }
    }

    // MARK: What is heard

    /// Only the request that begins a session says whose it is.
    private func wait() { receiver.post("\(path)/\(transport.path)\(isOpen ? "" : query)", "") }

    private func received(_ event: SwarmRequests.Event) {
        switch event {
        case .head(let head):
            status = Int(head.status.code)
            headers = Self.fields(head)
        case .body(let bytes): if status == 200 { heard(bytes) }
        case .end:
            guard status == 200 else { return refused(status, headers) }
            if !isOver { wait() }
        case .closed: finish(1006)
        }
    }

    private func heard(_ bytes: ByteBuffer) {
        var rest = bytes.readableBytesView
        while !isOver, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            line += rest[..<end]
            let whole = line
            line.removeAll(keepingCapacity: true)
            heard(SwarmSockJS.frame(whole))
            rest = rest[(end + 1)...]
        }
        line += rest
    }

    private func heard(_ frame: SwarmSockJS.Frame) {
        switch frame {
        case .open:
            isOpen = true
            client.linked(self, attempt)
        case .heartBeat: client.heard()
        case .messages(let texts): for text in texts where !isOver { client.receive(Array(text.utf8), attempt) }
        case .close(let code): finish(code)
        // What is neither is as bad as a connection that breaks.
        case .unknown: finish(1006)
        }
    }

    // MARK: What is said

    func write(_ text: String) {
        saying.append(text)
        // Not from within: what is said in one go is brought in one request.
        guard !isSending else { return }
        isSending = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.bring() }
    }

    private func bring() {
        guard !isOver, !saying.isEmpty else { return isSending = false }
        // As many as a payload may have.
        let payload = SwarmSockJS.payload(Array(saying.prefix(500)))
        saying.removeFirst(min(500, saying.count))
        isSending = true
        sender.post("\(path)/xhr_send", payload)
    }

    private func answered(_ event: SwarmRequests.Event) {
        switch event {
        case .head(let head):
            sent = Int(head.status.code)
            sentHeaders = Self.fields(head)
        case .body: break
        case .end where sent == 204: bring()
        // The session is over, and why is told to who waits; who does not hears it as a connection that is lost.
        case .end where sent == 404: finish(1006)
        case .end: refused(sent, sentHeaders)
        // Between two requests a connection may go.
        case .closed: if isSending { finish(1006) }
        }
    }

    // MARK: The end

    private func refused(_ status: Int, _ headers: [String: String]) {
        guard end() else { return }
        client.turnedAway(attempt, HTTPClient.Answer(status: status, headers: headers, body: []))
    }

    private func finish(_ code: UInt16) {
        if end() { client.closed(attempt, code: code, retryAfter: nil) }
    }

    private func end() -> Bool {
        guard !isOver else { return false }
        isOver = true
        receiver.close()
        sender.close()
        return true
    }

    func close() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.finish(1006) }
    }

    /// There is no word for it: whoever leaves stops asking.
    func leave() { close() }

    private static func fields(_ head: HTTPResponseHead) -> [String: String] {
        Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
    }
}

@available(*, unavailable)
extension SwarmPoller: Sendable {}
