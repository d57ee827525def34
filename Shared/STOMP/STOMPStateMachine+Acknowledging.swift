import Messaging

// ACK and NACK.
extension STOMPStateMachine {
    /// What names no message that is owed (it was acknowledged before, its subscription is gone or needs none, it is of a topic) changes nothing:
    /// such frames are often under way. What cannot have been given out is an error.
    mutating func settle(_ frame: STOMPFrame, isRefusal: Bool, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let target = try target(frame)
        let subscription = target.flatMap { target in subscriptions.first { $0.number == target.subscription } }
        var settlement: STOMPTransaction.Settlement?
        if let target, let subscription, subscription.source == .inbox, subscription.mode != .auto {
            settlement = STOMPTransaction.Settlement(
                cursor: target.cursor, subscription: subscription.number, isCumulative: subscription.mode == .client,
                isRefusal: isRefusal, isBehind: target.isBehind)
        }
        if frame.headers["transaction"] != nil {
            // Without effect it is still a step, so that an unknown transaction does not go unnoticed.
            let nothing = STOMPTransaction.Settlement(
                cursor: .zero, subscription: 0, isCumulative: false, isRefusal: isRefusal)
            return try add(.settle(settlement ?? nothing), to: frame, &effects)
        }
        if let settlement { settle(settlement, &effects) }
        Self.acknowledge(frame, &effects)
    }

    /// What an ACK or NACK names: the message at this cursor, or something behind it.
    private struct Target {
        var cursor: MessageID
        var subscription: UInt64
        var isBehind = false
    }

    private func target(_ frame: STOMPFrame) throws(STOMPError) -> Target? {
        if version == .v12 {
            guard let (number, place, isBehind) = STOMPSubscription.parse(ack: try Self.required("id", frame)),
                hasGiven(number)
            else {
                throw STOMPError(.badHeader, "header 'id' is the 'ack' of a MESSAGE")
            }
            return Target(cursor: place, subscription: number, isBehind: isBehind)
        }
        let text = try Self.required("message-id", frame)
        guard let message = MessageID(text) else {
            throw STOMPError(.badHeader, "header 'message-id' is that of a MESSAGE")
        }
        guard version == .v11 || frame.headers["subscription"] != nil else {
            return target(
                message, of: nil, cumulativeBy: subscriptions.first { $0.source == .inbox && $0.mode == .client })
        }
        let id = try Self.required("subscription", frame)
        guard let subscription = subscriptions.first(where: { $0.key.id?.isSame(as: id) == true }),
            subscription.source == .inbox
        else { return nil }
        return target(message, of: subscription.number, cumulativeBy: subscription.mode == .client ? subscription : nil)
    }

    /// By a message's id. Two may have the same: the first is the careful choice.
    private func target(
        _ message: MessageID, of number: UInt64?, cumulativeBy subscription: STOMPSubscription?
    ) -> Target? {
        let own = ledger.cursor(ofMessage: message, owedBy: number)
        if let subscription, let place = ledger.cursor(beforeGuest: message), own.map({ place < $0.cursor }) ?? true {
            return Target(cursor: place, subscription: subscription.number, isBehind: true)
        }
        return own.map { Target(cursor: $0.cursor, subscription: $0.subscription) }
    }

    mutating func settle(_ settlement: STOMPTransaction.Settlement, _ effects: inout [STOMPEffect]) {
        if settlement.isRefusal, configuration.refusal == .keep {
            ledger.refuse(settlement.cursor, by: settlement.subscription, isCumulative: settlement.isCumulative)
            return
        }
        advance(
            to: ledger.acknowledge(
                settlement.cursor, by: settlement.subscription, isCumulative: settlement.isCumulative,
                isBehind: settlement.isBehind), &effects)
    }
}
