import Foundation
import TestStack

/// The sessions that a query's statements run in, set up as history's are: one for most, one for searches.
struct PlainSessions {
    private let reading: PlainConnection
    private let searching: PlainConnection

    /// Connects, and prepares what the query needs.
    init(_ query: QueryCase, url: String) throws {
        reading = try PlainConnection(url: url)
        searching = try PlainConnection(url: url, parameters: PlainConnection.searchParameters)
        for file in query.files {
            let sql = try QueryCase.sql(file)
            try reading.prepare(file, sql)
            try searching.prepare(file, sql)
        }
    }

    func execute(_ step: QueryCase.Step) throws -> PlainRows {
        try (step.isSearch ? searching : reading).execute(step.file, step.parameters)
    }
}

extension QueryCase {
    /// The text of one of history's statements, as it is in the sources.
    static func sql(_ file: String) throws -> String {
        let path = "\(Programs.packageFolder)/Services/History/Queries/\(file).sql"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw InvalidRun("\(path) is missing: run it from a build within the sources")
        }
        return text
    }
}
