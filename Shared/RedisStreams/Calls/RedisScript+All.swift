extension RedisScript {
    static let publish = RedisScript("publish", PackageResources.publish_lua, isOftenCalled: true)
    static let answerChange = RedisScript("answer_change", PackageResources.answer_change_lua)
    static let deliver = RedisScript("deliver", PackageResources.deliver_lua, of: .marks, isOftenCalled: true)
    static let register = RedisScript("register", PackageResources.register_lua, isOftenCalled: true)
    static let revoke = RedisScript("revoke", PackageResources.revoke_lua)
    static let erase = RedisScript("erase", PackageResources.erase_lua)
    static let noteRevocation = RedisScript("note_revocation", PackageResources.note_revocation_lua)
    static let unregister = RedisScript("unregister", PackageResources.unregister_lua)
    static let acknowledge = RedisScript(
        "acknowledge", PackageResources.acknowledge_lua, isOftenCalled: true)
    static let locate = RedisScript("locate", PackageResources.locate_lua)
    static let place = RedisScript("place", PackageResources.place_lua)
    static let received = RedisScript("received", PackageResources.received_lua)
    static let announce = RedisScript("announce", PackageResources.announce_lua)
    static let takeLease = RedisScript("take_lease", PackageResources.take_lease_lua)
    static let releaseLease = RedisScript("release_lease", PackageResources.release_lease_lua)
    static let commitPosition = RedisScript("commit_position", PackageResources.commit_position_lua)
    static let liveInstances = RedisScript("live_instances", PackageResources.live_instances_lua)
    static let renewEdge = RedisScript("renew_edge", PackageResources.renew_edge_lua)
    static let leaveEdge = RedisScript("leave_edge", PackageResources.leave_edge_lua)
    static let expireEdges = RedisScript("expire_edges", PackageResources.expire_edges_lua)
    static let writeRing = RedisScript("write_ring", PackageResources.write_ring_lua)
    static let deadLetter = RedisScript("dead_letter", PackageResources.dead_letter_lua)
    static let replayDeadLetter = RedisScript("replay_dead_letter", PackageResources.replay_dead_letter_lua)
    static let applyMembership = RedisScript(
        "apply_membership", PackageResources.apply_membership_lua, of: .memberVersion)
    static let presenceSettle = RedisScript(
        "presence_settle", PackageResources.presence_view_lua + PackageResources.presence_settle_lua)
    static let presenceInterest = RedisScript(
        "presence_interest", PackageResources.presence_view_lua + PackageResources.presence_interest_lua)
    static let presenceWish = RedisScript(
        "presence_wish", PackageResources.presence_view_lua + PackageResources.presence_wish_lua)
    static let presenceTold = RedisScript("presence_told", PackageResources.presence_told_lua)
    static let recordSessions = RedisScript("record_sessions", PackageResources.record_sessions_lua)
    static let noteContact = RedisScript("note_contact", PackageResources.note_contact_lua)
    static let noteGroup = RedisScript("note_group", PackageResources.note_group_lua)
    static let noteFeed = RedisScript("note_feed", PackageResources.note_feed_lua)
    static let presenceDue = RedisScript("presence_due", PackageResources.presence_due_lua)
    static let presenceSchedule = RedisScript("presence_schedule", PackageResources.presence_schedule_lua)

    static let deliverFeed = RedisScript("deliver_feed", PackageResources.deliver_feed_lua)
    static let readFeed = RedisScript("read_feed", PackageResources.read_feed_lua)
    static let renewFeed = RedisScript("renew_feed", PackageResources.renew_feed_lua)
    static let feedEdges = RedisScript("feed_edges", PackageResources.feed_edges_lua)

    static let claimSockJS = RedisScript("claim_sockjs", PackageResources.claim_sockjs_lua)
    static let releaseSockJS = RedisScript("release_sockjs", PackageResources.release_sockjs_lua)

    /// All scripts: each connection loads them when it connects.
    static let all: [RedisScript] = [
        publish, answerChange, deliver, register, unregister, acknowledge, locate, place, announce, takeLease,
        releaseLease,
        commitPosition,
        liveInstances, renewEdge, leaveEdge, expireEdges, writeRing, deadLetter, replayDeadLetter, applyMembership,
        presenceSettle,
        presenceDue,
        presenceSchedule, deliverFeed, readFeed, renewFeed, feedEdges,
        presenceInterest, presenceWish, presenceTold, recordSessions, noteContact, noteGroup, noteFeed, revoke,
        noteRevocation, erase, received, claimSockJS, releaseSockJS,
    ]
}
