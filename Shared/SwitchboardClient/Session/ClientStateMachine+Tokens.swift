extension ClientStateMachine {
    mutating func fetchToken(_ purpose: TokenPurpose, _ now: Moment) {
        let ticket = nextSerial()
        tokenFetches[purpose] = (ticket, now.elapsed + Self.tokenTimeout)
        actions.append(.fetchToken(ticket: ticket))
    }

    /// The application gave a token.
    mutating func tokenCame(_ ticket: Int, _ token: ClientToken, _ now: Moment) -> [ClientAction] {
        guard let purpose = takeFetch(ticket) else { return finish(now) }
        self.token = token
        switch purpose {
        case .session: if phase == .preparing { connect(token, now) }
        case .successor: if successor?.step == .preparing { connectSuccessor(token, now) }
        case .renewal:
            guard session != nil else { break }
            transmit(OutgoingFrame.auth(token.text))
            planRenewal(now)
        }
        return finish(now)
    }

    /// The application could give none.
    /// - Parameter refusal: why there is no point in trying again; nil when there is.
    mutating func tokenFailed(_ ticket: Int, refusal: TokenRefused?, _ now: Moment) -> [ClientAction] {
        guard let purpose = takeFetch(ticket) else { return finish(now) }
        if let refusal, purpose == .session {
            stop(ClientError(.tokenRefused, "no token: \(refusal.description)"))
        } else {
            tokenMissing(purpose, now)
        }
        return finish(now)
    }

    private mutating func takeFetch(_ ticket: Int) -> TokenPurpose? {
        guard let purpose = tokenFetches.first(where: { $0.value.ticket == ticket })?.key else { return nil }
        tokenFetches[purpose] = nil
        return purpose
    }

    mutating func tokenMissing(_ purpose: TokenPurpose, _ now: Moment) {
        switch purpose {
        case .session: if phase == .preparing { retry(code: nil, now) }
        // The present session goes on until it is closed; then it is tried again as ever.
        case .successor: successorEnded(now)
        // The old one holds until it expires; the session then ends with 4003 and is resumed.
        case .renewal: renewAt = now.elapsed + Self.renewalInterval
        }
    }

    mutating func planRenewal(_ now: Moment) {
        renewAt = token.map { now.elapsed + max(Self.renewalInterval, $0.renewal(now)) }
    }
}
