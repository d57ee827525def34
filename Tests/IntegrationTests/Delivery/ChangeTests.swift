import Messaging
import TestStack
import Testing

extension IntegrationTests {
    /// Messages that are edited and deleted, and what they come with.
    @Suite(
        .serialized,
        .stack { plan in
            plan.environment["LOG_LIMIT"] = "500"
            plan.environments["ws-edge"] = ["RATE": "100000", "BURST": "100000", "CHECK_INTERVAL": "1"]
        }
    ) struct Changes {
        /// Asks for a change and waits until that is accepted.
        private func ask(_ client: SessionClient, _ frame: [String: JSONValue], n: Int) async throws -> ServerMessage {
            var frame = frame
            frame["n"] = .number(Double(n))
            try await client.send(.object(frame))
            return try await client.frame("an answer to n \(n)") {
                $0.n == n && ($0.type == "accepted" || $0.type == "error")
            }
        }

        private func edit(_ conversation: String, _ id: String, _ data: JSONValue) -> [String: JSONValue] {
            ["type": "edit", "conversation": .string(conversation), "id": .string(id), "data": data]
        }

        private func deletion(_ conversation: String, _ id: String) -> [String: JSONValue] {
            ["type": "delete", "conversation": .string(conversation), "id": .string(id)]
        }

        private func dm(_ one: String, _ other: String) -> String {
            "dm:" + [one, other].sorted().joined(separator: ":")
        }

        @Test func whatIsEditedAndDeletedIsSeenLiveOnAnotherEdgeOnResumeAndInHistory() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let conversation = dm(alice, bob)
            let one = try await stack.connect(alice, edge: 0)
            let tablet = try await stack.connect(alice, device: "\(alice)-2", edge: 1)
            let two = try await stack.connect(bob, edge: 1)
            let away = try await stack.connect(bob, device: "\(bob)-2", edge: 0)
            let id = try #require(try await one.send("user:\(bob)", "frist").id)
            try await away.message("frist")
            try await away.acknowledge(away.cursor)
            try await away.ping()
            let cursor = away.cursor
            try await away.close()

            let accepted = try await ask(one, edit(conversation, id, "first"), n: 100)
            #expect(accepted.type == "accepted")
            for client in [one, tablet, two] {
                let edited = try await client.frame(type: "edited")
                #expect(edited.id == id && edited.conversation == conversation && edited.from == alice)
                #expect(edited.text == "first" && edited.change == accepted.id && edited.at == accepted.at)
                #expect(edited.cursor != nil)
            }
            // The same n again is the same change.
            let again = try await ask(one, edit(conversation, id, "first"), n: 100)
            #expect(again.duplicate == true && again.id == accepted.id)

            let removed = try await ask(one, deletion(conversation, id), n: 101)
            for client in [one, tablet, two] {
                let deleted = try await client.frame(type: "deleted")
                #expect(deleted.id == id && deleted.change == removed.id && deleted.data == nil)
            }
            let back = try await stack.connect(bob, device: "\(bob)-2", edge: 1, cursor: cursor)
            #expect(try await back.frame(type: "edited").text == "first")
            #expect(try await back.frame(type: "deleted").id == id)
            #expect(two.frames.count { $0.type == "edited" || $0.type == "deleted" } == 2)

            let history = try await stack.history(conversation, as: bob)
            #expect(history.count == 1)
            #expect(history[0]["data"]?.isNull == true && history[0]["id"]?.string == id)
            #expect(history[0]["deleted"]?.integer == removed.at.map(Int.init))
        }

        @Test func whoMayNotIsToldAndNobodyElse() async throws {
            let stack = try theStack()
            let (alice, bob, eve) = (fresh("alice"), fresh("bob"), fresh("eve"))
            let conversation = dm(alice, bob)
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let other = try await stack.connect(bob, device: "\(bob)-2", edge: 0)
            let stranger = try await stack.connect(eve, edge: 0)
            let id = try #require(try await one.send("user:\(bob)", "mine").id)
            try await two.message("mine")

            let accepted = try await ask(two, edit(conversation, id, "yours"), n: 7)
            let refused = try await two.frame(type: "error")
            #expect(refused.n == 7 && refused.code == "forbidden" && refused.change == accepted.id)
            #expect(refused.id == id && refused.conversation == conversation && refused.cursor != nil)
            #expect(refused.message?.contains("field 'id'") == true)
            // It can be acknowledged like a message.
            try await two.acknowledge(refused.cursor ?? "")
            try await two.ping()

            #expect(try await ask(stranger, edit(conversation, id, "hers"), n: 1).code == "forbidden")
            #expect(try await ask(stranger, deletion("group:none", id), n: 2).code == "not_found")
            _ = try await ask(one, deletion(conversation, "5-0"), n: 50)
            #expect(try await one.frame(type: "error").code == "not_found")

            let root = try await stack.connect(fresh("root"), edge: 1, scopes: ["admin"])
            _ = try await ask(root, edit(conversation, id, "by an admin"), n: 1)
            for client in [one, two, other] {
                let edited = try await client.frame(type: "edited")
                #expect(edited.text == "by an admin" && edited.from == root.user)
            }
            #expect(!other.frames.contains { $0.type == "error" })
            #expect(!two.frames.contains { $0.type == "edited" && $0.text != "by an admin" })
            #expect(try await stack.history(conversation, as: bob).first?["data"] == "by an admin")
        }

