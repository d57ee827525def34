import ServiceRuntime
import Testing

@Suite struct FormParametersTests {
    private func form(
        _ body: String, _ contentType: String? = "application/x-www-form-urlencoded; charset=UTF-8",
        query: String? = nil
    ) throws(Problem) -> FormParameters {
        try FormParameters(Array(body.utf8), contentType: contentType, query: query)
    }

    @Test func namesAndValuesAreDecoded() throws {
        let form = try form("receiver=bob&msg=a+b%2Bc%26%3D+%C3%A4%F0%9F%98%80&empty=&bare&m%73g=second")
        #expect(form["receiver"] == "bob")
        #expect(form["msg"] == "a b+c&= ä😀")
        #expect(form["empty"] == "" && form["bare"] == "" && form["other"] == nil)
    }

    @Test func theQueryCountsBehindTheBody() throws {
        let form = try form("msg=body", query: "msg=query&receiver=bob")
        #expect(form["msg"] == "body" && form["receiver"] == "bob")
    }

    @Test func anythingMayBeLeftOut() throws {
        #expect(try form("", nil)["msg"] == nil)
        #expect(try form("msg=1", nil)["msg"] == "1")
        #expect(try form("", "application/json")["msg"] == nil)
        #expect(try form("a=1", "APPLICATION/X-WWW-Form-Urlencoded")["a"] == "1")
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%ff=1", "a=%ff"])
    func whatCannotBeReadIsRefused(_ body: String) {
        #expect(throws: Problem.self) { try form(body) }
    }

    @Test func somethingElseThanAFormIsRefused() {
        #expect(throws: Problem.self) { try form(#"{"msg":1}"#, "application/json") }
        #expect(throws: Problem.self) { try form(String(repeating: "a&", count: 101)) }
        #expect(throws: Problem.self) { try FormParameters([0x61, 0x3d, 0xff], contentType: nil) }
    }
}
