import Testing

@testable import Authentication

struct Base64URLTests {
    @Test func decodesTheExamplesOfTheStandardWithoutPadding() {
        for (text, plain) in ["": "", "Zg": "f", "Zm8": "fo", "Zm9v": "foo", "Zm9vYg": "foob", "Zm9vYmFy": "foobar"] {
            #expect(Base64URL.decode(text.utf8.map { $0 }) == Array(plain.utf8))
        }
        #expect(Base64URL.decode(Array("-_-_".utf8)) == [0xfb, 0xff, 0xbf])
    }

    @Test(arguments: ["Z", "Zm9vY", "Zg==", "Zm+v", "Zm/v", "Zh", "Zm9", "Zm 9v", "Zm9v\n"])
    func refusesWhatIsNotCanonical(text: String) {
        #expect(Base64URL.decode(Array(text.utf8)) == nil)
    }

    @Test func undoesWhatTheIssuerEncodes() {
        for length in 0..<40 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max) }
            #expect(Base64URL.decode(Array(TestIssuer.encode(bytes).utf8)) == bytes)
        }
    }
}
