import Authentication
import Testing

/// Who may publish and subscribe to what.
struct TopicRulesTests {
    private func allows(
        _ rules: String, _ right: TopicRules.Right, _ topic: String, scopes: Set<String> = [],
        grants: TopicGrants = .none
    ) throws -> Bool {
        try TopicRules(rules).allow(right, topic: topic, scopes: scopes, grants: grants)
    }

    private func fault(_ text: String) -> TopicRulesError? {
        do throws(TopicRulesError) {
            _ = try TopicRules(text)
            return nil
        } catch { return error }
    }

    @Test(arguments: ["", "  ", ";;", "\n; \n"])
    func withoutRulesEveryoneMayDoBoth(_ text: String) throws {
        #expect(try allows(text, .publish, "news"))
        #expect(try allows(text, .subscribe, "news"))
    }

    @Test func aRuleHoldsForItsPrefixAlone() throws {
        let rules = "news.* publish=nobody"
        #expect(try !allows(rules, .publish, "news.sport"))
        #expect(try !allows(rules, .publish, "news."))
        #expect(try allows(rules, .publish, "news"))
        #expect(try allows(rules, .publish, "newspaper"))
        #expect(try allows(rules, .publish, "the.news.sport"))
    }

    @Test func anIdWithoutAStarIsThatTopicAlone() throws {
        #expect(try !allows("news publish=nobody", .publish, "news"))
        #expect(try allows("news publish=nobody", .publish, "news2"))
    }

    @Test func theRuleThatNamesMostHoldsWhereverItStands() throws {
        for rules in [
            "* publish=nobody; news.* publish=everyone; news.inner.* publish=scope:staff; news.inner.open publish=everyone",
            "news.inner.open publish=everyone; news.inner.* publish=scope:staff; news.* publish=everyone; * publish=nobody",
        ] {
            #expect(try !allows(rules, .publish, "sport"))
            #expect(try allows(rules, .publish, "news.x"))
            #expect(try !allows(rules, .publish, "news.inner.x"))
            #expect(try allows(rules, .publish, "news.inner.x", scopes: ["staff"]))
            #expect(try allows(rules, .publish, "news.inner.open"))
        }
    }

    @Test func anIdWinsOverThePrefixOfTheSameLength() throws {
        #expect(try allows("news* publish=nobody; news publish=everyone", .publish, "news"))
        #expect(try !allows("news* publish=nobody; news publish=everyone", .publish, "news2"))
    }

    @Test func whatARuleDoesNotSayIsSaidByTheNextBest() throws {
        let rules = "* publish=nobody subscribe=scope:reader\nnews.* publish=scope:editor"
        #expect(try allows(rules, .publish, "news.x", scopes: ["editor"]))
        #expect(try !allows(rules, .subscribe, "news.x", scopes: ["editor"]))
        #expect(try allows(rules, .subscribe, "news.x", scopes: ["reader"]))
    }

    @Test func aScopeIsMetAsAWhole() throws {
        #expect(try !allows("* publish=scope:staff", .publish, "x", scopes: ["staff2", "sta"]))
        #expect(try allows("* publish=scope:a:b=c", .publish, "x", scopes: ["a:b=c"]))
    }

    @Test func aTokensGrantComesOnTop() throws {
        let grants = try #require(TopicGrants(publish: ["news.*"], subscribe: ["staff"]))
        #expect(try allows("* publish=nobody subscribe=nobody", .publish, "news.x", grants: grants))
        #expect(try !allows("* publish=nobody subscribe=nobody", .subscribe, "news.x", grants: grants))
        #expect(try allows("* publish=nobody subscribe=scope:s", .subscribe, "staff", grants: grants))
        #expect(try !allows("* publish=nobody subscribe=scope:s", .subscribe, "staff2", grants: grants))
        #expect(TopicGrants(publish: ["ne ws"], subscribe: []) == nil)
        #expect(TopicGrants(publish: [], subscribe: ["a*b"]) == nil)
    }

    @Test func allIsForEverybodyToHearAndForBroadcastersToSay() throws {
        let grants = try #require(TopicGrants(publish: ["*", "all"], subscribe: []))
        #expect(try allows("* subscribe=nobody", .subscribe, "all"))
        #expect(try !allows("* publish=everyone", .publish, "all", grants: grants))
        #expect(try allows("* publish=nobody", .publish, "all", scopes: ["broadcast"]))
    }

    @Test(arguments: [
        ("news publish=all", "publish must be everyone, nobody or scope:<name>"),
        ("news publish=scope:", "publish must be everyone"), ("news subscribe=", "subscribe must be everyone"),
        ("news publish = everyone", "publish=… or subscribe=…"), ("news read=everyone", "publish=… or subscribe=…"),
        ("publish=everyone", "a topic's id"), ("ne/ws publish=everyone", "a topic's id"),
        ("n*ws publish=everyone", "a topic's id"), ("** publish=everyone", "a topic's id"),
        ("news publish=nobody publish=everyone", "say it once"), ("news", "add publish=… or subscribe=…"),
        ("news publish=nobody; news subscribe=nobody", "one rule of the two"),
        ("all publish=everyone", "leave it out"),
    ])
    func aMalformedRuleIsNamedWithTheRemedy(_ text: String, _ remedy: String) throws {
        let fault = try #require(self.fault("ok.* publish=everyone; \(text)"))
        #expect(fault.description.contains(remedy))
        let last = text.split(separator: ";").last.map { $0.drop { $0 == " " } } ?? ""
        #expect(fault.rule.map { $0 == last } == true)
        #expect(fault.description.contains("\"\(last)\""))
    }

    @Test func tooManyRulesAreRefused() {
        let text = (0...TopicRules.limit).map { "t\($0) publish=nobody" }.joined(separator: ";")
        #expect(fault(text)?.description.contains("at most") == true)
    }
}
