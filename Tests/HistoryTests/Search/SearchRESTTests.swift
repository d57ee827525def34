import Messaging
import TestStack
import Testing

@testable import History

/// `GET /v1/search` of a real history.
@Suite struct SearchRESTTests {
    private func search(_ query: String, as user: String) async throws -> JSONValue {
        let bench = try await HistoryBench.shared.value
        let answer = try await bench.get("/v1/search?\(query)", as: user)
        #expect(answer.status == 200, "\(answer.text)")
        return try answer.json()
    }

    @Test func whatIsFoundComesWithWhatWasMetInPieces() async throws {
        let bench = try await HistoryBench.shared.value
        let data = #"{"text":"Well, hello \"again\" <b>","n":1.50,"other":"nothing"}"#
        let id = try await bench.append("dm:find-a:find-b", from: "find-a", data: data)
        try await bench.append("dm:find-a:find-b", from: "find-a", data: #""goodbye""#)
        try await bench.settleIndex()
        let answer = try await bench.get("/v1/search?q=Hello+well", as: "find-b")
        let indexed = try #require(try answer.json()["indexed"]?.string)
        #expect(try #require(MessageID(indexed)) >= id)
        #expect(
            answer.text == #"{"messages":[{"id":"\#(id)","conversation":"dm:find-a:find-b","from":"find-a","at":"#
                + #"\#(id.milliseconds),"data":\#(data),"highlights":[["","Well",", ","hello"," \"again"]]}],"#
                + #""indexed":"\#(indexed)","next":null}"#
        )
        #expect(try await search("q=hello", as: "find-c")["messages"] == [])
        // A blank is written either way.
        #expect(try await search("q=hello%20well", as: "find-a")["messages"]?.array?.count == 1)
        #expect(try await search("q=%22hello+well%22", as: "find-a")["messages"] == [])
    }

    @Test func pagesGoBackWithoutGapOrRepeat() async throws {
        let bench = try await HistoryBench.shared.value
        let entries = (0..<30).map { number in
            LogEntry(
                kind: .message, conversation: .direct("seek-a", "seek-p\(number % 3)"), from: "seek-a", device: "",
                n: 0,
                data: Array(#""thing \#(number % 2 == 0 ? "even" : "odd")""#.utf8))
        }
        let ids = try await bench.append(entries)
        try await bench.settleIndex()
        for (query, expected) in [
            ("thing", ids), ("even", ids.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)),
        ] {
            for limit in [1, 4, 50] {
                var seen: [MessageID] = []
                var place = ""
                while true {
                    let page = try await search("q=\(query)&limit=\(limit)\(place)", as: "seek-a")
                    seen += page["messages"]?.array?.compactMap { MessageID($0["id"]?.string ?? "") } ?? []
                    guard let next = page["next"]?.string else { break }
                    place = "&before=\(next)"
                }
                // Ids of several conversations may be the same: their order is not fixed.
                #expect(seen == expected.sorted(by: >))
            }
        }
        let one = try await search("q=thing&conversation=dm:seek-a:seek-p1", as: "seek-p1")
        #expect(one["messages"]?.array?.count == 10)
        #expect(one["messages"]?.array?.allSatisfy { $0["conversation"]?.string == "dm:seek-a:seek-p1" } == true)
        // Other people's marks on it are theirs alone.
        #expect(try await search("q=thing", as: "seek-p1")["messages"]?.array?.count == 10)
    }
}
