import Messaging
import RedisStreams
import TestStack
import Testing

@testable import History

/// The REST API of a real history, with a real Redis and Postgres. Each test has users and conversations of its own.
@Suite struct RESTTests {
    private func ids(_ answer: HTTPClient.Answer, _ list: String = "messages") throws -> [String] {
        try answer.json()[list]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    @Test func aMessageIsAnsweredWithTheClientsBytes() async throws {
        let bench = try await HistoryBench.shared.value
        let data = #"{"text":"hello \u0000 😀","n":1.50,"n":2 ,"a":[ ]}"#
        let id = try await bench.append("dm:bytes-a:bytes-b", from: "bytes-a", data: data)
        try await bench.settle()
        let answer = try await bench.get("/v1/conversations/dm:bytes-a:bytes-b/messages/\(id)", as: "bytes-b")
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "application/json")
        #expect(
            answer.text == #"{"id":"\#(id)","conversation":"dm:bytes-a:bytes-b","from":"bytes-a","#
                + #""at":\#(id.milliseconds),"data":\#(data)}"#)
        let encoded = try await bench.get("/v1/conversations/dm%3Abytes-a%3abytes-b/messages/\(id)", as: "bytes-b")
        #expect(encoded.text == answer.text)
    }

    @Test func pagesGoBackwardAndForwardWithoutGapOrRepeat() async throws {
        let bench = try await HistoryBench.shared.value
        let entry = LogEntry(
            kind: .message, conversation: Conversation("dm:page-a:page-b")!, from: "page-a", device: "", n: 0,
            data: Array("1".utf8))
        let sent = try await bench.append(Array(repeating: entry, count: 25)).map(\.description)
        try await bench.settle()
        let path = "/v1/conversations/dm:page-a:page-b/messages"
        for (key, expected) in [("before", Array(sent.reversed())), ("after", sent)] {
            for limit in [1, 7, 24, 25, 200] {
                var seen: [String] = []
                var place = key == "after" ? "&after=0" : ""
                while true {
                    let answer = try await bench.get("\(path)?limit=\(limit)\(place)", as: "page-a")
                    seen += try ids(answer)
                    guard let next = try answer.json()["next"]?.string else { break }
                    #expect(next == seen.last)
                    place = "&\(key)=\(next)"
                }
                #expect(seen == expected)
            }
        }
        let beyond = try await bench.get("\(path)?after=\(sent[24])", as: "page-a")
        #expect(beyond.text == #"{"messages":[],"next":null}"#)
        let byDefault = try await bench.get(path, as: "page-a")
        #expect(try ids(byDefault) == sent.reversed())
    }

    @Test func aPageAroundAMessageGoesOnBothWays() async throws {
        let bench = try await HistoryBench.shared.value
        let entry = LogEntry(
            kind: .message, conversation: Conversation("dm:around-a:around-b")!, from: "around-a", device: "", n: 0,
            data: Array("1".utf8))
        let sent = try await bench.append(Array(repeating: entry, count: 9)).map(\.description)
        try await bench.settle()
        let path = "/v1/conversations/dm:around-a:around-b/messages"
        func page(_ query: String) async throws -> (ids: [String], previous: String?, next: String?) {
            let answer = try await bench.get(path + query, as: "around-b")
            return (try ids(answer), try answer.json()["previous"]?.string, try answer.json()["next"]?.string)
        }
        #expect(try await page("?around=\(sent[4])&limit=4") == (Array(sent[3...6]), sent[3], sent[6]))
        #expect(try await page("?around=\(sent[4])&limit=5") == (Array(sent[2...6]), sent[2], sent[6]))
        #expect(try await page("?around=\(sent[4])&limit=1") == ([sent[4]], sent[4], sent[4]))
        #expect(try await page("?around=\(sent[8])&limit=1") == ([sent[8]], sent[8], nil))
        #expect(try await page("?around=\(sent[0])&limit=200") == (sent, nil, nil))
        #expect(try await page("?around=0&limit=2") == ([sent[0]], nil, sent[0]))
        #expect(try await page("?around=99999999999999-0") == (sent, nil, nil))
    }

