import Messaging
import STOMP

/// STOMP's parser, its encoder and the session behind them.
///
/// The first byte says which version is spoken and into pieces of which length the rest is cut.
enum STOMPFuzz {
    private static let limits = STOMPLimits(
        headers: 8, headerBytes: 256, bodyBytes: 64, waitingBytes: 128, subscriptions: 4, transactions: 2,
        transactionFrames: 4, transactionBytes: 128, unacknowledged: 4)

    static func run(_ input: [UInt8]) {
        guard let choice = input.first else { return }
        let version = STOMPVersion.allCases[Int(choice) % 3]
        let bytes = Array(input.dropFirst())
        let whole = parse(bytes, in: bytes.count, version)
        precondition(parse(bytes, in: 1 + Int(choice) / 3 % 16, version) == whole, "cut otherwise it is read otherwise")
        for frame in whole.frames { hold(frame, version) }
        converse(bytes, in: 1 + Int(choice) / 3 % 16, version)
    }

    // MARK: Parsing

    private struct Reading: Equatable {
        var frames: [STOMPFrame] = []
        var error: STOMPError.Code?
    }

    private static func parse(_ bytes: [UInt8], in length: Int, _ version: STOMPVersion) -> Reading {
        var parser = STOMPFrameParser(limits: limits)
        var reading = Reading()
        for piece in pieces(bytes, of: length) {
            parser.append(piece.span)
            do throws(STOMPError) {
                while let frame = try parser.next(version: version) { reading.frames.append(frame) }
            } catch {
                reading.error = error.code
                return reading
            }
        }
        return reading
    }

    private static func pieces(_ bytes: [UInt8], of length: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: max(1, length)).map { Array(bytes[$0..<min(bytes.count, $0 + length)]) }
    }

    /// What was read is within the limits, and can be written and read again.
    private static func hold(_ frame: STOMPFrame, _ version: STOMPVersion) {
        precondition(frame.body.count <= limits.bodyBytes && frame.headers.entries.count <= limits.headers)
        // One that is all but `content-length` is that to 1.0 when a blank has taken the place of what would end a line. No client's names are
        // ever written.
        guard frame.headers.entries.allSatisfy({ !$0.name.isEmpty && !$0.name.contains("content-length") }) else {
            return
        }
        var parser = STOMPFrameParser()
        parser.append(frame.encoded(for: version).span)
        do throws(STOMPError) {
            guard let again = try parser.next(version: version) else { preconditionFailure("what is written ends") }
            precondition(again.command == frame.command && again.body == frame.body)
            // Where nothing is escaped, blanks take the place of what would end a line; 1.0 is read without them.
            guard version != .v10, frame.command.escapesHeaders else { return }
            let headers = again.headers.entries.filter { $0.name != "content-length" }
            precondition(version == .v11 || headers == frame.headers.entries, "what is written is read the same")
        } catch {
            preconditionFailure("what is written can be read: \(error)")
        }
    }

    // MARK: A session

    /// A whole session, in which the edge does what it is asked to.
    private static func converse(_ bytes: [UInt8], in length: Int, _ version: STOMPVersion) {
        var connection = STOMPConnection(STOMPConfiguration(limits: limits))
        let connect = STOMPFrame(.connect, ["accept-version": version.rawValue]).encoded(for: nil)
        var cursor: UInt64 = 0
        var isOver = false
        for piece in [connect] + pieces(bytes, of: length) {
            connection.receive(piece.span, now: .zero)
            while let step = connection.next() {
                precondition(!isOver, "nothing comes after the end")
                isOver = answer(step.effects, &connection)
            }
            cursor += 1
            let place = MessageID(milliseconds: cursor, sequence: 0)
            let delivery = connection.session.deliver(cursor: place, message: place)
            precondition(delivery.heads.isEmpty || !isOver)
            isOver = answer(delivery.effects, &connection) || isOver
            _ = connection.session.deliver(from: .topic("t"), message: place)
        }
    }

    /// True when the session has ended.
    private static func answer(_ effects: [STOMPEffect], _ connection: inout STOMPConnection) -> Bool {
        var isOver = false
        for effect in effects {
            precondition(!isOver, "nothing comes after the end")
            switch effect {
            case .authenticate:
                _ = connection.authenticated(user: "alice", session: "s", now: .zero)
            case .send(let send):
                // Some are refused.
                isOver =
                    send.data.count % 7 == 6
                    ? answer(connection.session.refused(send.tag, STOMPError(.busy, "busy")), &connection)
                    : answer(connection.session.completed(send.tag), &connection)
                // What else the frame wanted is not done any more.
                if isOver { return true }
            case .subscribeInbox(let tag), .subscribeTopic(let tag, _, _), .watch(let tag, _):
                isOver = answer(connection.session.completed(tag), &connection)
            case .reply(let frame): _ = frame.encoded(for: connection.session.version)
            case .close: isOver = true
            case .unsubscribeInbox, .unsubscribeTopic, .unwatch, .acknowledge, .pauseInbox, .resumeInbox: break
            }
        }
        return isOver
    }
}
