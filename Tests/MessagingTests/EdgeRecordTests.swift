import Foundation
import Messaging
import Testing

@Suite struct EdgeRecordTests {
    @Test func aRecordOfAnOlderEdgeIsOneThatTakesSessions() throws {
        let old = #"{"incarnation":"e:1","url":"ws://e/ws","sessions":7,"since":5,"expires":9}"#
        #expect(
            try JSONDecoder().decode(EdgeRecord.self, from: Data(old.utf8))
                == EdgeRecord(incarnation: "e:1", url: "ws://e/ws", sessions: 7, draining: false, since: 5, expires: 9))
        #expect(try JSONDecoder().decode(EdgeRecord.self, from: Data(old.utf8)).capacity == 10)
    }

    @Test func aRecordIsReadAsItWasWritten() throws {
        let record = EdgeRecord(
            incarnation: "e:1", url: "", sessions: 0, draining: true, capacity: 40, since: 5, expires: 9)
        #expect(try JSONDecoder().decode(EdgeRecord.self, from: JSONEncoder().encode(record)) == record)
    }
}
