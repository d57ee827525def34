import TestStack
import Testing

extension IntegrationTests {
    /// Topics over two edges.
    @Suite(
        .serialized,
        .stack {
            $0.environment = [
                "TOPIC_RULES": "closed.* publish=scope:editor subscribe=scope:reader; quiet.* publish=nobody",
                "TOPIC_RETENTION": "short.* count=3; none.* count=0",
            ]
            $0.environments["ws-edge"] = [
                "CHECK_INTERVAL": "1", "TOPICS_PER_SESSION": "3", "RATE": "2000", "BURST": "5000",
            ]
        }
    ) struct Topics {
        private func texts(_ messages: [ServerMessage]) -> [String] { messages.map { $0.text ?? "" } }

        @Test func whoHearsATopicGetsItOnEveryEdgeInOrder() async throws {
            let stack = try theStack()
            let topic = fresh("news")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            let two = try await stack.connect(fresh("bob"), edge: 1)
            let three = try await stack.connect(fresh("carol"), edge: 1)
            try await one.subscribe(topic)
            try await two.subscribe(topic)
            for number in 0..<30 { try await one.send("topic:\(topic)", .string("\(number)")) }
            let got = try await two.messages(of: topic, atLeast: 30)
            #expect(texts(got) == (0..<30).map(String.init))
            #expect(got.allSatisfy { $0.cursor == nil && $0.from == one.user && $0.id != nil })
            // The device that sends does not get its own, and who does not hear the topic gets nothing.
            try await three.send("topic:\(topic)", "from outside")
            try await one.message("from outside")
            try await two.message("from outside")
            #expect(one.messages(in: "topic:\(topic)").count == 1)
            #expect(three.messages.isEmpty)
            try await two.unsubscribe(topic)
            try await three.send("topic:\(topic)", "again")
            try await one.message("again")
            try await three.send("user:\(two.user)", "mark")
            try await two.message("mark")
            #expect(!texts(two.messages).contains("again"))
        }

        @Test func afterBringsWhatWasMissedBeforeTheAnswer() async throws {
            let stack = try theStack()
            let topic = fresh("news")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            let two = try await stack.connect(fresh("bob"), edge: 1)
            let place = try #require(try await two.subscribe(topic).after)
            #expect(place == "0-0")
            try await two.close()
            for number in 0..<250 {
                let n = try await one.post("topic:\(topic)", .string("\(number)"))
                if number % 50 == 49 { try await one.frame("accepted") { $0.type == "accepted" && $0.n == n } }
            }
            let back = try await stack.connect(two.user, edge: 0)
            try await eventually("the log has all") {
                try await stack.redis.cli("XLEN", "sb:{t:\(topic)}:log") == "250"
            }
            let ok = try await back.subscribe(topic, after: place)
            let got = back.messages(in: "topic:\(topic)")
            #expect(texts(got) == (0..<250).map(String.init))
            #expect(ok.after == got.last?.id)
            #expect(!back.frames.contains { $0.type == "gap" })
            // From the middle, and everything that is kept; the session begins anew each time.
            let third = try await stack.connect(fresh("carol"), edge: 1)
            try await third.subscribe(topic, after: got[199].id)
            #expect(texts(third.messages) == (200..<250).map(String.init))
            let fourth = try await stack.connect(fresh("dave"), edge: 1)
            try await fourth.subscribe(topic, after: "0")
            #expect(fourth.messages.count == 250)
            try await one.send("topic:\(topic)", "live")
            for client in [back, third, fourth] { try await client.message("live") }
        }

        @Test func whatTheLogDoesNotHoldAnyMoreIsAGapThatHistoryFills() async throws {
            let stack = try theStack()
            let topic = fresh("short.x")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            var ids: [String] = []
            for number in 0..<8 { ids.append(try await one.send("topic:\(topic)", .string("\(number)")).id ?? "") }
            try await eventually("the log is cut") {
                try await stack.redis.cli("HGET", "sb:{t:\(topic)}:head", "last") == ids[7]
            }
            let two = try await stack.connect(fresh("bob"), edge: 1)
            try await two.subscribe(topic, after: ids[1])
            let gap = try #require(two.frames.first { $0.type == "gap" })
            #expect(gap.conversation == "topic:\(topic)" && gap.after == ids[1])
            #expect(texts(two.messages) == ["5", "6", "7"])
            let page = try await eventually("history has it") {
                let answer = try await stack.call(
                    "GET", stack.history, "/v1/conversations/topic:\(topic)/messages?after=\(ids[1])", as: two.user)
                let all = answer.status == 200 ? try answer.json()["messages"]?.array ?? [] : []
                return all.count == 6 ? all : nil
            }
            #expect(page.compactMap { $0["id"]?.string } == Array(ids[2...]))
        }

        @Test func aTopicThatKeepsNothingIsHeardLiveAndHasAGapForWhoWasAway() async throws {
            let stack = try theStack()
            let topic = fresh("none.x")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            let two = try await stack.connect(fresh("bob"), edge: 1)
            let place = try #require(try await two.subscribe(topic).after)
            for number in 0..<20 { try await one.send("topic:\(topic)", .string("\(number)")) }
            #expect(texts(try await two.messages(of: topic, atLeast: 20)) == (0..<20).map(String.init))
            #expect(!two.frames.contains { $0.type == "gap" })
            let three = try await stack.connect(fresh("carol"), edge: 0)
            try await three.subscribe(topic, after: place)
            #expect(three.frames.contains { $0.type == "gap" && $0.conversation == "topic:\(topic)" })
            #expect(three.messages.isEmpty)
        }

        @Test func rulesSayWhoMayPublishAndWhoMayHear() async throws {
            let stack = try theStack()
            let topic = fresh("closed.x")
            let alice = try await stack.connect(fresh("alice"), edge: 0, scopes: ["editor"])
            let bob = try await stack.connect(fresh("bob"), edge: 1, scopes: ["reader"])
            let carol = try await stack.connect(fresh("carol"), edge: 1)
            try await bob.subscribe(topic)
            try await alice.send("topic:\(topic)", "hello")
            try await bob.message("hello")
            for (client, frame) in [
                (carol, #"{"type":"subscribe","n":9,"topic":"\#(topic)"}"#),
                (carol, #"{"type":"send","n":9,"to":"topic:\#(topic)","data":1}"#),
                (bob, #"{"type":"send","n":9,"to":"topic:\#(topic)","data":1}"#),
                (alice, #"{"type":"send","n":9,"to":"topic:quiet.x","data":1}"#),
                (alice, #"{"type":"send","n":9,"to":"all","data":1}"#),
            ] {
                try await client.socket.send(frame)
                let error = try await client.frame("a refusal") { $0.type == "error" && $0.n == 9 }
                #expect(error.code == "forbidden", "\(frame)")
                #expect(error.message?.contains("'t") == true, "the field is not named: \(error.message ?? "")")
            }
            let path = "/v1/conversations/topic:\(topic)/messages"
            try await eventually("history has it") {
                try await stack.call("GET", stack.history, path, as: "x", scopes: ["reader"]).status == 200
            }
            #expect(try await stack.call("GET", stack.history, path, as: carol.user).status == 403)
            let unknown = "/v1/conversations/topic:\(fresh("closed.none"))/messages"
            #expect(try await stack.call("GET", stack.history, unknown, as: carol.user).status == 403)
            #expect(try await stack.call("GET", stack.history, unknown, as: "x", scopes: ["reader"]).status == 404)
        }

        @Test func aTokensGrantIsEnough() async throws {
            let stack = try theStack()
            let topic = fresh("closed.y")
            var token = Token(user: fresh("alice"))
            token.claims["topics"] = ["publish": ["closed.*"], "subscribe": [.string(topic)]]
            let handshake = try await WebSocketClient.connect(
                "ws://127.0.0.1:\(stack.edges[0].port)/ws?device=d",
                headers: ["Authorization": "Bearer \(try token.signed(stack.secret))"])
            guard case .open(let socket) = handshake else {
                Issue.record("refused")
                return
            }
            try await socket.send(#"{"type":"subscribe","n":1,"topic":"\#(topic)"}"#)
            _ = try await socket.receive("ok") { $0.text.contains(#""type":"ok""#) }
            try await socket.send(#"{"type":"send","n":2,"to":"topic:\#(topic)","data":1}"#)
            _ = try await socket.receive("accepted") { $0.text.contains(#""type":"accepted""#) }
            try await socket.close()
        }

        @Test func whatIsForAllReachesEverybodyAndIsResumed() async throws {
            let stack = try theStack()
            let alice = try await stack.connect(fresh("alice"), edge: 0, scopes: ["broadcast"])
            let bob = try await stack.connect(fresh("bob"), edge: 0)
            let carol = try await stack.connect(fresh("carol"), edge: 1)
            let text = fresh("to all")
            let first = try await alice.send("all", .string(text))
            #expect(first.conversation == "topic:all")
            for client in [bob, carol] {
                let message = try await client.message(text)
                #expect(message.conversation == "topic:all" && message.cursor == nil && message.id == first.id)
            }
            try await carol.close()
            let (second, third) = (fresh("second"), fresh("third"))
            try await alice.send("all", .string(second))
            let posted = try await stack.call(
                "POST", stack.router, "/v1/messages", as: "server", scopes: ["broadcast"],
                body: #"{"to":"all","data":"\#(third)"}"#)
            #expect(posted.status == 202)
            try await bob.message(third)
            let back = try await stack.connect(carol.user, edge: 0)
            try await back.subscribe("all", after: first.id)
            let mine = texts(back.messages).filter { [text, second, third].contains($0) }
            #expect(mine == [second, third])
            try await back.socket.send(#"{"type":"unsubscribe","n":7,"topic":"all"}"#)
            let error = try await back.frame("a refusal") { $0.type == "error" && $0.n == 7 }
            #expect(error.code == "bad_request")
        }

        @Test func aSignalReachesWhoHearsTheTopicNow() async throws {
            let stack = try theStack()
            let topic = fresh("talk")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            let two = try await stack.connect(fresh("bob"), edge: 1)
            try await one.subscribe(topic)
            try await two.subscribe(topic)
            try await one.send(["type": "signal", "to": .string("topic:\(topic)"), "data": "typing"])
            let signal = try await two.frame(type: "signal")
            #expect(signal.to == "topic:\(topic)" && signal.from == one.user)
            try await one.send("topic:\(topic)", "mark")
            try await two.message("mark")
            #expect(!one.frames.contains { $0.type == "signal" })
        }

        @Test func aSessionHasSoManyTopicsAndNoMore() async throws {
            let stack = try theStack()
            let client = try await stack.connect(fresh("alice"), edge: 0)
            for number in 0..<3 { try await client.subscribe("t\(number)") }
            try await client.subscribe("t0")
            try await client.socket.send(#"{"type":"subscribe","n":9,"topic":"t3"}"#)
            let error = try await client.frame("a refusal") { $0.type == "error" && $0.n == 9 }
            #expect(error.code == "bad_request")
            #expect(error.message?.contains("'topic'") == true)
            try await client.unsubscribe("t0")
            try await client.subscribe("t3")
        }

        @Test func restPublishesToATopicOnceForEachKey() async throws {
            let stack = try theStack()
            let topic = fresh("news")
            let client = try await stack.connect(fresh("alice"), edge: 1)
            try await client.subscribe(topic)
            for _ in 0..<2 {
                let answer = try await stack.call(
                    "POST", stack.router, "/v1/messages", as: "server", headers: ["Idempotency-Key": topic],
                    body: #"{"to":"topic:\#(topic)","data":"once"}"#)
                #expect(answer.status == 202)
            }
            try await stack.connect(fresh("bob"), edge: 0).send("topic:\(topic)", "mark")
            try await client.message("mark")
            #expect(texts(client.messages) == ["once", "mark"])
        }
    }
}
