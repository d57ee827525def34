import SockJS
import Testing

@Suite struct ResponseTests {
    private let plain = SockJSResponse.Request()

    private func body(_ response: SockJSResponse) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func theGreetingIsTheProtocols() {
        #expect(SockJSResponse.greeting.status == 200)
        #expect(body(.greeting) == "Welcome to SockJS!\n")
        #expect(SockJSResponse.greeting["Content-Type"] == "text/plain; charset=UTF-8")
        #expect(SockJSResponse.greeting["Set-Cookie"] == nil)
    }

    @Test func anotherMethodIsAnsweredWithoutBody() {
        let response = SockJSResponse.methodNotAllowed(.session("s", .xhr))
        #expect(response.status == 405)
        #expect(response["Allow"] == "OPTIONS, POST")
        #expect(response["Content-Type"] == nil)
        #expect(response.body.isEmpty)
    }

    @Test func infoSaysWhatThereIsAndIsNotCached() {
        let info = SockJSResponse.info(plain, needsCookie: true, entropy: .max)
        #expect(info.status == 200)
        #expect(info["Content-Type"] == "application/json; charset=UTF-8")
        #expect(info["Cache-Control"] == "no-store, no-cache, must-revalidate, max-age=0")
        #expect(info["Access-Control-Allow-Origin"] == "*")
        #expect(info["Access-Control-Allow-Credentials"] == "true")
        #expect(info["Set-Cookie"] == nil)
        #expect(
            body(info) == #"{"websocket":true,"origins":["*:*"],"cookie_needed":true,"entropy":4294967295}"#)
        #expect(body(.info(plain, hasWebSocket: false, entropy: 0)).contains(#""websocket":false"#))
    }

    @Test(arguments: [(nil, "*"), ("null", "*"), ("", "*"), ("http://a.example", "http://a.example"), ("a\r\nb", "*")])
    func theOriginIsNamed(_ origin: String?, _ allowed: String) {
        let response = SockJSResponse.options(.info, SockJSResponse.Request(origin: origin))
        #expect(response["Access-Control-Allow-Origin"] == allowed)
        #expect((response["Vary"] == "Origin") == (allowed != "*"))
    }

    @Test(arguments: [
        (nil, nil, true), (nil, "POST", true), ("null", nil, true), ("null", "POST", false),
        ("http://a.example", "POST", true),
    ])
    func credentialsAreLeftOutWhereABrowserAsksForAnOriginThatCannotBeNamed(
        _ origin: String?, _ method: String?, _ mayCome: Bool
    ) {
        let response = SockJSResponse.options(.info, SockJSResponse.Request(origin: origin, requestedMethod: method))
        #expect(response["Access-Control-Allow-Credentials"] == (mayCome ? "true" : nil))
    }

    @Test func optionsAreCachedForLong() {
        let response = SockJSResponse.options(.session("s", .xhrSend), plain)
        #expect(response.status == 204)
        #expect(response.body.isEmpty)
        #expect(response["Cache-Control"] == "public, max-age=31536000")
        #expect(response["Expires"] != nil)
        #expect(response["Access-Control-Max-Age"] == "31536000")
        #expect(response["Access-Control-Allow-Methods"] == "OPTIONS, POST")
    }

    @Test(arguments: [("a, b, c", "a, b, c"), ("", nil), (nil, nil), ("a\nb", nil)] as [(String?, String?)])
    func theHeadersAskedForAreAllowed(_ asked: String?, _ allowed: String?) {
        let head = SockJSResponse.head(of: .xhr, SockJSResponse.Request(requestedHeaders: asked))
        #expect(head["Access-Control-Allow-Headers"] == allowed)
    }

