import FoundationEssentials
import NIOHTTP1

/// An answer of HTTP, all of it.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    private struct Problem: Decodable {
        var type: String?
        var code: String?
        var title: String?
        var detail: String?
    }

    /// The error that a problem document (RFC 9457) tells of.
    var problem: (code: String?, message: String?) {
        guard let problem = try? JSONDecoder().decode(Problem.self, from: Data(body)) else { return (nil, nil) }
        let name = problem.type.flatMap { $0.split { "/:#".contains($0) }.last.map(String.init) }
        return (problem.code ?? name, problem.detail ?? problem.title)
    }
}
