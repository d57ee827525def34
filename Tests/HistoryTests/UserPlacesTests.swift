import HTTPTypes
import ServiceRuntime
import Testing

@testable import History

@Suite struct UserPlacesTests {
    private struct Broken: Error {}

    @Test func aUserHasSoManyAtOnceAndOthersTheirOwn() async throws {
        let places = UserPlaces(2, "searches")
        try await places.with("a") {
            try await places.with("a") {
                let problem = await #expect(throws: Problem.self) { try await places.with("a") {} }
                #expect(problem?.status == .tooManyRequests && problem?.retryAfter == 1)
                #expect(problem?.detail.contains("2 searches") == true)
                try await places.with("b") {}
            }
            // One is done, and so another may be.
            await #expect(throws: Broken.self) { try await places.with("a") { throw Broken() } }
            try await places.with("a") {}
        }
        #expect(places.users == 0)
    }
}
