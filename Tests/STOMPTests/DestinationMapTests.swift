import Messaging
import STOMP
import Testing

@Suite struct DestinationMapTests {
    private func map(_ text: String) throws -> DestinationMap { try DestinationMap(text) }

    @Test func theContractsNamesAreKnown() throws {
        let map = DestinationMap.standard
        #expect(try map.target(ofSend: "/user/bob") == .somebody(.user("bob")))
        #expect(try map.target(ofSend: "/group/team") == .somebody(.group("team")))
        #expect(try map.target(ofSend: "/topic/news") == .somebody(.topic("news")))
        #expect(try map.target(ofSend: "/all") == .somebody(.all))
        #expect(try map.target(ofSend: "/topic/all") == .somebody(.all))
        #expect(try map.target(ofSend: "/edit") == .edit)
        #expect(try map.target(ofSend: "/delete") == .delete)
        #expect(try map.target(ofSend: "/read") == .read)
        #expect(try map.source(ofSubscribe: "/user/queue/messages") == .inbox)
        #expect(try map.source(ofSubscribe: "/topic/news") == .topic("news"))
        #expect(try map.source(ofSubscribe: "/all") == .topic("all"))
        #expect(try map.source(ofSubscribe: "/user/queue/signals") == .signals)
        #expect(try map.source(ofSubscribe: "/user/queue/reads") == .reads)
        #expect(try map.source(ofSubscribe: "/presence/bob") == .presence("bob"))
    }

    @Test(arguments: [
        "", "/", "user/bob", "/user", "/user/", "/user//", "/user/bob/", "/user/b c", "/queue/a", "//user/bob",
        "/user/queue/messages", "/topic/a/b",
    ])
    func otherNamesCannotBeSentTo(_ name: String) {
        #expect { try DestinationMap.standard.target(ofSend: name) } throws: {
            ($0 as? STOMPError)?.code == .unknownDestination
        }
    }

    @Test(arguments: ["", "/user/bob", "/group/team", "/user/queue/other", "/topic/", "/topic/a*", "/topic/a/b"])
    func otherNamesCannotBeSubscribedTo(_ name: String) {
        #expect { try DestinationMap.standard.source(ofSubscribe: name) } throws: {
            ($0 as? STOMPError)?.code == .unknownDestination
        }
    }

    @Test func configuredNamesComeFirst() throws {
        let map = try map(
            """
            /user/topic/reply=inbox; /user/queue/** = inbox
            /app/chat/{id}=user:{id}, /user/{id}/queue/messages=user:{id}
            /broker/{*id}=topic:{id}
            /app/shout=all
            /topic/news=topic:headlines
            /rooms/{id}/post=group:{id}
            """)
        #expect(try map.source(ofSubscribe: "/user/topic/reply") == .inbox)
        #expect(try map.source(ofSubscribe: "/user/queue/errors/all") == .inbox)
        #expect(try map.source(ofSubscribe: "/user/queue") == .inbox)
        #expect(try map.target(ofSend: "/app/chat/bob") == .somebody(.user("bob")))
        #expect(try map.target(ofSend: "/user/bob/queue/messages") == .somebody(.user("bob")))
        #expect(try map.target(ofSend: "/broker/price.stock") == .somebody(.topic("price.stock")))
        #expect(try map.source(ofSubscribe: "/broker/price/stock") == .topic("price.stock"))
        #expect(try map.target(ofSend: "/app/shout") == .somebody(.all))
        #expect(try map.source(ofSubscribe: "/topic/news") == .topic("headlines"))
        #expect(try map.source(ofSubscribe: "/topic/other") == .topic("other"))
        #expect(try map.target(ofSend: "/rooms/r1/post") == .somebody(.group("r1")))
    }

    @Test func aRuleIsOnlyForWhatItsTargetCanDo() throws {
        let map = try map("/a/{id}=user:{id},/in=inbox,/b=all")
        #expect(throws: STOMPError.self) { try map.source(ofSubscribe: "/a/bob") }
        #expect(throws: STOMPError.self) { try map.source(ofSubscribe: "/b") }
        #expect(throws: STOMPError.self) { try map.target(ofSend: "/in") }
    }

    @Test(arguments: ["/a/", "/a", "/a/b c", "/a/b/c", "a/b", "/A/b", "/a//"])
    func aNameMustFitThePatternAndItsIdTheRule(_ name: String) throws {
        let map = try map("/a/{id}=user:{id}")
        #expect(throws: STOMPError.self) { try map.target(ofSend: name) }
    }

    @Test(arguments: [
        "/a", "a=inbox", "/=inbox", "//a=inbox", "/a/=inbox", "/a=queue", "/a=user:{id}", "/a=user:", "/a=user:b c",
        "/{id}/{id}=user:{id}", "/{*id}/a=topic:{id}", "/**/a=inbox", "/a{id}=user:{id}", "/a*=inbox", "/a=inbox=all",
    ])
    func aRuleThatMakesNoSenseIsNamed(_ rule: String) {
        #expect { try DestinationMap(rule) } throws: {
            ($0 as? DestinationRule.Fault)?.description.hasPrefix("destination rule '\(rule)': ") == true
        }
    }

    @Test func noRulesAreNoFault() throws {
        #expect(try DestinationMap(" \n,; ") == .standard)
    }
}
