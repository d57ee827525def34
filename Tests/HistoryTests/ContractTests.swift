import Messaging
import RESTContract
import TestStack
import Testing

/// docs/openapi.yaml and history say the same. That each answer of the other tests is as it says is seen to by ``HistoryBench``.
@Suite struct ContractTests {
    @Test func theDocumentIsRead() throws {
        let contract = try Contract.shared.get()
        #expect(contract.document["openapi"]?.string == "3.1.0")
        #expect(contract.template(of: "/v1/conversations/dm:a:b/messages/1-0") != nil)
        #expect(contract.document["components"]?["parameters"]?["limit"]?["schema"]?["maximum"]?.integer == 200)
    }

    @Test(arguments: [
        "a: {b: 1, c}", "a: [1, 2", "a:\n  b: 1\n c: 2", "a: 1\na: 2", "a: \"b\\n\"", "just text", "a: {b: no: 1}",
    ])
    func whatTheReaderDoesNotKnowItRefuses(text: String) {
        #expect(throws: YAMLReader.Failure.self) { try YAMLReader.read(text) }
    }

    @Test func aSchemaFindsWhatIsWrong() throws {
        let schema = try Contract.shared.get().schema
        func violations(_ name: String, _ value: JSONValue) -> [String] {
            schema.violations(value, ["$ref": .string("#/components/schemas/\(name)")])
        }
        let good: [String: JSONValue] = [
            "id": "1-0", "conversation": "dm:a:b", "from": "a", "at": 1, "data": [1, "x"],
        ]
        #expect(violations("Message", .object(good)) == [])
        let bad: [(String, JSONValue?)] = [
            ("id", "1"), ("id", nil), ("conversation", "x"), ("from", ""), ("from", "a b"), ("at", "1"),
            ("at", .number(1.5)), ("more", 1),
        ]
        for (name, value) in bad {
            var message = good
            message[name] = value
            #expect(!violations("Message", .object(message)).isEmpty, "\(name)")
        }
        #expect(violations("MessageList", ["messages": [.object(good)], "next": .null]) == [])
        #expect(violations("MessageList", ["messages": .object(good), "next": .null]).count == 1)
        #expect(violations("Next", 1).count == 1)
        #expect(
            violations("Problem", ["type": "a", "title": "b", "status": 1, "code": "other", "detail": ""]).count == 1)
    }

    /// The numbers of an id have 64 bits: what has as many digits as the document allows fits into that, whatever they are.
    @Test func whatTheDocumentTakesForAnIdIsOne() throws {
        let schema = try Contract.shared.get().schema
        let nines = String(repeating: "9", count: 19)
        for (text, isGood) in [("\(nines)-\(nines)", true), ("9\(nines)-0", false), ("0-9\(nines)", false)] {
            let violations = schema.violations(.string(text), ["$ref": "#/components/schemas/MessageID"])
            #expect(violations.isEmpty == isGood, "\(text)")
            #expect((MessageID(text) != nil) == isGood, "\(text)")
        }
    }

    /// One value on each side of each limit of each parameter of each read.
    @Test func everyParameterIsHeldToItsSchema() async throws {
        let bench = try await HistoryBench.shared.value
        let contract = try Contract.shared.get()
        var tried = 0
        for (template, item) in contract.paths.sorted(by: { $0.key < $1.key }) {
            guard let operation = item["get"], operation["tags"]?.array == ["history"] else { continue }
            let parameters = ((item["parameters"]?.array ?? []) + (operation["parameters"]?.array ?? []))
                .map(contract.schema.resolve)
            for parameter in parameters where parameter["in"]?.string != "header" {
                let name = try #require(parameter["name"]?.string)
                let schema = contract.schema.resolve(try #require(parameter["schema"]))
                for (value, isGood) in Self.values(schema) {
                    // A path without one of its parts is another path; and a search for what is not there is none.
                    if value.isEmpty, parameter["in"]?.string == "path" { continue }
                    if value.hasPrefix("-"), name == "q" { continue }
                    let target = Self.target(template, parameters, name, value)
                    // A user of its own for each: this asks faster than anybody may.
                    let answer = try await bench.get(target, as: "contract-\(tried)", scopes: ["admin"])
                    #expect((answer.status != 400) == isGood, "\(target): \(answer.status) \(answer.text)")
                    if !isGood {
                        #expect(try answer.json()["detail"]?.string?.hasPrefix(name) == true, "\(answer.text)")
                    }
                    tried += 1
                }
            }
        }
        #expect(tried > 60)
    }

    /// Values that a schema allows, and some that it does not.
    private static func values(_ schema: JSONValue) -> [(String, Bool)] {
        if let least = schema["minimum"]?.integer, let most = schema["maximum"]?.integer {
            return [
                ("\(least)", true), ("\(most)", true), ("\(least - 1)", false), ("\(most + 1)", false), ("1.5", false),
                ("x", false), ("", false), ("99999999999999999999", false),
            ]
        }
        let pattern = schema["pattern"]?.string.flatMap { try? Regex($0) }
        let most = schema["maxLength"]?.integer ?? 128
        let texts = [
            "word", "", "a b", "é", "\u{0}", "0", "0-0", "1793500000000-0", "1", "-1-0", "01-0", "1-0-0", "dm:a:b",
            "dm:a", "group:g", "topic:t", "topic:", "group:a/b", "nonsense:x", String(repeating: "a", count: most),
            String(repeating: "a", count: most + 1),
        ]
        return texts.map { text in
            let isMet = pattern.map { (try? $0.firstMatch(in: text)) != nil } ?? !text.contains("\u{0}")
            let length = text.unicodeScalars.count
            let isFitting =
                length >= schema["minLength"]?.integer ?? 0 && length <= schema["maxLength"]?.integer ?? .max
            return (text, isMet && isFitting)
        }
    }

    /// A request with one parameter of this value, and those others that are needed.
    private static func target(
        _ template: String, _ parameters: [JSONValue], _ name: String, _ value: String
    ) -> String {
        var path = template
        var query: [String] = []
        for parameter in parameters {
            guard let other = parameter["name"]?.string else { continue }
            let usual = ["conversation": "topic:contract", "id": "1-0", "q": "word"][other] ?? ""
            let text = escaped(other == name ? value : usual)
            if parameter["in"]?.string == "path" {
                path = path.replacing("{\(other)}", with: text)
            } else if other == name || parameter["required"]?.bool == true {
                query.append("\(other)=\(text)")
            }
        }
        return query.isEmpty ? path : path + "?" + query.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let hex = String(byte, radix: 16)
            let isPlain =
                byte < 0x80 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber)
            return isPlain ? String(Character(Unicode.Scalar(byte))) : "%" + (hex.count < 2 ? "0" : "") + hex
        }.joined()
    }
}
