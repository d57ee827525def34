import Foundation
package import TestStack

/// docs/openapi.yaml, to hold answers to.
///
/// **A new route**: write it into the document, with every status that it may have, and add who may use it to the matrix: history's to `AccessMatrixTests` of its module, all
/// others' to `AccessMatrix` of the integration tests. Its tests ask through the bench of their module, which holds each answer to the document. A route that is in the service and
/// not in the document, in the document and not in the service, or not in the matrix fails `ContractTests` and the matrices; `Tests/Contract/fuzz.py` tries what the document says
/// against the running services.
package struct Contract: Sendable {
    package static let shared = Result {
        let path = "\(Programs.packageFolder)/docs/openapi.yaml"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        return Contract(document: try YAMLReader.read(String(decoding: bytes, as: UTF8.self)))
    }

    /// Headers that are part of the contract: an answer that has one where the document does not say so is wrong.
    private static let headers = [
        "ETag", "Retry-After", "WWW-Authenticate", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
    ]

    package let document: JSONValue
    package var schema: Schema { Schema(document: document) }

    /// The paths with their operations.
    package var paths: [String: JSONValue] {
        guard case .object(let paths) = document["paths"] else { return [:] }
        return paths
    }

    /// The operations with a tag, or all of them, as `GET /v1/sync`.
    package func operations(tagged tag: String? = nil) -> Set<String> {
        var found: Set<String> = []
        for (path, item) in paths {
            for method in ["get", "head", "options", "put", "post", "patch", "delete", "trace"] {
                guard let operation = item[method] else { continue }
                guard tag.map({ operation["tags"]?.array?.contains(.string($0)) == true }) ?? true else { continue }
                found.insert("\(method.uppercased()) \(path)")
            }
        }
        return found
    }

    /// The operation of a request, as `GET /v1/conversations/{conversation}/messages`; nil when the document has none.
    package func operation(_ method: String, _ target: String) -> String? {
        let path = String(target.prefix { $0 != "?" })
        guard let template = template(of: path), paths[template]?[method.lowercased()] != nil else { return nil }
        return "\(method) \(template)"
    }

    /// What is wrong with an answer; nothing if nothing is.
    package func violations(_ method: String, _ target: String, _ answer: HTTPClient.Answer) -> [String] {
        let path = target.prefix { $0 != "?" }
        guard let operation = template(of: String(path)).flatMap({ paths[$0]?[method.lowercased()] }) else {
            // What is not in the document is not there.
            return problem(answer, [404, 405])
        }
        guard let declared = operation["responses"]?["\(answer.status)"].map(schema.resolve) else {
            return ["the status \(answer.status) is not in the document"]
        }
        var found = headers(answer, declared)
        guard case .object(let contents) = declared["content"] ?? .null else {
            if !answer.body.isEmpty { found.append("a body is not in the document") }
            return found
        }
        // Without parameters, such as the charset.
        let type = String(answer.header("content-type")?.prefix { $0 != ";" } ?? "")
        guard let content = contents[type] else {
            return found + ["the type \(answer.header("content-type") ?? "none") is not in the document"]
        }
        guard type.hasSuffix("/json") || type.hasSuffix("+json") else { return found }
        guard let value = try? answer.json() else { return found + ["the body is no JSON"] }
        return found + schema.violations(value, content["schema"] ?? .null)
    }

    /// The path of the document that a path is of; one that names its parts goes before one that leaves them open.
    package func template(of path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let templates = paths.keys.filter { template in
            let names = template.split(separator: "/", omittingEmptySubsequences: false)
            return names.count == parts.count && zip(names, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        return templates.min { $0.count(where: { $0 == "{" }) < $1.count(where: { $0 == "{" }) }
    }

    private func headers(_ answer: HTTPClient.Answer, _ declared: JSONValue) -> [String] {
        var found: [String] = []
        for name in Self.headers {
            let header = declared["headers"]?[name].map(schema.resolve)
            switch (answer.header(name), header) {
            case (nil, nil): break
            case (nil, let header?):
                if header["required"]?.bool == true { found.append("the header \(name) is missing") }
            case (_?, nil): found.append("the header \(name) is not in the document")
            case (let text?, let header?):
                let isNumber = header["schema"]?["type"]?.string == "integer"
                let value = isNumber ? Int(text).map { JSONValue.number(Double($0)) } ?? .null : .string(text)
                found += schema.violations(value, header["schema"] ?? .null, at: name)
            }
        }
        return found
    }

    private func problem(_ answer: HTTPClient.Answer, _ statuses: [Int]) -> [String] {
        guard statuses.contains(answer.status) else { return ["the status is \(answer.status), not of \(statuses)"] }
        guard let value = try? answer.json() else { return ["the body is no JSON"] }
        return schema.violations(value, ["$ref": "#/components/schemas/Problem"])
    }
}
