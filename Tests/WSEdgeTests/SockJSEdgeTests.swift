import Messaging
import NIOCore
import NIOEmbedded
import SockJS
import Testing

@testable import RedisStreams
@testable import WSEdge

/// SockJS over the requests of one edge. What the protocol itself says is in SockJSTests.
struct SockJSEdgeTests {
    private let session = "/chat-websocket/000/abc"

    private func post(
        _ bench: Bench, _ path: String, _ body: String = "", _ headers: [String: String] = [:]
    ) throws -> BenchClient {
        let client = try bench.open()
        try client.request("POST", path, headers, body: body)
        client.poll()
        return client
    }

    private func opened(_ bench: Bench, _ parts: Bench.Parts, _ query: String = "") throws {
        #expect(try post(bench, "\(session)/xhr?device=phone&token=\(parts.token)\(query)").body == "o\n")
    }

    @Test func aSessionOfJSONFramesIsOneLikeAnyOther() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        try opened(bench, parts, "&protocol=json")
        let welcome = try post(bench, "\(session)/xhr")
        #expect(welcome.body.hasPrefix(#"a["{\"type\":\"welcome\",\"user\":\"alice\",\"device\":\"phone\""#))
        #expect(bench.loop.environment.sockJS.count == 1 && bench.loop.environment.sessions == 1)
        let sent = try post(
            bench, "\(session)/xhr_send", #"["{\"type\":\"send\",\"n\":1,\"to\":\"user:bob\",\"data\":1}"]"#)
        #expect(sent.status == "204")
        #expect(try post(bench, "\(session)/xhr").body.contains(#"\"type\":\"accepted\",\"n\":1"#))
        bench.message(cursor: 6, previous: 5, data: "1")
        bench.message(cursor: 7, previous: 6, data: "2")
        bench.eventLoop.run()
        let both = try post(bench, "\(session)/xhr").body
        #expect(both.contains(#"\"cursor\":\"6-0\""#) && both.contains(#"\"cursor\":\"7-0\""#))
    }

