extension AuditPlan {
    /// Users who stay in a group throughout; the first one makes it and changes it.
    func members(ofGroup group: Int) -> [Int] { cast(ofGroup: group).members }

    /// Users who leave a group and come back. In the beginning they are members, too.
    func movers(ofGroup group: Int) -> [Int] { cast(ofGroup: group).movers }

    private func cast(ofGroup group: Int) -> (members: [Int], movers: [Int]) {
        let (count, size, leaving) =
            isLarge(group) ? (largeGroups, largeGroupSize, largeGroupMovers) : (groups, groupSize, movers)
        let first = (isLarge(group) ? group - groups : group) * max(1, users / max(1, count))
        let staying = max(1, min(size, users - leaving))
        func user(_ place: Int) -> Int { (first + place) % users }
        return ((0..<staying).map(user), (staying..<max(staying, min(staying + leaving, users))).map(user))
    }

    /// The groups that a user belongs to throughout, but for large ones.
    func groups(of user: Int) -> [Int] { (0..<groups).filter { members(ofGroup: $0).contains(user) } }

    /// The large groups that a user belongs to throughout.
    func largeGroups(of user: Int) -> [Int] {
        (groups..<groups + largeGroups).filter { members(ofGroup: $0).contains(user) }
    }

    /// Users who hear a topic throughout, and speak in it.
    func listeners(ofTopic topic: Int) -> [Int] {
        let first = topic * max(1, users / max(1, topics)) + 1
        return (0..<max(1, min(listeners, users))).map { (first + $0) % users }
    }

    /// The topics that a user hears.
    func topics(of user: Int) -> [Int] { (0..<topics).filter { listeners(ofTopic: $0).contains(user) } }

    /// The other users that a user writes to: neighbours near and far.
    func partners(of user: Int) -> [Int] {
        (1...max(1, min(partners, users - 1))).map { (user + $0 * $0 * $0) % users }.filter { $0 != user }
    }

    /// All dms that may be talked in, each once.
    var directs: [(Int, Int)] {
        var pairs: Set<ConversationKey> = []
        return (0..<users).flatMap { user in partners(of: user).map { (user, $0) } }
            .filter { pairs.insert(.direct($0.0, $0.1)).inserted }
    }
}
