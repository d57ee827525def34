import FoundationEssentials

extension SwitchboardClient {
    static func json(_ value: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(value)) }
}
