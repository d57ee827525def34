import CBOR
import Foundation
import Messaging

/// What frames cost in JSON and in CBOR: bytes, and the processor's time of what an edge does with them. No sockets, no Redis.
struct EncodingBenchmark {
    /// A frame, in both encodings.
    struct Frame {
        let name: String
        let json: [UInt8]
        let cbor: [UInt8]
    }

    /// A row of the result: nanoseconds for each frame, a value for each run.
    struct Row {
        let name: String
        let json: [Double]
        let cbor: [Double]

        /// How many times as long CBOR takes: the median of the runs, each of which measures both in turn.
        var ratio: Double { EncodingBenchmark.median(zip(json, cbor).map { $1 / $0 }) }
    }

    /// How often each thing is done in a run.
    let repeats: Int
    let runs: Int

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    // MARK: Frames

    static let body = Array(#"{"text":"See you at eight, the usual place.","mood":"fine"}"#.utf8)
    private static let id = MessageID(milliseconds: 1_763_740_000_123, sequence: 4)
    private static let tail = ServerFrame.Message(
        id: id, conversation: "dm:alice:bob", from: "alice", data: body
    ).tail
    private static let typing = Array(#""typing""#.utf8)

    /// Frames as they come most often.
    static var frames: [Frame] {
        let send = Array(#"{"type":"send","n":1234,"to":"user:bob","data":"#.utf8) + body + Array("}".utf8)
        let all: [(String, [UInt8])] = [
            ("`send`", send),
            ("`message`", ServerFrame.Message.prefix(cursor: id) + tail),
            (
                "`accepted`",
                ServerFrame.accepted(n: 1234, id: id, conversation: "dm:alice:bob", isDuplicate: false)
            ),
            ("`ack`", Array(#"{"type":"ack","cursor":"1763740000123-4"}"#.utf8)),
            ("`signal`", ServerFrame.signal(from: "alice", to: "user:bob", data: typing)),
            ("`ping`", Array(#"{"type":"ping","n":1234}"#.utf8)),
        ]
        return all.map { Frame(name: $0, json: $1, cbor: encoded($1)) }
    }

    // MARK: Measuring

    func rows() -> [Row] {
        [
            compare("reading a `send`", Self.readJSON, Self.readCBOR),
            compare("reading a `read`", { Self.decoded(Self.read.json) }, { Self.decoded(cbor: Self.read.cbor) }),
            compare("reading an `ack`", { Self.decoded(Self.ack.json) }, { Self.decoded(cbor: Self.ack.cbor) }),
            compare("writing a `message` to the first recipient", Self.writeJSON, Self.writeCBOR),
            compare("and to each of the others", Self.writeJSON, Self.writeCBORAgain),
            compare("answering `accepted`", Self.acceptJSON, Self.acceptCBOR),
            compare("writing a `signal`", Self.signalJSON, Self.signalCBOR),
            compare("answering `pong`", { ServerFrame.pong(n: 1234).count }, { CBORFrame.pong(n: 1234).count }),
        ]
    }

    /// Both in turn, so that what else the machine does meets both.
    private func compare(_ name: String, _ json: () -> Int, _ cbor: () -> Int) -> Row {
        var (first, second): ([Double], [Double]) = ([], [])
        for run in -1..<runs {
            let (one, other) = (time(json), time(cbor))
            // The first is for warming up.
            guard run >= 0 else { continue }
            first.append(one)
            second.append(other)
        }
        return Row(name: name, json: first, cbor: second)
    }

    private func time(_ work: () -> Int) -> Double {
        let start = Self.processorNanoseconds
        var bytes = 0
        for _ in 0..<repeats { bytes &+= work() }
        let end = Self.processorNanoseconds
        precondition(bytes > 0)
        return Double(end - start) / Double(repeats)
    }

    /// Of this process. POSIX has `clock` count microseconds.
    private static var processorNanoseconds: Int { Int(clock()) * 1000 }

    // MARK: The work

    private static let send = frames[0]
    private static let ack = frames[3]
    /// One that is not read straight from CBOR.
    private static let read: Frame = {
        let json = Array(#"{"type":"read","conversation":"dm:alice:bob","id":"1763740000123-4"}"#.utf8)
        return Frame(name: "`read`", json: json, cbor: encoded(json))
    }()
    private static let cborTail = madeTail()

    private static func decoded(_ json: [UInt8]) -> Int { (try? ClientFrame(decoding: json.span)) == nil ? 0 : 1 }

    /// As the edge does it.
    private static func decoded(cbor: [UInt8]) -> Int {
        CBORFrame.usual(cbor.span) == nil ? decoded((try? CBORFrame.json(cbor.span)) ?? []) : 1
    }

    private static func encoded(_ json: [UInt8]) -> [UInt8] { CBORFrame.encoded(json.span) ?? [] }

    private static func readJSON() -> Int { decoded(send.json) }

    private static func readCBOR() -> Int { decoded(cbor: send.cbor) }

    private static func writeJSON() -> Int { (ServerFrame.Message.prefix(cursor: id) + tail).count }

    private static func madeTail() -> [UInt8] {
        CBORFrame.tail(id: id, conversation: "dm:alice:bob", from: "alice", data: body.span, attachments: Span())
    }

    private static func writeCBOR() -> Int { (CBORFrame.prefix(cursor: id) + madeTail()).count }

    private static func writeCBORAgain() -> Int { (CBORFrame.prefix(cursor: id) + cborTail).count }

    private static func acceptJSON() -> Int {
        ServerFrame.accepted(n: 1234, id: id, conversation: "dm:alice:bob", isDuplicate: false).count
    }

    private static func acceptCBOR() -> Int {
        CBORFrame.accepted(n: 1234, id: id, conversation: "dm:alice:bob", isDuplicate: false).count
    }

    private static func signalJSON() -> Int { ServerFrame.signal(from: "alice", to: "user:bob", data: typing).count }

    private static func signalCBOR() -> Int { CBORFrame.signal(from: "alice", to: "user:bob", data: typing.span).count }
}
