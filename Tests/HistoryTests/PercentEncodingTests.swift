import Testing

@testable import History

@Suite struct PercentEncodingTests {
    @Test func encodedBytesAreDecoded() {
        #expect(PercentEncoding.decode("dm%3Aa%3ab") == "dm:a:b")
        #expect(PercentEncoding.decode("plain") == "plain")
        #expect(PercentEncoding.decode("%C3%A4") == "ä")
    }

    @Test(arguments: ["%", "%1", "%zz", "%ff", "a%2"])
    func malformedEncodingIsRefused(text: String) {
        #expect(PercentEncoding.decode(text) == nil)
    }
}
