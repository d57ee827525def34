import Messaging
import NIOCore
import WebSocketFrames

/// WebSocket frames from a client, with and without compression; and what is compressed of their messages.
///
/// The first byte says what was agreed on compression, the second into pieces of which length the rest is cut.
enum WebSocketFuzz {
    private static let limit = 512
    private static let offers: [(offer: String, takesOver: Bool)?] = [
        nil, ("permessage-deflate", false), ("permessage-deflate", true),
        ("permessage-deflate; server_max_window_bits=9; client_max_window_bits=9", true),
        ("permessage-deflate; server_no_context_takeover", true),
        ("permessage-deflate; client_no_context_takeover; client_max_window_bits", true),
    ]

    static func run(_ input: [UInt8]) {
        guard input.count > 2 else { return }
        let offer = offers[Int(input[0]) % offers.count]
        let bytes = Array(input.dropFirst(2))
        negotiate(bytes)
        let whole = read(bytes, in: bytes.count, offer)
        let cut = read(bytes, in: 1 + Int(input[1]) % 32, offer)
        // Which of a compressed message's faults is seen first depends on how much of it has come.
        precondition(cut.events == whole.events && (cut.failure == nil) == (whole.failure == nil), "cut otherwise")
        precondition(cut.failure == whole.failure || offer != nil, "cut otherwise it fails otherwise")
        for event in whole.events { hold(event) }
        if let offer { repeatCompressed(whole.events, offer) }
    }

    /// An offer of a client, whatever it says.
    private static func negotiate(_ bytes: [UInt8]) {
        let policy = CompressionPolicy(takesOver: true, windowBits: 12)
        guard let agreed = CompressionAgreement(offers: [String(decoding: bytes, as: UTF8.self)], policy: policy) else {
            return
        }
        precondition((9...12).contains(agreed.serverWindowBits) && (8...15).contains(agreed.clientWindowBits))
        precondition(CompressionAgreement(offers: [agreed.answer], policy: policy) != nil, "an answer could be offered")
    }

    // MARK: Reading

    private struct Reading {
        var events: [WebSocketReader.Event] = []
        var failure: WebSocketReader.Event?
    }

    private static func shared(_ takesOver: Bool) -> SharedCompression {
        SharedCompression(policy: CompressionPolicy(takesOver: takesOver, windowBits: 15, threshold: 0))
    }

    private static func read(_ bytes: [UInt8], in length: Int, _ offer: (offer: String, takesOver: Bool)?) -> Reading {
        let compression = offer.flatMap { shared($0.takesOver).agree(on: [$0.offer]) }
        precondition((compression == nil) == (offer == nil))
        var reader = WebSocketReader(limit: limit, compression: compression)
        var reading = Reading()
        var buffer = ByteBuffer()
        for start in stride(from: 0, to: bytes.count, by: max(1, length)) {
            buffer.writeBytes(bytes[start..<min(bytes.count, start + length)])
            while let event = reader.next(&buffer) {
                precondition(reading.failure == nil, "nothing comes after a failure")
                switch event {
                case .failure, .brokenClose: reading.failure = event
                default: reading.events.append(event)
                }
            }
            precondition(buffer.readableBytes <= 14 + 125, "what has come is taken")
        }
        return reading
    }

    private static func hold(_ event: WebSocketReader.Event) {
        switch event {
        case .text(let message):
            precondition(message.readableBytes <= limit)
            precondition(String(validating: message.readableBytesView, as: UTF8.self) != nil, "a text is UTF-8")
        case .binary(let message): precondition(message.readableBytes <= limit)
        case .ping(let payload): precondition(payload.readableBytes <= 125)
        case .close(let code): precondition(code.map { (1000..<5000).contains($0) } ?? true)
        case .pong, .failure, .brokenClose: break
        }
    }

    // MARK: Writing

    /// What was read is compressed, and read again by the other side.
    private static func repeatCompressed(
        _ events: [WebSocketReader.Event], _ offer: (offer: String, takesOver: Bool)
    ) {
        let shared = shared(offer.takesOver)
        guard let agreed = CompressionAgreement(offers: [offer.offer], policy: shared.policy),
            let one = shared.agree(on: [offer.offer]), let other = shared.agree(on: [offer.offer])
        else { preconditionFailure("what is offered is accepted") }
        for compression in [one, other] {
            let inflater = Inflater(windowBits: agreed.serverWindowBits, takesOver: agreed.serverTakesOver)
            for event in events {
                guard case .text(let message) = event else { continue }
                for prefix in [[], Array("prefix,".utf8)] {
                    guard let payload = compression.compressed(prefix, message) else { continue }
                    var again = ByteBuffer()
                    do throws(Inflater.Failure) {
                        try inflater.inflate(payload, into: &again, limit: limit + 7)
                        try inflater.finish(into: &again, limit: limit + 7)
                    } catch {
                        preconditionFailure("what is compressed can be read: \(error)")
                    }
                    precondition(again == ByteBuffer(bytes: prefix + Array(message.readableBytesView)))
                }
            }
        }
    }
}
