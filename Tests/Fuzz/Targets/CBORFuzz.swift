import CBOR
import Messaging

/// What clients send as CBOR, and what is written of it again.
enum CBORFuzz {
    static func run(_ input: [UInt8]) {
        let json: [UInt8]
        do throws(MessagingError) {
            json = try read(input)
        } catch {
            precondition(CBORFrame.usual(input.span) == nil, "nothing is taken that is refused")
            precondition(error.description.contains("byte "), "it is said where")
            return
        }
        precondition(isOneObject(json), "what is read is JSON")
        // Whatever it says: it is a frame, or refused with a reason.
        let frame = try? ClientFrame(decoding: json.span)
        if let usual = CBORFrame.usual(input.span) {
            precondition(isSame(usual, input, frame, json), "what is read without its JSON is the same")
        }
        guard let cbor = written(json) else { preconditionFailure("what was read can be written") }
        guard let again = try? read(cbor) else { preconditionFailure("what is written can be read") }
        let settled = written(again)
        precondition(settled == cbor, "what is written is read the same")
    }

    private static func read(_ cbor: [UInt8]) throws(MessagingError) -> [UInt8] { try CBORFrame.json(cbor.span) }

    private static func written(_ json: [UInt8]) -> [UInt8]? { CBORFrame.encoded(json.span) }

    private static func isSame(_ usual: ClientFrame, _ cbor: [UInt8], _ frame: ClientFrame?, _ json: [UInt8]) -> Bool {
        switch (usual, frame) {
        case (.send(let n, let to, let data, let none), .send(let otherN, let otherTo, let other, let attachments)):
            n == otherN && to == otherTo && cbor[data] == json[other] && none == attachments
        case (.signal(let to, let data), .signal(let otherTo, let other)): to == otherTo && cbor[data] == json[other]
        default: usual == frame
        }
    }

    private static func isOneObject(_ json: [UInt8]) -> Bool {
        guard String(validating: json, as: UTF8.self) != nil else { return false }
        var scanner = JSONScanner()
        do {
            while try scanner.next(in: json.span) != nil {}
            return true
        } catch {
            return false
        }
    }
}
