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
                isRefusal: isRefusal)
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

    private func target(_ frame: STOMPFrame) throws(STOMPError) -> (cursor: MessageID, subscription: UInt64)? {
        if version == .v12 {
            guard let (number, place) = STOMPSubscription.parse(ack: try Self.required("id", frame)), hasGiven(number)
            else {
                throw STOMPError(.badHeader, "header 'id' is the 'ack' of a MESSAGE")
            }
            return (place, number)
        }
        let text = try Self.required("message-id", frame)
        guard let message = MessageID(text) else {
            throw STOMPError(.badHeader, "header 'message-id' is that of a MESSAGE")
        }
        guard version == .v11 || frame.headers["subscription"] != nil else {
            return ledger.cursor(ofMessage: message, owedBy: nil)
        }
        let id = try Self.required("subscription", frame)
        guard let subscription = subscriptions.first(where: { $0.key.id?.isSame(as: id) == true }) else { return nil }
        return ledger.cursor(ofMessage: message, owedBy: subscription.number)
    }

    mutating func settle(_ settlement: STOMPTransaction.Settlement, _ effects: inout [STOMPEffect]) {
        if settlement.isRefusal, configuration.refusal == .keep {
            ledger.refuse(settlement.cursor, by: settlement.subscription, isCumulative: settlement.isCumulative)
            return
        }
        advance(
            to: ledger.acknowledge(
                settlement.cursor, by: settlement.subscription, isCumulative: settlement.isCumulative), &effects)
    }
}
