import SockJS
import Testing

@Suite struct RouteTests {
    @Test(arguments: ["", "/"])
    func theBaseGreets(_ path: String) {
        #expect(SockJSRoute(path) == .greeting)
    }

    @Test(arguments: [
        "/iframe.html", "/iframe-a.html", "/iframe-.html", "/iframe-0.1.2.html", "/iframe-0.1.2abc-dirty.2144.html",
    ])
    func anIframePageMayBearAVersion(_ path: String) {
        #expect(SockJSRoute(path) == .iframe)
    }

    @Test(arguments: [
        "/iframe.htm", "/iframe", "/IFRAME.HTML", "/IFRAME", "/iframe.HTML", "/iframe.xml", "/iframe-/.html", "/a",
        "/a.html", "//", "///", "/a/a", "/a/a/", "/a/", "/info/", "/Info", "/websocket/", "a", "info",
    ])
    func otherAddressesAreUnknown(_ path: String) {
        #expect(SockJSRoute(path) == nil)
    }

    @Test(arguments: ["/a/a", "/_/_", "/1/1", "/abcdefgh_i-j%20/abcdefg_i-j%20"])
    func serverAndSessionAreAnyText(_ path: String) {
        let session = String(path.split(separator: "/")[1])
        #expect(SockJSRoute(path + "/xhr") == .session(session, .xhr))
    }

    @Test(arguments: ["//", "/a./a", "/a/a.", "/./.", "/", "///", "/a//", "//a", "/a/a/a", "/a/..", ""])
    func butNotEmptyOrWithDots(_ path: String) {
        #expect(SockJSRoute(path + "/xhr") == nil)
    }

    @Test func theirLengthIsLimited() {
        let long = String(repeating: "x", count: SockJSRoute.maximumSegment)
        #expect(SockJSRoute("/0/\(long)/xhr") == .session(long, .xhr))
        #expect(SockJSRoute("/0/\(long)x/xhr") == nil)
        #expect(SockJSRoute("/\(long)x/0/xhr") == nil)
    }

    @Test func theServersSegmentIsIgnored() {
        #expect(SockJSRoute("/000/s/xhr") == SockJSRoute("/999/s/xhr"))
    }

    @Test(arguments: SockJSTransport.allCases)
    func everyTransportHasAnAddress(_ transport: SockJSTransport) {
        #expect(SockJSRoute("/000/s/\(transport.rawValue)") == .session("s", transport))
        #expect(SockJSRoute("/000/s/\(transport.rawValue.uppercased())") == nil)
        #expect(SockJSRoute("/000/s/\(transport.rawValue)/") == nil)
    }

    @Test(arguments: [
        ("/0/s/xhr", "OPTIONS, POST"), ("/0/s/xhr_send", "OPTIONS, POST"), ("/0/s/xhr_streaming", "OPTIONS, POST"),
        ("/0/s/eventsource", "GET"), ("/0/s/htmlfile", "GET"), ("/0/s/jsonp", "GET"), ("/0/s/jsonp_send", "POST"),
        ("/0/s/websocket", "GET"), ("/websocket", "GET"), ("/info", "OPTIONS, GET"), ("/iframe.html", "GET"),
        ("", "GET"),
    ])
    func eachAddressHasItsMethods(_ path: String, _ methods: String) throws {
        let route = try #require(SockJSRoute(path))
        #expect(route.methods == methods)
        for method in ["GET", "POST", "OPTIONS", "PUT", "get", "OPTIONS, GET"] {
            #expect(route.allows(method) == methods.split(separator: ", ").contains { $0 == method })
        }
    }
}
