import Messaging

/// What a client says, as JSON.
enum OutgoingFrame {
    static func send(n: UInt64, to: String, json: [UInt8], attachments: [UInt8]) -> [UInt8] {
        var frame = Array("{\"type\":\"send\",\"n\":\(n),\"to\":\"\(to)\",\"data\":".utf8)
        frame += json
        if !attachments.isEmpty {
            frame += Array(",\"attachments\":".utf8)
            frame += attachments
        }
        frame.append(UInt8(ascii: "}"))
        return frame
    }

    static func edit(n: UInt64, conversation: String, id: MessageID, json: [UInt8]) -> [UInt8] {
        Array("{\"type\":\"edit\",\"n\":\(n),\"conversation\":\"\(conversation)\",\"id\":\"\(id)\",\"data\":".utf8)
            + json + [UInt8(ascii: "}")]
    }

    static func delete(n: UInt64, conversation: String, id: MessageID) -> [UInt8] {
        Array("{\"type\":\"delete\",\"n\":\(n),\"conversation\":\"\(conversation)\",\"id\":\"\(id)\"}".utf8)
    }

    static func signal(to: String, json: [UInt8]) -> [UInt8] {
        Array("{\"type\":\"signal\",\"to\":\"\(to)\",\"data\":".utf8) + json + [UInt8(ascii: "}")]
    }

    static func acknowledge(_ cursor: MessageID) -> [UInt8] {
        Array("{\"type\":\"ack\",\"cursor\":\"\(cursor)\"}".utf8)
    }

    static func read(_ conversation: String, _ id: MessageID) -> [UInt8] {
        Array("{\"type\":\"read\",\"conversation\":\"\(conversation)\",\"id\":\"\(id)\"}".utf8)
    }

    static func subscribe(n: UInt64, topic: String, start: TopicStart) -> [UInt8] {
        let after =
            switch start {
            case .now: ""
            case .beginning: ",\"after\":\"0\""
            case .after(let id): ",\"after\":\"\(id)\""
            }
        return Array("{\"type\":\"subscribe\",\"n\":\(n),\"topic\":\"\(topic)\"\(after)}".utf8)
    }

    static func unsubscribe(n: UInt64, topic: String) -> [UInt8] {
        Array("{\"type\":\"unsubscribe\",\"n\":\(n),\"topic\":\"\(topic)\"}".utf8)
    }

    static func watch(n: UInt64, users: [String], isWanted: Bool) -> [UInt8] {
        let list = users.map { "\"\($0)\"" }.joined(separator: ",")
        return Array("{\"type\":\"\(isWanted ? "watch" : "unwatch")\",\"n\":\(n),\"users\":[\(list)]}".utf8)
    }

    /// A JWT needs no escaping; what is none is refused before, see ``ClientToken``.
    static func auth(_ token: String) -> [UInt8] { Array("{\"type\":\"auth\",\"token\":\"\(token)\"}".utf8) }

    static func ping(n: UInt64) -> [UInt8] { Array("{\"type\":\"ping\",\"n\":\(n)}".utf8) }

    /// Checks that the frame is one object with as many members as it was written with: what the application calls JSON is one JSON value.
    static func check(_ frame: [UInt8], members: Int) throws(ClientError) {
        var scanner = JSONScanner()
        var count = 0
        do {
            while try scanner.next(in: frame.span) != nil { count += 1 }
        } catch {
            throw ClientError(.invalid, "the data is not one JSON value: \(error.reason)")
        }
        guard count == members, String(validating: frame, as: UTF8.self) != nil else {
            throw ClientError(
                .invalid, "the data is not one JSON value in UTF-8: give one, such as {\"text\":\"Hello\"}")
        }
    }
}
