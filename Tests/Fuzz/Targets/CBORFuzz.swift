import CBOR
import Messaging

/// What clients send as CBOR, and what is written of it again.
enum CBORFuzz {
    static func run(_ input: [UInt8]) {
        let json: [UInt8]
        do throws(MessagingError) {
            json = try read(input)
        } catch {
            precondition(error.description.contains("byte "), "it is said where")
            return
        }
        precondition(isOneObject(json), "what is read is JSON")
        // Whatever it says: it is a frame, or refused with a reason.
        _ = try? ClientFrame(decoding: json.span)
        guard let cbor = written(json) else { preconditionFailure("what was read can be written") }
        guard let again = try? read(cbor) else { preconditionFailure("what is written can be read") }
        let settled = written(again)
        precondition(settled == cbor, "what is written is read the same")
    }

    private static func read(_ cbor: [UInt8]) throws(MessagingError) -> [UInt8] { try CBORFrame.json(cbor.span) }

    private static func written(_ json: [UInt8]) -> [UInt8]? { CBORFrame.encoded(json.span) }

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
