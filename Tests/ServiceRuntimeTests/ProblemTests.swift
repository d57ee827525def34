import HTTPTypes
import Testing

@testable import ServiceRuntime

struct ProblemTests {
    @Test func theDocumentHasTheMembersOfTheStandardAndTheCode() {
        let problem = Problem(.notFound, code: "not_found", detail: "no \"group\" here")
        #expect(
            String(decoding: problem.body, as: UTF8.self)
                == #"{"type":"urn:switchboard:problem:not_found","title":"Not Found","status":404,"code":"not_found","detail":"no \"group\" here"}"#
        )
    }

    @Test(arguments: [
        (400, "bad_request"), (401, "unauthorized"), (403, "forbidden"), (404, "not_found"), (413, "too_large"),
        (429, "rate_limited"), (503, "busy"), (500, "internal"), (405, "bad_request"), (422, "bad_request"),
    ])
    func eachStatusHasACodeOfTheContract(status: Int, code: String) {
        #expect(Problem.code(for: .init(code: status)) == code)
    }
}