    @Test func aRequestThatWaitsIsAnsweredWhenThereIsSomethingToSay() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        try opened(bench, parts, "&protocol=json")
        _ = try post(bench, "\(session)/xhr")
        let waiting = try post(bench, "\(session)/xhr")
        #expect(waiting.head.isEmpty)
        let second = try post(bench, "\(session)/xhr")
        #expect(second.body == "c[2010,\"Another connection still open\"]\n")
        bench.message(cursor: 6, previous: 5, data: "1")
        waiting.poll()
        #expect(waiting.body.hasPrefix("a[\"{\\\"type\\\":\\\"message\\\""))
    }

    @Test func theFirstMessageSaysWhatIsSpoken() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        try opened(bench, parts)
        let waiting = try post(bench, "\(session)/xhr")
        #expect(waiting.head.isEmpty && bench.loop.environment.sessions == 0)
        #expect(try post(bench, "\(session)/xhr_send", #"["{\"type\":\"ping\",\"n\":4}"]"#).status == "204")
        waiting.poll()
        let later = try post(bench, "\(session)/xhr").body
        #expect(waiting.body.contains("welcome") && (waiting.body + later).contains("pong"))
    }

    @Test func anythingButABraceIsSTOMP() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        #expect(try post(bench, "\(session)/xhr?device=phone&token=\(parts.token)").body == "o\n")
        let connect = #"["CONNECT\naccept-version:1.2\nhost:x\n\n\u0000"]"#
        #expect(try post(bench, "\(session)/xhr_send", connect).status == "204")
        let connected = try post(bench, "\(session)/xhr").body
        #expect(connected.hasPrefix(#"a["CONNECTED\nversion:1.2"#) && connected.contains("user-name:alice"))
        let wrong = "/chat-websocket/000/wrong"
        #expect(try post(bench, "\(wrong)/xhr?protocol=stomp&token=nonsense").body == "o\n")
        #expect(try post(bench, "\(wrong)/xhr").body.hasPrefix(#"a["ERROR\nmessage:"#))
        #expect(try post(bench, "\(wrong)/xhr").body == "c[4500,\"unauthorized\"]\n")
        let raw = try bench.connect("/ws-sockjs/websocket", ["Sec-WebSocket-Protocol": "v12.stomp, v11.stomp"])
        #expect(raw.status == "101" && raw.head.contains("v12.stomp"))
    }

    @Test func theAddressItselfIsAWebSocketForPagesWithoutSockJS() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        #expect(try bench.connect("/chat-websocket").status == "101")
        let stomp = try bench.connect("/chat-websocket", ["Sec-WebSocket-Protocol": "v12.stomp,v11.stomp,v10.stomp"])
        #expect(stomp.status == "101" && stomp.head.contains("v12.stomp"))
        #expect(try bench.connect("/chat-websocket", ["Sec-WebSocket-Protocol": "mqtt"]).status == "400")
        let greeting = try bench.open()
        try greeting.request("GET", "/chat-websocket")
        greeting.poll()
        #expect(greeting.body == "Welcome to SockJS!\n")
    }

    @Test func sockJSAtTheAddressOfTheJSONFramesLeavesTheseWhereTheyAre() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--sockjs-paths", "/ws"])
        let json = try bench.connect(
            "/ws?device=phone&token=\(parts.token)", ["Sec-WebSocket-Protocol": "switchboard.v1"])
        #expect(json.status == "101" && json.head.contains("switchboard.v1"))
        let stomp = try bench.connect("/ws", ["Sec-WebSocket-Protocol": "v11.stomp"])
        #expect(stomp.status == "101" && stomp.head.contains("v11.stomp"))
        let info = try bench.open()
        try info.request("GET", "/ws/info")
        info.poll()
        #expect(info.status == "200" && info.body.contains("\"websocket\":true"))
    }

    @Test func whoIsRefusedIsToldInTheSession() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        #expect(try post(bench, "\(session)/xhr?device=phone&token=nonsense&protocol=json").body == "o\n")
        #expect(try post(bench, "\(session)/xhr").body.contains("unauthorized"))
        #expect(try post(bench, "\(session)/xhr").body == "c[4500,\"unauthorized\"]\n")
        let other = "/ws-sockjs/000/def"
        #expect(try post(bench, "\(other)/xhr?protocol=json").body == "o\n")
        #expect(try post(bench, "\(other)/xhr").body.contains("query parameter 'device' is missing"))
        #expect(try post(bench, "\(other)/xhr").body == "c[4501,\"bad frame\"]\n")
        #expect(bench.loop.environment.connections == 0)
    }

    @Test func messagesForASessionThatIsNotThereFindNothing() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        #expect(try post(bench, "\(session)/xhr_send", "[\"x\"]").status == "404")
        #expect(bench.redis.commands("claim_sockjs").first?.last == "0")
    }

    @Test func aPayloadThatIsNoneIsRefused() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        try opened(bench, parts)
        let broken = try post(bench, "\(session)/xhr_send", "[\"x")
        #expect(broken.status == "500" && broken.body == "Broken JSON encoding.")
        #expect(try post(bench, "\(session)/xhr_send").body == "Payload expected.")
        let long = try post(bench, "\(session)/xhr_send", "[\"\(String(repeating: "x", count: 90_000))\"]")
        #expect(long.status == "500")
        #expect(try post(bench, "\(session)/xhr").body == "c[1009,\"frame too large\"]\n")
        #expect(try post(bench, "\(session)/xhr_send", String(repeating: "x", count: 400_000)).status == "413")
    }

    @Test func aStreamEndsAfterItsLimitAndTheNextGoesOn() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--echo-path", "/echo"])
        let stream = try bench.open()
        try stream.request("POST", "/echo/000/s/xhr_streaming")
        bench.eventLoop.run()
        #expect(stream.chunks() == String(repeating: "h", count: 2048) + "\no\n")
        let text = "\"" + String(repeating: "x", count: 2000) + "\""
        for count in 1...3 {
            #expect(try post(bench, "/echo/000/s/xhr_send", "[\(text)]").status == "204")
            bench.eventLoop.run()
            #expect(stream.chunks() == "a[\(text)]\n")
            #expect(stream.hasEnded == (count == 3))
        }
        let next = try bench.open()
        try next.request("GET", "/echo/000/s/eventsource")
        bench.eventLoop.run()
        #expect(next.head.contains("text/event-stream") && next.head.contains("X-Accel-Buffering: no"))
        #expect(next.chunks() == "\r\n")
        #expect(try post(bench, "/echo/000/s/xhr_send", "[\"y\"]").status == "204")
        bench.eventLoop.run()
        #expect(next.chunks() == "data: a[\"y\"]\r\n\r\n")
    }

    @Test func aStreamWhoseClientGoesEndsTheSession() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let stream = try bench.open()
        try stream.request("POST", "\(session)/xhr_streaming?device=phone&token=\(parts.token)&protocol=json")
        bench.eventLoop.run()
        #expect(stream.chunks().contains("welcome"))
        stream.channel.pipeline.fireChannelInactive()
        bench.eventLoop.run()
        #expect(bench.loop.environment.sessions == 0 && bench.loop.connections.isEmpty)
        #expect(try post(bench, "\(session)/xhr").body == "c[1002,\"Connection interrupted\"]\n")
        #expect(try post(bench, "\(session)/xhr_send", "[]").status == "404")
    }

    @Test func aSessionNobodyAsksForIsOver() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        try opened(bench, parts, "&protocol=json")
        let now = NIODeadline.now()
        bench.loop.sockJS.tick(now: now + .seconds(4))
        #expect(bench.loop.environment.sessions == 1)
        bench.loop.sockJS.tick(now: now + .seconds(7))
        bench.eventLoop.run()
        #expect(bench.loop.environment.sessions == 0 && bench.loop.environment.sockJS.count == 0)
        #expect(bench.loop.environment.connections == 0)
        #expect(bench.redis.commands("release_sockjs").count == 1)
        try opened(bench, parts, "&protocol=json")
    }

    @Test func whatWaitsForASlowClientIsBounded() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--outbound-limit", "131072"])
        try opened(bench, parts, "&protocol=json")
        _ = try post(bench, "\(session)/xhr")
        let body = "\"" + String(repeating: "x", count: 30_000) + "\""
        for cursor in 6...12 as ClosedRange<UInt64> {
            bench.message(cursor: cursor, previous: cursor - 1, data: body)
            bench.eventLoop.run()
        }
        #expect(bench.loop.environment.sessions == 0)
        // What waited is fetched, and then why it ends.
        #expect(try post(bench, "\(session)/xhr").body.hasPrefix("a["))
        #expect(try post(bench, "\(session)/xhr").body == "c[4001,\"slow consumer\"]\n")
    }

    @Test func aMessageThatEndsItsSessionWasTakenAllTheSame() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        try opened(bench, parts, "&protocol=stomp")
        #expect(try post(bench, "\(session)/xhr_send", #"["CONNECT\naccept-version:1.2\n\n\u0000"]"#).status == "204")
        _ = try post(bench, "\(session)/xhr")
        let leaving = try post(bench, "\(session)/xhr_send", #"["DISCONNECT\nreceipt:bye\n\n\u0000"]"#)
        bench.eventLoop.run()
        leaving.poll()
        #expect(leaving.status == "204")
        #expect(try post(bench, "\(session)/xhr").body.contains("RECEIPT\\nreceipt-id:bye"))
        #expect(try post(bench, "\(session)/xhr_send", "[\"x\"]").status == "404")
    }

    @Test func whoIsHeldBackIsAnsweredLater() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--in-flight-limit", "1"])
        try opened(bench, parts, "&protocol=json")
        _ = try post(bench, "\(session)/xhr")
        bench.redis.holdBack()
        let frames = (1...3).map { #""{\"type\":\"send\",\"n\":\#($0),\"to\":\"user:bob\",\"data\":1}""# }
        let sending = try post(bench, "\(session)/xhr_send", "[\(frames.joined(separator: ","))]")
        #expect(sending.head.isEmpty)
        #expect(bench.redis.commands("publish").count == 1)
        bench.redis.answer()
        for _ in 0..<8 { bench.eventLoop.run() }
        sending.poll()
        #expect(sending.status == "204" && bench.redis.commands("publish").count == 3)
    }

    @Test func whatWaitsToBeTakenIsBoundedInBytes() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--in-flight-limit", "1"])
        try opened(bench, parts, "&protocol=json")
        _ = try post(bench, "\(session)/xhr")
        bench.redis.holdBack()
        let long = String(repeating: "x", count: 50_000)
        let frames = (1...4).map { #""{\"type\":\"send\",\"n\":\#($0),\"to\":\"user:bob\",\"data\":\"\#(long)\"}""# }
        let payload = "[\(frames.joined(separator: ","))]"
        #expect(try post(bench, "\(session)/xhr_send", payload).head.isEmpty)
        let second = try post(bench, "\(session)/xhr_send", payload)
        #expect(second.status == "503" && second.head.contains("Retry-After"))
        #expect(try post(bench, "\(session)/xhr_send", #"["{\"type\":\"ping\",\"n\":9}"]"#).head.isEmpty)
    }

    @Test func aDrainedSessionIsToldAndServedUntilItHasHeardWhy() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        try opened(bench, parts, "&protocol=json")
        _ = try post(bench, "\(session)/xhr")
        bench.loop.environment.drain()
        for connection in bench.loop.connections.values {
            #expect(connection.move(to: "ws://other/ws", within: .milliseconds(700)))
        }
        bench.eventLoop.run()
        #expect(try post(bench, "\(session)/xhr").body == "a[\"{\\\"type\\\":\\\"moving\\\",\\\"within\\\":700}\"]\n")
        for connection in bench.loop.connections.values { connection.leave() }
        #expect(try post(bench, "\(session)/xhr").body == "c[4000,\"moved\"]\n")
        #expect(try post(bench, "/chat-websocket/000/new/xhr").status == "503")
        #expect(bench.loop.environment.sockJS.count == 1)
    }

    @Test func aPageOfAnotherOriginIsForbidden() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--allowed-origins", "https://chat.example"])
        #expect(try post(bench, "\(session)/xhr", "", ["Origin": "https://evil.example"]).status == "403")
        let good = try post(bench, "\(session)/xhr", "", ["Origin": "https://chat.example"])
        let form = ["Origin": "null", "Content-Type": "application/x-www-form-urlencoded"]
        #expect(try post(bench, "\(session)/jsonp_send", "d=%5B%5D", form).status == "200")
        #expect(try post(bench, "\(session)/xhr", "", ["Origin": "null"]).status == "403")
        #expect(good.body == "o\n" && good.head.contains("Access-Control-Allow-Origin: https://chat.example"))
    }

    @Test func whatThePublicTestsTalkToIsOpenToAnyOrigin() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--echo-path", "/echo"])
        let polled = try post(bench, "/echo/000/s/xhr", "", ["Origin": "test"])
        #expect(polled.body == "o\n" && polled.head.contains("Access-Control-Allow-Origin: test"))
        #expect(try bench.connect("/echo/000/t/websocket", ["Origin": "http://asd"]).status == "101")
        #expect(try post(bench, "\(session)/xhr", "", ["Origin": "test"]).status == "403")
    }

    @Test(arguments: ["7", "8", "13"]) func olderWebSocketsAreSpoken(_ version: String) async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--allowed-origins", "https://chat.example"])
        let path = "\(session)/websocket?device=phone&token=\(parts.token)&protocol=json"
        func open(_ origin: String) throws -> BenchClient {
            try bench.connect(path, ["Sec-WebSocket-Version": version, "Sec-WebSocket-Origin": origin])
        }
        let client = try open("https://chat.example")
        #expect(client.status == "101" && client.head.lowercased().contains("s3pplmbitxaq9kygzzhzrbk+xoo="))
        #expect(client.texts().first == "o")
        #expect(try open("https://evil.example").status == "403")
        #expect(try bench.connect(path, ["Sec-WebSocket-Version": "6"]).status == "426")
        let own = try bench.connect("/ws?device=phone&token=\(parts.token)", ["Sec-WebSocket-Version": version])
        #expect(own.status == (version == "13" ? "101" : "426"))
    }

    @Test func whatNeedsNoSessionIsAnswered() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--echo-path", "/echo", "--sockjs-paths", "/a/b"])
        func ask(_ method: String, _ path: String) throws -> BenchClient {
            let client = try bench.open()
            try client.request(method, path)
            return client
        }
        #expect(try ask("GET", "/a/b").body == "Welcome to SockJS!\n")
        #expect(try ask("GET", "/a/b/info").body.contains(#""websocket":true"#))
        #expect(try ask("GET", "/disabled_websocket_echo/info").body.contains(#""websocket":false"#))
        #expect(try ask("GET", "/cookie_needed_echo/info").body.contains(#""cookie_needed":true"#))
        #expect(try ask("GET", "/a/b/iframe.html").body.contains("sockjs.min.js"))
        #expect(try ask("GET", "/a/b/x").status == "404" && ask("GET", "/a/bc").status == "404")
        #expect(try ask("GET", "/a/b/0/0/xhr").status == "405")
        #expect(try ask("OPTIONS", "/a/b/0/0/xhr").status == "204")
        #expect(try ask("GET", "/a/b/0/0/websocket").status == "400")
        #expect(try ask("GET", "/a/b/0/0/jsonp").status == "500")
        #expect(try ask("GET", "/disabled_websocket_echo/0/0/websocket").status == "404")
    }

    @Test func aWebSocketCarriesFramesOrNone() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--echo-path", "/echo"])
        let framed = try bench.connect("\(session)/websocket?device=phone&token=\(parts.token)&protocol=json")
        #expect(framed.status == "101")
        let texts = framed.texts()
        #expect(texts.first == "o" && texts.last?.hasPrefix("a[\"{\\\"type\\\":\\\"welcome") == true)
        try framed.send(#"["{\"type\":\"ping\",\"n\":4}"]"#)
        #expect(framed.texts() == [#"a["{\"type\":\"pong\",\"n\":4}"]"#])
        try framed.send("[\"x")
        #expect(framed.closeCode == 4501)
        let raw = try bench.connect("/chat-websocket/websocket?device=phone&token=\(parts.token)")
        #expect(raw.texts().isEmpty)
        try raw.send(#"{"type":"ping","n":4}"#)
        #expect(raw.texts().last == #"{"type":"pong","n":4}"#)
        let close = try bench.connect("/close/websocket")
        #expect(close.closeCode == 3000)
        let said = try bench.connect("/close/0/0/websocket")
        #expect(said.texts() == ["o", "c[3000,\"Go away!\"]"])
    }
}
