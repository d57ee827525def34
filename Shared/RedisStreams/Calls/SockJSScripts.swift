public import Messaging

/// Says where a SockJS session lives, and takes it where nobody has it.
///
/// `Scripts/claim_sockjs.lua`; key: the session's place. Atomic, because looking and taking must be one step: of two edges that are asked for a new session
/// at once only one may have it.
public enum ClaimSockJSScript {
    /// The call. `lease`: for how long, until it is renewed; zero only looks.
    public static func command(keys: Keys, session: String, place: EdgePlace, lease: Duration) -> RedisCommand {
        RedisCommand(
            script: .claimSockJS, keys: [keys.sockJS(session)],
            arguments: [.text(place.description), lease.argument])
    }

    /// Reads the reply: where the session lives, nil when it lives nowhere.
    public static func reply(_ value: RedisValue) throws(RedisError) -> EdgePlace? {
        if case .null = value { return nil }
        guard let place = EdgePlace(value.string ?? "") else {
            throw RedisError(.unexpectedReply, "claim_sockjs answered what is no place of an edge")
        }
        return place
    }
}

/// Forgets where a SockJS session lives, unless it lives elsewhere by now.
///
/// `Scripts/release_sockjs.lua`; key: the session's place. Atomic, because comparing and deleting must be one step.
public enum ReleaseSockJSScript {
    /// The call.
    public static func command(keys: Keys, session: String, place: EdgePlace) -> RedisCommand {
        RedisCommand(
            script: .releaseSockJS, keys: [keys.sockJS(session)], arguments: [.text(place.description)])
    }
}
