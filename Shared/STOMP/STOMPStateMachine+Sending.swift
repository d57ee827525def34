import Messaging

// SEND, and the transactions that SEND, ACK and NACK may be part of.
extension STOMPStateMachine {
    mutating func send(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let to = try configuration.destinations.target(ofSend: try Self.required("destination", frame))
        let data = try MessageBody.data(of: frame.body, contentType: frame.headers["content-type"])
        var n: UInt64?
        if let text = frame.headers["n"] {
            guard let number = UInt64(text) else {
                throw STOMPError(.badHeader, "header 'n' is the device's own counter, a number")
            }
            n = number
        }
        if frame.headers["transaction"] != nil {
            return try add(.send(to: to, data: data, n: n), to: frame, &effects)
        }
        let tag = tags(1, receipt: frame.headers["receipt"])[0]
        effects.append(.send(STOMPSend(tag: tag, n: n, to: to, data: data)))
    }

    mutating func begin(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let name = try Self.required("transaction", frame)
        guard index(ofTransaction: name) == nil else {
            throw STOMPError(.transactionInUse, "header 'transaction' names a transaction that is already open")
        }
        guard transactions.count < configuration.limits.transactions else {
            throw STOMPError(
                .tooManyTransactions, "a session has at most \(configuration.limits.transactions) open transactions")
        }
        transactions.append(STOMPTransaction(name: name))
        Self.acknowledge(frame, &effects)
    }

    mutating func abort(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        transactions.remove(at: try open(frame))
        Self.acknowledge(frame, &effects)
    }

    /// All steps go out one behind the other. The receipt says that the log has taken every message.
    mutating func commit(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let steps = transactions.remove(at: try open(frame)).steps
        let sends = steps.count { if case .send = $0 { true } else { false } }
        var tags = sends > 0 ? tags(sends, receipt: frame.headers["receipt"])[...] : []
        for step in steps {
            switch step {
            case .send(let to, let data, let n):
                guard let tag = tags.popFirst() else { break }
                effects.append(.send(STOMPSend(tag: tag, n: n, to: to, data: data)))
            case .settle(let settlement): settle(settlement, &effects)
            }
        }
        if sends == 0 { Self.acknowledge(frame, &effects) }
    }

    /// Keeps a step until its transaction commits; its own receipt says that it is kept.
    mutating func add(
        _ step: STOMPTransaction.Step, to frame: STOMPFrame, _ effects: inout [STOMPEffect]
    ) throws(STOMPError) {
        let index = try open(frame)
        let limits = configuration.limits
        guard transactions[index].steps.count < limits.transactionFrames else {
            throw STOMPError(.transactionTooLarge, "a transaction has at most \(limits.transactionFrames) frames")
        }
        let total = transactions.reduce(step.bytes) { $0 + $1.bytes }
        guard total <= limits.transactionBytes else {
            throw STOMPError(
                .transactionTooLarge, "a session's transactions have at most \(limits.transactionBytes) bytes together")
        }
        transactions[index].steps.append(step)
        transactions[index].bytes += step.bytes
        Self.acknowledge(frame, &effects)
    }

    private func open(_ frame: STOMPFrame) throws(STOMPError) -> Int {
        guard let index = index(ofTransaction: try Self.required("transaction", frame)) else {
            throw STOMPError(.unknownTransaction, "header 'transaction' names no open transaction: BEGIN comes first")
        }
        return index
    }

    private func index(ofTransaction name: String) -> Int? { transactions.firstIndex { $0.name.isSame(as: name) } }
}