        @Test func aRefusalIsThereWhenTheDeviceComesBack() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let id = try #require(try await one.send("user:\(bob)", "mine").id)
            let cursor = try #require(try await two.message("mine").cursor)
            await stack.history.suspend()
            _ = try await ask(two, deletion(dm(alice, bob), id), n: 7)
            try await two.close()
            await stack.history.resume()
            try await eventually("it is refused") {
                try await stack.redis.cli("XREVRANGE", "sb:{u:\(bob)}:inbox", "+", "-", "COUNT", "1")
                    .contains("refused")
            }
            let back = try await stack.connect(bob, edge: 0, cursor: cursor)
            let refused = try await back.frame(type: "error")
            #expect(refused.n == 7 && refused.code == "forbidden" && refused.id == id)
        }

        @Test func groupsLargeGroupsAndTopicsHearOfIt() async throws {
            let stack = try theStack()
            let (alice, bob, carol) = (fresh("alice"), fresh("bob"), fresh("carol"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let (small, large, topic) = (fresh("small"), fresh("large"), fresh("topic"))
            try await stack.makeGroup(small, members: [alice, bob])
            try await stack.makeGroup(large, members: [alice, bob] + (0..<1000).map { "m\($0)" })
            try await two.subscribe(topic)
            try await one.subscribe(topic)
            var n = 1000
            for to in ["group:\(small)", "group:\(large)", "topic:\(topic)"] {
                n += 10
                // Of a group that has just been made the edge may not know yet.
                var sent: ServerMessage?
                try await eventually("\(to) can be sent to") {
                    sent = try? await one.send(to, .string("to \(to)"))
                    return sent != nil
                }
                let id = try #require(sent?.id)
                try await two.message("to \(to)")
                let accepted = try await ask(one, edit(to, id, .string("again to \(to)")), n: n)
                for client in [one, two] {
                    let edited = try await client.frame(type: "edited")
                    #expect(edited.id == id && edited.conversation == to && edited.change == accepted.id)
                    #expect(edited.text == "again to \(to)")
                    #expect((edited.cursor == nil) == (to != "group:\(small)"))
                }
                _ = try await ask(two, deletion(to, id), n: n + 1)
                #expect(try await two.frame(type: "error").code == "forbidden")
                // The refusal came by the inbox: what is heard goes on.
                _ = try await ask(one, deletion(to, id), n: n + 2)
                for client in [one, two] { #expect(try await client.frame(type: "deleted").id == id) }
            }
            // Who comes later finds the topic's messages with what became of them.
            let three = try await stack.connect(carol, edge: 0)
            try await three.subscribe(topic, after: "0")
            let heard = three.frames.filter { $0.conversation == "topic:\(topic)" }.map(\.type)
            #expect(heard == ["message", "edited", "deleted"])
        }

        @Test func aLogThatIsFullIsNoHindranceToWhatWasAccepted() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let conversation = dm(alice, bob)
            let partition = Partition.of(conversation, count: 16)
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let id = try #require(try await one.send("user:\(bob)", "0").id)
            try await two.message("0")
            // Nothing is cut off the log while the router stands still, and every entry wants an answer.
            await stack.router.suspend()
            await stack.history.suspend()
            var accepted = 0
            for n in 1...600 {
                let answer = try await ask(one, edit(conversation, id, .string("\(n)")), n: 100 + n)
                guard answer.type == "accepted" else {
                    #expect(answer.code == "busy")
                    break
                }
                accepted += 1
            }
            #expect(accepted > 300)
            let last = "\(accepted)"
            await stack.history.resume()
            try await eventually("history has answered all", within: .seconds(60)) {
                let message = try await stack.call(
                    "GET", stack.history, "/v1/conversations/\(conversation)/messages/\(id)", as: alice)
                return try message.json()["data"]?.string == last
            }
            #expect((Int(try await stack.redis.cli("XLEN", Keys().log(partition))) ?? 0) > 800)
            await stack.router.resume()
            try await two.frame("the last edit", within: .seconds(60)) { $0.type == "edited" && $0.text == last }
            let edits = two.frames.filter { $0.type == "edited" }.map(\.text)
            #expect(edits == (1...accepted).map { "\($0)" })
            try await eventually("there is room again", within: .seconds(30)) {
                (try? await one.send("user:\(bob)", "the last", n: 5000)) != nil
            }
        }

        @Test func attachmentsReachDevicesAndHistoryInOneForm() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let file: JSONValue = [
                "url": "https://files.example/a.png", "type": "image/png", "size": 7, "name": "a.png",
            ]
            var loose = file
            if case .object(var members) = loose {
                members["more"] = 1
                loose = .object(members)
            }
            try await one.send([
                "type": "send", "n": 1, "to": .string("user:\(bob)"), "data": "by frame", "attachments": [loose],
            ])
            #expect(try await two.message("by frame").attachments == [file])
            try await one.send([
                "type": "send", "n": 2, "to": .string("user:\(bob)"), "data": "none", "attachments": [["url": "x"]],
            ])
            let refused = try await one.frame(type: "error")
            #expect(refused.n == 2 && refused.message?.contains("attachments[0].url") == true)

            let body = #"{"to":"user:\#(bob)","data":"by REST","attachments":[{"name":"a.png","size":7,"#
            let rest = #""type":"image/png","url":"https://files.example/a.png"}]}"#
            #expect(
                try await stack.call("POST", stack.router, "/v1/messages", as: alice, body: body + rest).status == 202)
            #expect(try await two.message("by REST").attachments == [file])
            let bad = body + #""type":"png","url":"https://files.example/a.png"}]}"#
            let answer = try await stack.call("POST", stack.router, "/v1/messages", as: alice, body: bad)
            #expect(answer.status == 400 && answer.text.contains("attachments[0].type"))
            try await eventually("history has both") {
                let messages = (try? await stack.history(dm(alice, bob), as: bob)) ?? []
                return messages.count == 2 && messages.allSatisfy { $0["attachments"] == [file] }
            }
        }
    }
}
