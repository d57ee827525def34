import ServiceRuntime
import Testing

@testable import WSEdge

@Suite struct RequestTests {
    @Test func readsAndDecodesTheQuery() {
        let target = RequestTarget("/ws?device=my%2Dphone&cursor=5-1&empty=&flag&device=second&x=%zz&y=a+b%C3%A4")
        #expect(target.path == "/ws")
        #expect(target.value("device") == "my-phone")
        #expect(target.value("cursor") == "5-1")
        #expect(target.value("empty") == "")
        #expect(target.value("flag") == "")
        #expect(target.value("x") == "%zz")
        #expect(target.value("y") == "a bä")
        #expect(target.value("none") == nil)
        #expect(RequestTarget("/").path == "/")
        #expect(RequestTarget("").path == "")
    }

    @Test func pagesOfTheSameHostMayConnectByDefault() {
        let policy = OriginPolicy(allowed: [])
        #expect(policy.allows(origin: nil, host: "chat.example.com"))
        #expect(policy.allows(origin: "https://chat.example.com", host: "chat.example.com"))
        #expect(policy.allows(origin: "https://Chat.Example.com", host: "chat.example.com:443"))
        #expect(policy.allows(origin: "http://127.0.0.1:8080", host: "127.0.0.1:8080"))
        #expect(!policy.allows(origin: "http://127.0.0.1:8080", host: "127.0.0.1:9101"))
        #expect(!policy.allows(origin: "https://evil.example", host: "chat.example.com"))
        #expect(!policy.allows(origin: "https://chat.example.com.evil.example", host: "chat.example.com"))
        #expect(!policy.allows(origin: "null", host: "chat.example.com"))
        #expect(!policy.allows(origin: "https://chat.example.com", host: nil))
    }

    @Test func onlyListedOriginsMayConnectWhenThereIsAList() {
        let policy = OriginPolicy(allowed: ["https://chat.example.com"])
        #expect(policy.allows(origin: "https://chat.example.com", host: "edge-1"))
        #expect(!policy.allows(origin: "https://edge-1", host: "edge-1"))
        #expect(OriginPolicy(allowed: ["*"]).allows(origin: "https://anywhere", host: "edge-1"))
    }

    @Test(arguments: ["https://a.example", "http://127.0.0.1:8080"])
    func knowsAnOrigin(_ text: String) { #expect(Settings.isOrigin(text)) }

    @Test(arguments: ["a.example", "https://a.example/", "https://a.example/x", "://a", "https://"])
    func knowsWhatIsNoOrigin(_ text: String) { #expect(!Settings.isOrigin(text)) }
}