    @Test func theIframePageIsCachedByItsTag() throws {
        let page = SockJSResponse.iframe(plain, script: "/sockjs.js?a=1&b=\"2\"")
        #expect(page.status == 200)
        #expect(page["Content-Type"] == "text/html; charset=UTF-8")
        #expect(page["Cache-Control"] == "public, max-age=31536000")
        #expect(page["Last-Modified"] == nil)
        #expect(body(page).hasPrefix("<!DOCTYPE html>\n<html>\n<head>\n  <meta http-equiv"))
        #expect(body(page).contains("\n    _sockjs_onload = function(){SockJS.bootstrap_iframe();};\n  </script>\n"))
        #expect(body(page).contains("<script src=\"/sockjs.js?a=1&amp;b=&quot;2&quot;\"></script>"))
        let tag = try #require(page["ETag"])
        let known = SockJSResponse.iframe(
            SockJSResponse.Request(ifNoneMatch: tag), script: "/sockjs.js?a=1&b=\"2\"")
        #expect(known.status == 304)
        #expect(known["ETag"] == tag)
        #expect(known["Content-Type"] == nil)
        #expect(known.body.isEmpty)
        #expect(SockJSResponse.iframe(SockJSResponse.Request(ifNoneMatch: tag), script: "/new.js").status == 200)
    }

    @Test(arguments: [
        (SockJSTransport.xhr, "application/javascript; charset=UTF-8"),
        (.xhrStreaming, "application/javascript; charset=UTF-8"), (.eventSource, "text/event-stream; charset=UTF-8"),
        (.htmlFile, "text/html; charset=UTF-8"), (.jsonp, "application/javascript; charset=UTF-8"),
    ])
    func eachTransportHasItsHead(_ transport: SockJSTransport, _ type: String) {
        let head = SockJSResponse.head(of: transport, plain)
        #expect(head["Content-Type"] == type)
        #expect(head["Cache-Control"] == "no-store, no-cache, must-revalidate, max-age=0")
        #expect(head["Expires"] == nil)
        #expect((head["Access-Control-Allow-Origin"] != nil) == (transport.isCrossOrigin || transport == .eventSource))
        #expect((head["X-Accel-Buffering"] == "no") == transport.isStreaming)
        #expect(head["Set-Cookie"] == nil)
    }

    @Test func whatWasSentIsTaken() {
        let xhr = SockJSResponse.taken(by: .xhrSend, plain)
        #expect(xhr.status == 204)
        #expect(xhr.body.isEmpty)
        #expect(xhr["Content-Type"] == "text/plain; charset=UTF-8")
        #expect(xhr["Access-Control-Allow-Origin"] == "*")
        let jsonp = SockJSResponse.taken(by: .jsonpSend, plain, cookie: true)
        #expect(jsonp.status == 200)
        #expect(body(jsonp) == "ok")
        #expect(jsonp["Set-Cookie"] == "JSESSIONID=dummy; path=/")
        #expect(jsonp["Content-Type"] == "text/plain; charset=UTF-8")
    }

    @Test func whatIsRefusedSaysWhy() {
        let response = SockJSResponse.refused(SockJSPayload.Fault.brokenJSON, .xhrSend, plain)
        #expect(response.status == 500)
        #expect(body(response) == "Broken JSON encoding.")
        #expect(response["Access-Control-Allow-Origin"] == "*")
        #expect(body(.refused(SockJSCallback.Fault.missing, .jsonp, plain)) == "\"callback\" parameter required")
    }

    @Test(
        arguments: [
            (nil, "dummy"), ("", "dummy"), ("JSESSIONID=abcdef", "abcdef"), ("a=b; JSESSIONID=x; c=d", "x"),
            ("JSESSIONID=", "dummy"), ("XJSESSIONID=x", "dummy"), ("JSESSIONID=a\"b", "dummy"),
            ("JSESSIONID=a b", "dummy"),
            ("jsessionid=x", "dummy"),
        ] as [(String?, String)])
    func theCookieIsEchoed(_ cookie: String?, _ value: String) {
        let head = SockJSResponse.head(of: .xhr, SockJSResponse.Request(cookie: cookie), cookie: true)
        #expect(head["Set-Cookie"] == "JSESSIONID=\(value); path=/")
    }
}
