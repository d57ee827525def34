import Messaging
import Testing

@Suite struct CodesTests {
    @Test func closeCodesAreThoseOfTheContract() {
        let codes: [CloseCode: UInt16] = [
            .tooLarge: 1009, .goingAway: 1001, .moved: 4000, .slowConsumer: 4001, .heartbeatMissed: 4002,
            .tokenExpired: 4003, .rateLimited: 4004, .unauthorized: 4500, .badFrame: 4501, .endedByOperator: 4502,
            .tooManySessions: 4503,
        ]
        for (code, number) in codes { #expect(code.rawValue == number) }
    }

    @Test func everyReasonFitsACloseFrame() {
        #expect(CloseCode.allCases.allSatisfy { $0.reason.utf8.count <= 123 })
    }

    @Test func errorCodesAreThoseOfTheContract() {
        #expect(
            Set(ErrorCode.allCases.map(\.rawValue)) == [
                "bad_request", "unauthorized", "forbidden", "not_found", "too_large", "rate_limited", "busy",
                "internal",
            ])
    }
}
