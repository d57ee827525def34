import Testing

@testable import WebSocketFrames

@Suite struct AgreementTests {
    private func answer(_ offers: String..., takesOver: Bool = true, bits: Int = 12) -> String? {
        CompressionAgreement(offers: offers, policy: CompressionPolicy(takesOver: takesOver, windowBits: bits))?.answer
    }

    @Test func whatABrowserOffersIsAccepted() {
        #expect(
            answer("permessage-deflate; client_max_window_bits") == "permessage-deflate; client_max_window_bits=12")
        #expect(
            answer("permessage-deflate; client_max_window_bits", takesOver: false)
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
        #expect(answer("permessage-deflate") == "permessage-deflate")
    }

    @Test func theFirstOfferThatCanBeAcceptedIs() {
        #expect(
            answer(
                "x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=8",
                "permessage-deflate; server_max_window_bits=\"10\", permessage-deflate")
                == "permessage-deflate; server_max_window_bits=10")
    }

    @Test func aWindowIsNeverLargerThanAskedForNorThanTheServerWishes() throws {
        let policy = CompressionPolicy(takesOver: true, windowBits: 12)
        func agreement(_ offer: String) throws -> CompressionAgreement {
            try #require(CompressionAgreement(offers: ["permessage-deflate; " + offer], policy: policy))
        }
        #expect(try agreement("server_max_window_bits=15").serverWindowBits == 12)
        #expect(try agreement("server_max_window_bits=15").answer == "permessage-deflate; server_max_window_bits=12")
        #expect(try agreement("server_max_window_bits=9").serverWindowBits == 9)
        #expect(try agreement("client_max_window_bits=9").clientWindowBits == 9)
        #expect(try agreement("client_max_window_bits=15").clientWindowBits == 12)
        // Who does not say that a window may be asked for is not asked.
        #expect(try agreement("server_no_context_takeover").clientWindowBits == 15)
        // Without context no window outlives a message, so none is asked for.
        #expect(try agreement("client_no_context_takeover; client_max_window_bits").clientWindowBits == 15)
    }

    @Test func eitherSideMayWishThatMessagesStandByThemselves() throws {
        let policy = CompressionPolicy(takesOver: true, windowBits: 12)
        let one = try #require(
            CompressionAgreement(offers: ["permessage-deflate; server_no_context_takeover"], policy: policy))
        #expect((one.serverTakesOver, one.clientTakesOver) == (false, true))
        let other = try #require(
            CompressionAgreement(offers: ["Permessage-Deflate ;client_no_context_takeover"], policy: policy))
        #expect((other.serverTakesOver, other.clientTakesOver) == (true, false))
        #expect(other.answer == "permessage-deflate; client_no_context_takeover")
    }

    @Test(arguments: [
        "", ",", "deflate", "permessage-deflate; level=9", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=09",
        "permessage-deflate; server_max_window_bits=8", "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=x", "permessage-deflate; client_max_window_bits=",
        "permessage-deflate;", "permessage-deflate; =1", "permessage deflate", "permessage-deflate; a\"b",
    ])
    func whatIsNotKnownOrNotRightIsDeclined(_ offer: String) { #expect(answer(offer) == nil) }

    @Test func noTextWhateverMakesItTrap() {
        var generator = SystemRandomNumberGenerator()
        let pieces = ["permessage-deflate", ";", ",", "=", "\"", " ", "client_max_window_bits", "15", "é", "\t", "8"]
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...12)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            _ = answer(text)
        }
    }
}
