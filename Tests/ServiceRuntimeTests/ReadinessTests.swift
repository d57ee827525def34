import Logging
import Testing

@testable import ServiceRuntime

struct ReadinessTests {
    private func context() throws -> ServiceContext {
        ServiceContext(
            service: "test", settings: try Settings(declared: [], arguments: [], environment: [:]),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    @Test func isReadyAsLongAsNoPartSaysOtherwise() throws {
        let context = try context()
        #expect(OperationalAnswer(path: "/readyz", context: context)?.status == 200)
        context.readiness.notReady("redis", "no connection to \"h\"")
        context.readiness.notReady("leases", "none yet")
        let answer = try #require(OperationalAnswer(path: "/readyz", context: context))
        #expect(answer.status == 503)
        #expect(
            answer.body
                == #"{"status":"not ready","failures":[{"part":"leases","reason":"none yet"},{"part":"redis","reason":"no connection to \"h\""}]}"#
                + "\n")
        context.readiness.ready("redis")
        context.readiness.ready("leases")
        #expect(OperationalAnswer(path: "/readyz", context: context)?.status == 200)
    }

    @Test func theAgeOfAProofIsSaidReadyOrNot() throws {
        let context = try context()
        context.readiness.proves("delivery") { .milliseconds(12_045) }
        context.readiness.proves("clock") { .milliseconds(-1) }
        let ages = #""age_seconds":{"clock":0.000,"delivery":12.045}}"# + "\n"
        #expect(OperationalAnswer(path: "/readyz", context: context)?.body == #"{"status":"ready","# + ages)
        context.readiness.notReady("delivery", "late")
        #expect(
            OperationalAnswer(path: "/readyz", context: context)?.body
                == #"{"status":"not ready","failures":[{"part":"delivery","reason":"late"}],"# + ages)
    }

    @Test func aNoteIsSaidAndTakesNothingFromBeingReady() throws {
        let context = try context()
        context.readiness.note("replica", "far behind")
        context.readiness.note("disk", "\"full\"")
        let answer = try #require(OperationalAnswer(path: "/readyz", context: context))
        #expect(answer.status == 200)
        #expect(
            answer.body == #"{"status":"ready","notes":{"disk":"\"full\"","replica":"far behind"}}"# + "\n")
        context.readiness.note("disk", nil)
        context.readiness.note("replica", nil)
        #expect(OperationalAnswer(path: "/readyz", context: context)?.body == #"{"status":"ready"}"# + "\n")
    }

    @Test func isAliveAlsoWhenNotReady() throws {
        let context = try context()
        context.readiness.notReady("redis", "away")
        #expect(OperationalAnswer(path: "/healthz", context: context)?.status == 200)
    }

    @Test func otherPathsAreNotItsBusiness() throws {
        #expect(OperationalAnswer(path: "/", context: try context()) == nil)
        #expect(OperationalAnswer(path: "/healthz/", context: try context()) == nil)
    }
}
