import Foundation

/// The words of SockJS as a client knows them. Written for the witness alone: nothing of the server's is used, so that a mistake there is seen.
struct SwarmSockJS {
    /// The transports that a swarm's devices take in turns.
    enum Transport: CaseIterable {
        case webSocket, streaming, polling

        /// The last part of the address of what waits for frames.
        var path: String {
            switch self {
            case .webSocket: "websocket"
            case .streaming: "xhr_streaming"
            case .polling: "xhr"
            }
        }

        init(ofDevice index: Int) { self = Self.allCases[index % Self.allCases.count] }
    }

    /// A frame that came.
    enum Frame: Equatable {
        case open
        case heartBeat
        case messages([String])
        case close(UInt16)
        case unknown
    }

    static func frame(_ bytes: some Collection<UInt8>) -> Frame {
        let rest = Data(bytes.dropFirst())
        switch bytes.first {
        case UInt8(ascii: "o") where rest.isEmpty: return .open
        case UInt8(ascii: "h"): return .heartBeat
        case UInt8(ascii: "a"):
            return (try? JSONDecoder().decode([String].self, from: rest)).map { .messages($0) } ?? .unknown
        case UInt8(ascii: "c"):
            let parts = try? JSONDecoder().decode([JSONValue].self, from: rest)
            return (parts?.first?.integer).map { .close(UInt16(clamping: $0)) } ?? .unknown
        default: return .unknown
        }
    }

    /// A payload of messages.
    static func payload(_ messages: [String]) -> String {
        // Texts are always what JSON can hold.
        String(decoding: (try? JSONEncoder().encode(messages)) ?? Data("[]".utf8), as: UTF8.self)
    }

    /// A session's address below an edge's, which is given as that of its own WebSocket.
    static func address(_ url: String, session: String) -> String {
        (url.hasSuffix("/ws") ? String(url.dropLast(3)) : url) + "/chat-websocket/000/\(session)"
    }
}
