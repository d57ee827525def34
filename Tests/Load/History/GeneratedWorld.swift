import TestStack

/// Users, conversations and what they say, all by power laws, the same for the same seed.
struct GeneratedWorld {
    struct Conversation {
        let name: String
        let members: [Int]
        var isGroup: Bool { name.hasPrefix("group:") }
        /// The id of its last message; 0-0 before the first.
        var last: (ms: Int64, seq: Int) = (0, 0)
    }

    static let vocabulary = 20_000
    /// Words of a message; a dozen on average.
    private static let longest = 50

    private(set) var conversations: [Conversation] = []
    private var generator: SeededGenerator
    private let popularity: PowerLaw
    private let words = PowerLaw(count: GeneratedWorld.vocabulary)
    private let lengths = PowerLaw(count: GeneratedWorld.longest)

    /// Four of five conversations are dms, the others groups of up to `groupSize`.
    init(users: Int, conversations count: Int, groupSize: Int, seed: UInt64, name: String) {
        generator = SeededGenerator(seed: seed)
        popularity = PowerLaw(count: count)
        let people = PowerLaw(count: users)
        let sizes = PowerLaw(count: groupSize - 2)
        var directs: Set<[Int]> = []
        for number in 0..<count {
            var members: Set<Int> = []
            if number % 5 != 0 {
                while members.count < 2 { members.insert(people.next(using: &generator)) }
                // A pair that has been drawn before gets a group in its place.
                if directs.insert(members.sorted()).inserted {
                    let names = members.map { Self.user($0, name) }.sorted()
                    // Sorted: the order of a set is another in each process.
                    conversations.append(
                        Conversation(name: "dm:" + names.joined(separator: ":"), members: members.sorted()))
                    continue
                }
            }
            let size = min(users, 3 + sizes.next(using: &generator))
            while members.count < size { members.insert(Int.random(in: 0..<users, using: &generator)) }
            conversations.append(Conversation(name: "group:\(name)-\(number)", members: members.sorted()))
        }
    }

    static func user(_ number: Int, _ name: String) -> String { "\(name)-u\(number)" }

    /// The place of the conversation in which the message of this id is, its sender, and its data.
    mutating func say(_ id: (ms: Int64, seq: Int)) -> (conversation: Int, sender: Int, data: String) {
        let place = popularity.next(using: &generator)
        conversations[place].last = id
        let sender = conversations[place].members.randomElement(using: &generator)!
        var data = #"{"text":""#
        for number in 0...lengths.next(using: &generator) {
            data += number == 0 ? "w" : " w"
            data += String(words.next(using: &generator), radix: 36)
        }
        return (place, sender, data + "\"}")
    }

    /// Up to where a member has read: as a rule to the end, sometimes to anywhere before, sometimes nowhere.
    mutating func mark(_ conversation: Conversation, since start: Int64) -> Int64? {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<6: conversation.last.ms
        case 6..<9:
            conversation.last.ms > start ? Int64.random(in: start...conversation.last.ms, using: &generator) : nil
        default: nil
        }
    }
}
