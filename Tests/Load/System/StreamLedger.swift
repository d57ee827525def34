/// Which messages each recipient has of each stream, and so whether any was lost, repeated or came out of order. The streams' messages are numbered from 1.
struct StreamLedger {
    enum Verdict: Equatable { case next, skipping, late, repeated }

    /// Where a recipient stands in a stream: one number, since it is looked up for each delivery.
    private static func place(_ recipient: Int, _ stream: UInt32) -> UInt64 { UInt64(stream) << 32 | UInt64(recipient) }

    private struct Progress {
        /// The greatest number that came.
        var last: UInt32 = 0
        /// Smaller ones that did not come yet.
        var missing: Set<UInt32> = []
    }

    private var progress: [UInt64: Progress] = [:]
    private(set) var delivered = 0
    private(set) var repeated = 0
    private(set) var disordered = 0

    /// A message came.
    mutating func note(_ number: UInt32, of stream: UInt32, for recipient: Int) -> Verdict {
        let verdict = Self.note(
            number, &progress[Self.place(recipient, stream), default: Progress()])
        switch verdict {
        case .next, .skipping: delivered += 1
        case .late:
            delivered += 1
            disordered += 1
        case .repeated: repeated += 1
        }
        return verdict
    }

    private static func note(_ number: UInt32, _ progress: inout Progress) -> Verdict {
        if number == progress.last + 1 {
            progress.last = number
            return .next
        }
        if number > progress.last {
            for skipped in progress.last + 1..<number { progress.missing.insert(skipped) }
            progress.last = number
            return .skipping
        }
        return progress.missing.remove(number) == nil ? .repeated : .late
    }

    /// How many of the first `sent` messages of a stream a recipient does not have.
    /// - Parameter withdrawn: those that were refused, and so need not come.
    func lost(of stream: UInt32, sent: UInt32, withdrawn: Set<UInt32> = [], for recipient: Int) -> Int {
        let progress = progress[Self.place(recipient, stream)] ?? Progress()
        let within = progress.missing.count { $0 <= sent && !withdrawn.contains($0) }
        let after = Int(sent > progress.last ? sent - progress.last : 0)
        return within + after - withdrawn.count { $0 > progress.last && $0 <= sent }
    }
}
