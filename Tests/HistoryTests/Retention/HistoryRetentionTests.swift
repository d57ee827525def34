import ServiceRuntime
import Testing

@testable import History

@Suite struct HistoryRetentionTests {
    private let day: Int64 = 86_400_000

    /// The age in milliseconds that holds for a conversation; nil for ever.
    private func age(_ text: String, _ conversation: String) throws -> Int64? {
        let holding = try HistoryRetention(text).spans.filter { $0.from <= conversation && conversation < $0.until }
        #expect(holding.count < 2)
        return holding.first?.age
    }

    @Test func withoutRulesEverythingIsKept() throws {
        for text in ["", " ", ",", "*=never"] {
            let retention = try HistoryRetention(text)
            #expect(retention.spans.isEmpty)
            #expect(retention.longest == nil)
            #expect(retention.shortest == nil)
        }
    }

    @Test func theLongestPrefixHolds() throws {
        let text = "topic:news.=30d, group:=365d, topic:news.local.=never, topic:=7d, *=never"
        #expect(try age(text, "topic:news.world") == 30 * day)
        #expect(try age(text, "topic:news.") == 30 * day)
        #expect(try age(text, "topic:news.local.x") == nil)
        #expect(try age(text, "topic:news.locals") == 30 * day)
        #expect(try age(text, "topic:new") == 7 * day)
        #expect(try age(text, "topic:zebra") == 7 * day)
        #expect(try age(text, "group:team") == 365 * day)
        #expect(try age(text, "dm:a:b") == nil)
    }

    @Test func theStarIsForAllThatNoOtherRuleFits() throws {
        #expect(try age("*=90d,group:legal=never", "dm:a:b") == 90 * day)
        #expect(try age("*=90d,group:legal=never", "topic:z") == 90 * day)
        #expect(try age("*=90d,group:legal=never", "group:legal") == nil)
        #expect(try age("*=90d,group:legal=never", "group:legals") == nil)
        #expect(try age("*=90d,group:legal=never", "group:lega") == 90 * day)
    }

    @Test func aPartOfADirectConversationIsAPrefixToo() throws {
        #expect(try age("dm:alice:=1h", "dm:alice:bob") == 3_600_000)
        #expect(try age("dm:alice:b=90s", "dm:alice:bob") == 90_000)
        #expect(try age("dm:alice:b=90s", "dm:alice:carol") == nil)
    }

    @Test func theLongestAgeIsThatOfAllConversationsThatCanBe() throws {
        #expect(try HistoryRetention("*=90d").longest == 90 * day)
        #expect(try HistoryRetention("*=90d, group:=365d").longest == 365 * day)
        #expect(try HistoryRetention("*=90d, group:legal=never").longest == nil)
        // What the star would be for, no conversation is.
        #expect(try HistoryRetention("dm:=1d, group:=2d, topic:=3d").longest == 3 * day)
        #expect(try HistoryRetention("dm:=1d, group:=2d").longest == nil)
        #expect(try HistoryRetention("dm:=1d, group:=2d").shortest == day)
    }

    @Test(arguments: [
        ("topic:news", "has no ="), ("news=30d", "no conversation begins"), ("=30d", "no conversation begins"),
        ("topic:a b=30d", "no conversation begins"), ("topic:news.*=30d", "no conversation begins"),
        ("dm::b=30d", "no conversation begins"), ("group:a:b=30d", "no conversation begins"),
        ("topic:=30y", "no time"), ("topic:=", "no time"), ("topic:=-1d", "no time"), ("topic:=0s", "no time"),
        ("topic:=99999999d", "no time"), ("topic:=1d,topic:=2d", "second one"), ("*=1d,*=2d", "second one"),
    ])
    func aWrongRuleNamesTheSettingTheRuleAndTheRemedy(_ text: String, _ fault: String) {
        let error = #expect(throws: SettingsError.self) { try HistoryRetention(text) }
        #expect(error?.description.contains("HISTORY_RETENTION") == true)
        #expect(error?.description.contains(fault) == true, "\(error?.description ?? "")")
        let rule = text.split(separator: ",").last ?? ""
        #expect(error?.description.contains("\"\(rule)\"") == true)
        #expect(error?.description.contains("give") == true || error?.description.contains("make one") == true)
    }

    @Test func spansDoNotOverlapWhateverTheRules() throws {
        let retention = try HistoryRetention("*=1d,topic:=2d,topic:a=3d,topic:ab=4d,topic:b=5d,dm:=6d,group:z=7d")
        for (left, right) in zip(retention.spans, retention.spans.dropFirst()) { #expect(left.until <= right.from) }
        #expect(retention.spans.allSatisfy { $0.from < $0.until })
    }
}
