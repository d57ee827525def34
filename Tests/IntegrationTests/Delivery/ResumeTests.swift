import TestStack
import Testing

extension IntegrationTests {
    /// Going away and coming back: cursors, gaps, counters.
    @Suite(.serialized, .stack) struct Resume {
        @Test func whatWasMissedComesInOrderAndOnce() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            try await one.send("user:\(bob)", "0")
            let cursor = try #require(try await two.message("0").cursor)
            try await two.close()
            for number in 1...30 { try await one.send("user:\(bob)", .string("\(number)")) }
            let back = try await stack.connect(bob, edge: 0, cursor: cursor)
            #expect(back.welcome.cursor == cursor)
            try await back.messages(atLeast: 30)
            try await one.send("user:\(bob)", "live")
            try await back.message("live")
            #expect(back.messages.map(\.text) == (1...30).map { "\($0)" } + ["live"])
        }

        @Test func withoutACursorItGoesOnWhereTheDeviceLastAcknowledged() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            for number in 1...3 { try await one.send("user:\(bob)", .string("\(number)")) }
            try await two.message("3")
            try await two.acknowledge(try #require(two.messages[1].cursor))
            try await two.ping()
            try await two.close()
            let back = try await eventually("the acknowledgement has been kept") {
                let back = try await stack.connect(bob, edge: 0)
                if back.welcome.cursor == two.messages[1].cursor { return back }
                try await back.close()
                return nil
            }
            try await back.message("3")
            #expect(back.messages.count == 1)
        }

        @Test func aNewDeviceBeginsNow() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let known = try await stack.connect(bob, device: "known", edge: 1)
            try await one.send("user:\(bob)", "before")
            try await known.message("before")
            let new = try await stack.connect(bob, device: "new", edge: 0)
            try await one.send("user:\(bob)", "after")
            try await new.message("after")
            #expect(new.messages.count == 1)
        }

        @Test func cursorZeroGivesAllThatTheInboxHoldsAndNeverAGap() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let keeper = try await stack.connect(bob, device: "keeper", edge: 1)
            // More than one page of the inbox, from two senders within their rates.
            for edge in 0...1 {
                let sender = try await stack.connect(fresh("sender"), edge: edge)
                for number in 1...60 { try await sender.post("user:\(bob)", .string("\(number)")) }
                // It has been read by then: with the sender its connection ends, and what is on its way may be thrown away by that.
                try await sender.ping()
            }
            let kept = try await keeper.messages(atLeast: 120)
            let all = try await stack.connect(bob, device: "all", edge: 0, cursor: "0")
            try await all.messages(atLeast: 120)
            #expect(all.messages.map(\.id) == kept.map(\.id))
            #expect(all.messages.map(\.cursor) == kept.map(\.cursor))
            #expect(all.frames.allSatisfy { $0.type != "gap" })
        }

        /// A device that had come and gone before its user's first message named the place it was given, and what had been cut off meanwhile was lost without a word.
        @Test func theCursorOfAnEmptyInboxIsAPlaceLikeAnyOther() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let two = try await stack.connect(bob, device: "early", edge: 1)
            #expect(two.welcome.cursor == "0-0")
            try await two.close()
            let one = try await stack.connect(alice, edge: 0)
            let other = try await stack.connect(bob, device: "other", edge: 1)
            for number in 1...3 { try await one.send("user:\(bob)", .string("\(number)")) }
            try await other.message("3")
            // As an inbox is when more has come than it keeps.
            _ = try await stack.redis.cli("XTRIM", "sb:{u:\(bob)}:inbox", "MAXLEN", "1")
            let back = try await stack.connect(bob, device: "early", edge: 0, cursor: "0-0")
            try await back.message("3")
            #expect(try await back.frame(type: "gap").after == "0-0")
        }

        @Test func aCursorThatTheInboxNoLongerReachesIsToldSoAndSyncHasTheRest() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let first = try await one.send("user:\(bob)", "first")
            let cursor = try #require(try await two.message("first").cursor)
            // Acknowledged by the only device, these leave the inbox.
            for number in 1...5 { try await one.send("user:\(bob)", .string("\(number)")) }
            let last = try #require(try await two.message("5").cursor)
            try await two.acknowledge(last)
            try await two.ping()
            try await two.close()
            try await one.send("user:\(bob)", "6")
            let back = try await eventually("the inbox has been cut") {
                let back = try await stack.connect(bob, edge: 0, cursor: cursor)
                try await back.message("6")
                if back.frames.contains(where: { $0.type == "gap" }) { return back }
                try await back.close()
                return nil
            }
            let gap = try await back.frame(type: "gap")
            #expect(gap.after != nil)
            #expect(gap.reason?.isEmpty == false)
            let id = try #require(first.id)
            try await eventually("history has it all") {
                let answer = try await stack.call("GET", stack.history, "/v1/sync?after=\(id)&limit=100", as: bob)
                guard answer.status == 200 else { return false }
                return try answer.json()["messages"]?.array?.map { $0["data"]?.string }
                    == (1...6).map { "\($0)" }
            }
        }

        @Test func aRepeatedCounterIsAcceptedOnce() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let first = try await one.send("user:\(bob)", "once", n: 1)
            let again = try await one.send("user:\(bob)", "once", n: 1)
            #expect(first.duplicate != true)
            #expect(again.duplicate == true)
            #expect(again.id == first.id)
            // From another edge after a reconnect, too.
            try await one.close()
            let back = try await stack.connect(alice, edge: 1)
            let third = try await back.send("user:\(bob)", "once", n: 1)
            #expect(third.duplicate == true)
            #expect(third.id == first.id)
            try await back.send("user:\(bob)", "mark", n: 2)
            try await two.message("mark")
            #expect(two.messages.map(\.text) == ["once", "mark"])
        }

        @Test func countersNeedNotComeInOrder() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            for n in [5, 3, 7, 4] {
                let accepted = try await one.send("user:\(bob)", .string("\(n)"), n: n)
                #expect(accepted.duplicate != true)
            }
        }

        @Test func whatTheDeviceItselfSaidMakesNoGap() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            try await two.send("user:\(alice)", "question")
            let cursor = try #require(try await one.message("question").cursor)
            // Its own answer is an entry of its inbox that it is not sent: it cannot know a cursor for it.
            try await one.send("user:\(bob)", "answer")
            try await two.message("answer")
            try await one.acknowledge(cursor)
            try await eventually("the inbox is cut") {
                try await stack.redis.cli("XLEN", "sb:{u:\(alice)}:inbox") == "0"
            }
            try await one.close()
            let back = try await stack.connect(alice, edge: 1, cursor: cursor)
            try await two.send("user:\(alice)", "next")
            try await back.message("next")
            #expect(back.messages.count == 1)
            #expect(back.frames.allSatisfy { $0.type != "gap" })
        }
    }
}