    @Test func whatAClientHasAlreadyIsNotSentAgain() async throws {
        let bench = try await HistoryBench.shared.value
        let id = try await bench.append("dm:tag-a:tag-b", from: "tag-a", data: "1")
        try await bench.settle()
        let path = "/v1/conversations/dm:tag-a:tag-b/messages"
        for path in [path, "\(path)/\(id)", "\(path)?around=\(id)"] {
            let first = try await bench.get(path, as: "tag-a")
            let tag = try #require(first.header("etag"))
            #expect(first.header("cache-control") == "private, no-cache")
            for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let again = try await bench.get(path, as: "tag-b", headers: ["If-None-Match": known])
                #expect(again.status == 304 && again.body.isEmpty && again.header("etag") == tag)
            }
            let other = try await bench.get(path, as: "tag-a", headers: ["If-None-Match": "\"x\""])
            #expect(other.status == 200 && other.body == first.body)
            // Who may not read learns nothing from a tag.
            #expect(try await bench.get(path, as: "tag-c", headers: ["If-None-Match": tag]).status == 403)
        }
        let before = try #require(try await bench.get(path, as: "tag-a").header("etag"))
        try await bench.append("dm:tag-a:tag-b", from: "tag-a", data: "2")
        try await bench.settle()
        #expect(try await bench.get(path, as: "tag-a", headers: ["If-None-Match": before]).status == 200)
    }

    @Test func onlyWhoMayReadsAndNothingElseIsTold() async throws {
        let bench = try await HistoryBench.shared.value
        try await bench.append("dm:acl-a:acl-b", from: "acl-a", data: "1")
        try await bench.append(
            .member, "group:acl", from: "acl-a", data: #"{"operation":"replace","members":["acl-a"]}"#)
        let early = try await bench.append("group:acl", from: "acl-a", data: "1")
        try await bench.append(.member, "group:acl", from: "acl-a", data: #"{"operation":"add","members":["acl-b"]}"#)
        let middle = try await bench.append("group:acl", from: "acl-a", data: "2")
        try await bench.append(
            .member, "group:acl", from: "acl-a", data: #"{"operation":"remove","members":["acl-b"]}"#)
        let late = try await bench.append("group:acl", from: "acl-a", data: "3")
        try await bench.settle()
        func status(_ path: String, _ user: String) async throws -> Int {
            try await bench.get("/v1/conversations/\(path)", as: user).status
        }
        for part in ["messages", "messages/5-5", "receipts"] {
            // A dm is no business of a third, whether it exists or not.
            #expect(try await status("dm:acl-a:acl-b/\(part)", "acl-c") == 403)
            #expect(try await status("dm:acl-a:acl-x/\(part)", "acl-c") == 403)
            #expect(try await status("dm:acl-a:acl-x/\(part)", "acl-a") == 404)
            #expect(try await status("group:acl/\(part)", "acl-c") == 403)
            #expect(try await status("group:acl-unknown/\(part)", "acl-a") == 404)
            #expect(try await status("topic:acl-unknown/\(part)", "acl-a") == 404)
        }
        #expect(try await ids(bench.get("/v1/conversations/group:acl/messages", as: "acl-b")) == ["\(middle)"])
        #expect(try await status("group:acl/messages/\(middle)", "acl-b") == 200)
        #expect(try await status("group:acl/messages/\(early)", "acl-b") == 404)
        #expect(try await status("group:acl/messages/\(late)", "acl-b") == 404)
        #expect(try await status("group:acl/messages/\(late)", "acl-a") == 200)
    }

    @Test(arguments: [
        ("/v1/conversations?limit=0", "limit"), ("/v1/conversations?limit=10000", "limit"),
        ("/v1/conversations?limit=", "limit"), ("/v1/conversations?limit=-1", "limit"),
        ("/v1/conversations?limit=+5", "limit"), ("/v1/conversations?limit=ten", "limit"),
        ("/v1/conversations?after=x", "after"),
        ("/v1/conversations/dm:a:b/messages?limit=201", "limit"),
        ("/v1/conversations/dm:a:b/messages?limit=0", "limit"),
        ("/v1/conversations/dm:a:b/messages?before=1", "before"),
        ("/v1/conversations/dm:a:b/messages?after=1-2-3", "after"),
        ("/v1/conversations/dm:a:b/messages?before=1-1&after=2-1", "before"),
        ("/v1/conversations/dm:a:b/messages/abc", "id"), ("/v1/conversations/dm:a:b/messages/-1-0", "id"),
        ("/v1/conversations/dm:b:a/messages", "conversation"), ("/v1/conversations/dm:a/messages", "conversation"),
        ("/v1/conversations/nonsense/messages", "conversation"),
        ("/v1/conversations/group:a%2Fb/messages", "conversation"),
        ("/v1/conversations/group:%zz/messages", "conversation"),
        ("/v1/conversations/group:%00/receipts", "conversation"),
        ("/v1/conversations/dm:a:b/receipts?limit=201", "limit"),
        ("/v1/conversations/dm:a:b/receipts?after=a%20b", "after"),
        ("/v1/sync?limit=0", "limit"), ("/v1/sync?limit=10000", "limit"), ("/v1/sync?after=yesterday", "after"),
        ("/v1/sync?after=99999999999999999999-0", "after"),
        ("/v1/conversations/dm:a:b/messages?around=x", "around"),
        ("/v1/conversations/dm:a:b/messages?around=1-1&after=2-1", "before"),
        ("/v1/search", "q"), ("/v1/search?q=", "q"), ("/v1/search?q=...", "q"), ("/v1/search?q=-no", "q"),
        ("/v1/search?q=a%00b", "q"), ("/v1/search?q=\(String(repeating: "a", count: 513))", "q"),
        ("/v1/search?q=\(String(repeating: "a+", count: 100))", "q"),
        ("/v1/search?q=a&limit=51", "limit"), ("/v1/search?q=a&limit=0", "limit"),
        ("/v1/search?q=a&before=now", "before"), ("/v1/search?q=a&conversation=b", "conversation"),
    ])
    func badInputIsNamed(path: String, field: String) async throws {
        let bench = try await HistoryBench.shared.value
        // Each as a user of its own: one may not have all the places for searches.
        let answer = try await bench.get(path, as: "reader-\(UInt32.random(in: 0 ... .max))")
        #expect(answer.status == 400)
        #expect(answer.header("content-type") == "application/problem+json")
        #expect(try answer.json()["code"]?.string == "bad_request")
        #expect(try answer.json()["detail"]?.string?.hasPrefix(field) == true, "\(answer.text)")
    }

    @Test func withoutATokenNothingButTheDocumentIsAnswered() async throws {
        let bench = try await HistoryBench.shared.value
        for path in ["/v1/conversations", "/v1/sync", "/v1/search?q=a", "/v1/conversations/dm:a:b/messages"] {
            #expect(try await bench.get(path).status == 401)
            #expect(try await HTTPClient.get(bench.history.url + path, token: "nonsense").status == 401)
        }
        let document = try await bench.get("/openapi.yaml")
        #expect(document.status == 200)
        #expect(document.header("content-type") == "application/yaml")
        #expect(document.text.hasPrefix("openapi: 3.1"))
        #expect(try await bench.get("/v1/nonsense", as: "a").status == 404)
    }

    @Test func myConversationsAreListedPageByPage() async throws {
        let bench = try await HistoryBench.shared.value
        var last: UInt64 = 0
        for peer in ["p1", "p2", "p3"] {
            // They are on different partitions: only another millisecond makes one of them the newer.
            try await eventually("a later millisecond") {
                let time = try await bench.command("TIME").array?.compactMap(\.int) ?? []
                return time.count == 2 && UInt64(time[0] * 1000 + time[1] / 1000) > last
            }
            let id = try await bench.append("dm:list-a:list-\(peer)", from: "list-\(peer)", data: "\"\(peer)\"")
            last = id.milliseconds
        }
        try await bench.settle()
        let all = try await bench.get("/v1/conversations", as: "list-a").json()
        let names = all["conversations"]?.array?.compactMap { $0["conversation"]?.string }
        #expect(names == ["dm:list-a:list-p3", "dm:list-a:list-p2", "dm:list-a:list-p1"])
        #expect(all["next"]?.isNull == true)
        #expect(all["conversations"]?[0]?["last"]?["data"]?.string == "p3")
        #expect(all["conversations"]?[0]?["unread"]?.integer == 1)
        #expect(all["conversations"]?[0]?["more"]?.bool == false)
        #expect(all["conversations"]?[0]?["read"]?.isNull == true)
        var seen: [String] = []
        var place = ""
        while true {
            let page = try await bench.get("/v1/conversations?limit=1\(place)", as: "list-a").json()
            seen += page["conversations"]?.array?.compactMap { $0["conversation"]?.string } ?? []
            guard let next = page["next"]?.string else { break }
            place = "&after=\(next)"
        }
        #expect(seen == names)
        let nobody = try await bench.get("/v1/conversations", as: "list-nobody")
        #expect(nobody.text == #"{"conversations":[],"next":null}"#)
    }

    @Test func readMarksShowAsReceiptsAndLowerTheUnreadCount() async throws {
        let bench = try await HistoryBench.shared.value
        let first = try await bench.append("dm:mark-a:mark-b", from: "mark-a", data: "1")
        try await bench.append("dm:mark-a:mark-b", from: "mark-a", data: "2")
        try await bench.append(.read, "dm:mark-a:mark-b", from: "mark-b", data: "\(first)")
        try await bench.settle()
        let list = try await bench.get("/v1/conversations", as: "mark-b").json()
        #expect(list["conversations"]?[0]?["unread"]?.integer == 1)
        #expect(list["conversations"]?[0]?["read"]?.string == "\(first)")
        let receipts = try await bench.get("/v1/conversations/dm:mark-a:mark-b/receipts", as: "mark-a").json()
        #expect(receipts["receipts"]?.array?.count == 2)
        #expect(receipts["receipts"]?[0]?["user"]?.string == "mark-a")
        #expect(receipts["receipts"]?[0]?["id"]?.isNull == true)
        #expect(receipts["receipts"]?[1]?["user"]?.string == "mark-b")
        #expect(receipts["receipts"]?[1]?["id"]?.string == "\(first)")
        // Nothing is known of devices, but what was read has been received.
        #expect(receipts["receipts"]?[0]?["received"]?.isNull == true)
        #expect(receipts["receipts"]?[1]?["received"]?.string == "\(first)")
    }

    @Test func receiptsTellWhatDevicesHaveAcknowledged() async throws {
        let bench = try await HistoryBench.shared.value
        try await bench.append(
            .member, "group:got", from: "got-a", data: #"{"operation":"replace","members":["got-a","got-b","got-c"]}"#)
        let ids = [
            try await bench.append("group:got", from: "got-a", data: "1"),
            try await bench.append("group:got", from: "got-a", data: "2"),
            try await bench.append("group:got", from: "got-a", data: "3"),
        ]
        try await bench.settle()
        // As the router and the edges leave them: got-b has all but the last one, got-c all.
        let partition = bench.partition(.group("got"))
        let cursors = ids.map { MessageID(milliseconds: $0.milliseconds + 5, sequence: $0.sequence) }
        for (user, have) in [("got-b", 2), ("got-c", 3)] {
            for (place, id) in ids.enumerated() {
                _ = try await bench.command(
                    "XADD", .text(bench.keys.inbox(user)), .text("\(cursors[place])"), "prev",
                    .text(place == 0 ? "0-0" : "\(cursors[place - 1])"), "id", .text("\(id)"), "conversation",
                    "group:got", "from", "got-a", "device", "phone", "data", "1")
            }
            _ = try await bench.command(
                "HSET", .text(bench.keys.marks(user)), .text("\(partition)"), .text("\(ids[2])"), "last",
                .text("\(cursors[2])"))
            _ = try await bench.command(
                "HSET", .text(bench.keys.devices(user)), "phone",
                .text("\(cursors[have - 1]) 1793500000000 \(cursors[have - 1])"))
        }
        func receipts(_ query: String = "") async throws -> JSONValue {
            try await bench.get("/v1/conversations/group:got/receipts\(query)", as: "got-a").json()
        }
        let all = try await receipts()["receipts"]?.array ?? []
        #expect(all.map { $0["user"]?.string } == ["got-a", "got-b", "got-c"])
        #expect(all.map { $0["received"]?.string } == [nil, "\(ids[1])", "\(ids[2])"])
        #expect(all.allSatisfy { $0["id"]?.isNull == true })
        let first = try await receipts("?limit=2")
        #expect(first["next"]?.string == "got-b")
        #expect(try await receipts("?limit=2&after=got-b")["receipts"]?[0]?["user"]?.string == "got-c")
        #expect(try await receipts("?after=got-b")["next"]?.isNull == true)
    }

    @Test func syncGivesWhatIsForMeAfterAnId() async throws {
        let bench = try await HistoryBench.shared.value
        var mine: [String] = []
        for number in 0..<10 {
            let peer = "sync-p\(number % 3)"
            mine.append("\(try await bench.append("dm:sync-a:\(peer)", from: "sync-a", data: "\(number)"))")
            try await bench.append("dm:sync-y:sync-z", from: "sync-z", data: "\(number)")
        }
        try await bench.settle()
        var seen: [String] = []
        var after = "0"
        while true {
            let answer = try await bench.get("/v1/sync?limit=3&after=\(after)", as: "sync-a")
            seen += try ids(answer)
            guard let next = try answer.json()["next"]?.string else { break }
            after = next
        }
        // Ids of several conversations may be the same; where they are, their order is not fixed.
        func sorted(_ ids: some Sequence<String>) -> [MessageID] { ids.map { MessageID($0)! }.sorted() }
        #expect(seen.map { MessageID($0)! } == sorted(mine))
        let rest = try await ids(bench.get("/v1/sync?after=\(mine[6])", as: "sync-a"))
        #expect(rest.map { MessageID($0)! } == sorted(mine).filter { $0 > MessageID(mine[6])! })
    }

    @Test func topicsAreReadByAnybody() async throws {
        let bench = try await HistoryBench.shared.value
        let id = try await bench.append("topic:news", from: "editor", data: "1")
        try await bench.settle()
        #expect(try await ids(bench.get("/v1/conversations/topic:news/messages", as: "reader")) == ["\(id)"])
    }

    @Test func aCanaryIsShownOnceItIsStoredAndIsNobodysMessage() async throws {
        let bench = try await HistoryBench.shared.value
        let entry = Canary(origin: .router, name: "message-router", life: "k3x9q2", number: 1).entry
        let fields = entry.fields.map { String(decoding: $0, as: UTF8.self) }
        let id = try await bench.appendRaw(fields, partition: 5)
        try await bench.settle()
        let answer = try await bench.get("/canary")
        #expect(answer.status == 200)
        let canaries = try answer.json()["canaries"]?.array ?? []
        let mine = try #require(canaries.first { $0["partition"]?.integer == 5 })
        #expect(mine["id"]?.string == "\(id)")
        #expect(mine["at"]?.integer ?? 0 >= Int(id.milliseconds) - 60_000)
        #expect(try await bench.get("/v1/conversations/topic:canary/messages", as: "a").status == 404)
        let metrics = try await HTTPClient.get(bench.history.url + "/metrics").text
        #expect(!metrics.contains(#"history_entries_total{type="canary"}"#))
        #expect(try await bench.command("EXISTS", .text(bench.keys.deadLetters(5, group: "history"))).int == 0)
    }

    @Test func theServedDocumentIsTheOneInDocs() async throws {
        let bench = try await HistoryBench.shared.value
        let served = try await HTTPClient.get(bench.history.url + "/openapi.yaml").body
        let kept = try FileBytes.read("\(Programs.packageFolder)/docs/openapi.yaml")
        #expect(served == kept)
    }

    @Test func everyQueryIsMeasured() async throws {
        let bench = try await HistoryBench.shared.value
        let metrics = try await HTTPClient.get(bench.history.url + "/metrics").text
        for query in HistoryMetrics.queryNames {
            #expect(metrics.contains("history_query_duration_seconds_count{query=\"\(query)\"}"))
        }
        #expect(metrics.contains("history_lag_entries{partition=\"15\"}"))
    }
}
