import Foundation

/// An `error` frame, as far as a load needs it.
struct Refusal: Decodable, Equatable {
    /// That of the frame that was refused.
    var n: UInt64?
    var code: String
    /// Milliseconds.
    var retryAfter: Double?

    /// Nil for what is no such frame.
    init?(_ text: Span<UInt8>) {
        var bytes: [UInt8] = []
        for place in text.indices { bytes.append(text[place]) }
        guard let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(bytes)) else { return nil }
        self = refusal
    }
}
