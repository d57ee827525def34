extension RedisScript {
    /// A script in which the lines from `-- idea <name>` to `-- end of idea <name>` are what the idea consists of: without the idea they are left out.
    init(_ name: StaticString, _ body: [UInt8], of idea: Idea, isOftenCalled: Bool = false) {
        #if DEBUG
            self.init(name, idea.isOn ? body : Self.without(idea, body), isOftenCalled: isOftenCalled)
        #else
            self.init(name, body, isOftenCalled: isOftenCalled)
        #endif
    }

    #if DEBUG
        /// A script's text without an idea. It ends the process when the idea is not marked there.
        static func without(_ idea: Idea, _ body: [UInt8]) -> [UInt8] {
            let lines = String(decoding: body, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            guard let first = lines.firstIndex(where: { $0.hasPrefix("-- idea \(idea.rawValue)") }),
                let last = lines.firstIndex(of: "-- end of idea \(idea.rawValue)"), first < last
            else { fatalError("the idea \(idea.rawValue) is not marked in its script") }
            return Array((lines[..<first] + lines[(last + 1)...]).joined(separator: "\n").utf8)
        }
    #endif
}
