import Messaging
import NIOCore
import SwitchboardClient

/// One device of the swarm whose session `SwitchboardClient` keeps: what an application is told is written down, and judged like what a device of the auditor's own
/// is told. Confined to one event loop.
///
/// Here it is the library that comes back, resumes, sends again and fetches what a gap left out. A device that goes away ends its client, in good order or in the
/// midst of everything, and comes back with a new one, as a program does that is started again: it names the cursor it kept, or none, repeats under their numbers what was not
/// accepted, and takes topics up where it was. A judge sees no frames here, so what a session of the server's own brought is for ``SwarmClient`` to say.
final class LibraryMember: SwarmMember {
    let index: Int
    let log: SwarmLog
    let loop: any EventLoop
    private let token: String
    var onOpen: (() -> Void)?
    private(set) var isWanted = true
    private(set) var isOpen = false
    private(set) var session: UInt32 = 0
    private(set) var opened = NIODeadline.uptimeNanoseconds(0)
    var queue = SendQueue()
    var places: [ConversationKey: MessageID] = [:]
    /// What the library has acknowledged is not known, so there is no earlier place to resume from.
    let recent: [MessageID] = []
    /// The last cursor that the application was told.
    private var cursor: MessageID?
    private var named: MessageID?
    private var resumption = SwarmClient.Resumption.named
    private var running: LibraryRun?
    /// Why the client ended by itself.
    private var failure: ClientError?
    private var attempts = 0
    /// What came of large groups, and whether with a cursor; in this run of the client, and in those before.
    private var heard: [Heard: Bool] = [:]
    private var heardBefore: [Heard: Bool] = [:]
    /// The large groups of which this run had to fetch something.
    private var fetched: Set<ConversationKey> = []

    private struct Heard: Hashable {
        let conversation: ConversationKey
        let id: MessageID
    }

    init(_ index: Int, log: SwarmLog, token: String, loop: any EventLoop) {
        self.index = index
        self.log = log
        self.token = token
        self.loop = loop
    }

    // MARK: Coming and going

    func connect() {
        guard isWanted, running == nil else { return }
        if case .unnamed = resumption { named = nil } else { named = cursor }
        resumption = .named
        heardBefore.merge(heard) { $1 }
        heard = [:]
        fetched = []
        queue.startOver()
        do {
            let client = try makeClient()
            for topic in log.plan.topics(of: log.names.user(ofDevice: index)) {
                let place = places[.topic(topic)].map { TopicStart.after($0) } ?? .beginning
                try client.subscribe(log.names.topic(topic), from: place)
            }
            running = LibraryRun(client, of: NIOLoopBound(self, eventLoop: loop), on: loop)
            pump()
        } catch {
            refused("bad_request")
            comeBack(in: .seconds(5))
        }
    }

    private func makeClient() throws(ClientError) -> SwitchboardClient {
        let place = index + attempts
        attempts += 1
        var configuration = ClientConfiguration(url: log.edges[0], device: log.names.device(index))
        configuration.urls = log.edges.indices.map { log.edges[(place + $0) % log.edges.count] }
        configuration.restURL = log.history
        configuration.start = named.map { .after($0) } ?? .whereItLeft
        let token = token
        return try SwitchboardClient(configuration) { token }
    }

    func goAway(gracefully: Bool, then resumption: SwarmClient.Resumption) {
        isWanted = false
        self.resumption = resumption
        closed(code: gracefully ? 1000 : 1006)
        if gracefully { running?.shutDown() } else { running?.cancel() }
    }

    func comeBack() {
        isWanted = true
        connect()
    }

    private func comeBack(in time: TimeAmount) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: time) { bound.value.connect() }
    }

    /// The client is not to come back, or cannot.
    func failed(_ error: ClientError) { failure = error }

    /// The client has ended, and all that it told has been taken.
    func ended() {
        running = nil
        closed(code: 1006)
        let error = failure
        failure = nil
        guard isWanted else { return }
        if let error {
            if case .rejected(let code) = error.code { refused("http \(code)") } else { refused("internal") }
            comeBack(in: .seconds(5))
        } else {
            connect()
        }
    }

    /// The library looks after its sessions by itself.
    func tick(_ now: NIODeadline, acknowledges: Bool) {}

    // MARK: Sending

    func send(to conversation: ConversationKey, _ destination: String, due: NIODeadline) {
        let (n, data) = recordSent(to: conversation, due: due)
        queue.add(n, .init(text: data, to: destination, conversation: conversation, due: due))
        pump()
    }

    private func pump() {
        guard isWanted, let running else { return }
        while let next = queue.take() {
            running.post(next.n, json: Array(next.message.text.utf8), to: next.message.to)
        }
    }

    /// What became of a message; what has no answer when the client ends is sent again by the next one.
    func answered(_ n: UInt64, _ answer: Result<Accepted, ClientError>) {
        switch answer {
        case .success(let accepted):
            let conversation = log.names.conversation(named: Array(accepted.conversation.utf8)[...])
            recordAccepted(accepted.n, accepted.id, in: conversation, isDuplicate: accepted.isDuplicate)
        case .failure(let error):
            switch error.code {
            case .closed: return
            case .refused(let code): refused(code.rawValue, n, queue.answered(n)?.conversation)
            default: refused("bad_request", n, queue.answered(n)?.conversation)
            }
        }
        pump()
    }

    private func refused(_ code: String, _ n: UInt64 = 0, _ conversation: ConversationKey? = nil) {
        log.refused(code)
        var event = RecordEvent(.refused, device: index)
        event.session = session
        event.n = UInt32(clamping: n)
        event.conversation = conversation ?? .none
        event.code = RefusalCode.number(code)
        log.record(event)
    }

    // MARK: Hearing

    func happened(_ event: ClientEvent) {
        switch event {
        case .state(.open): began()
        case .state(.waiting(_, let code)): closed(code: code ?? 1006)
        case .state: closed(code: 1006)
        case .message(let message): arrived(message)
        case .gap(let conversation, let after, _):
            log.counts.gaps += 1
            var event = RecordEvent(.gap, device: index)
            event.session = session
            event.conversation = conversation.map { log.names.conversation(named: Array($0.utf8)[...]) } ?? .none
            event.id = after
            log.record(event)
            fetched.insert(event.conversation)
        case .topicRefused(_, let error), .watchRefused(_, let error), .problem(let error):
            if case .refused(let code) = error.code { refused(code.rawValue) }
        case .changed, .changeRefused, .signal, .read, .presence, .subscribed: break
        }
    }

    /// There is a session: the first of this client begins where it was told to, the next where the library was.
    private func began() {
        // What was told before the device was sent away may be taken after.
        guard isWanted else { return }
        isOpen = true
        session += 1
        opened = .now()
        log.counts.sessions += 1
        var event = RecordEvent(.connected, device: index)
        event.session = session
        if let named {
            (event.id, event.cursor) = (named, named)
            event.flags = .named
        }
        log.record(event)
        named = cursor ?? named
        onOpen?()
        onOpen = nil
    }

    private func closed(code: UInt16) {
        guard isOpen else { return }
        isOpen = false
        var event = RecordEvent(.disconnected, device: index)
        event.session = session
        event.code = code
        log.record(event)
    }

    private func arrived(_ message: Message) {
        let conversation = log.names.conversation(named: Array(message.conversation.utf8)[...])
        let body = SwarmBody(message.json)
        if let cursor = message.cursor { self.cursor = max(self.cursor ?? .zero, cursor) }
        // History shows everything, also what this device sent before it was started anew.
        if message.cursor == nil, body.sender == index { return }
        guard isNew(message, conversation) else { return }
        recordDelivered(
            isHistory(message, conversation) ? .synced : .delivered, message.id, in: conversation,
            cursor: message.cursor ?? .zero, body, from: log.names.user(named: message.from.utf8))
    }

    /// As the library's users are told to, this one compares ids where it matters: what history told of a large group may come once more when the client was
    /// started anew, and what came of it live may be told by history then.
    private func isNew(_ message: Message, _ conversation: ConversationKey) -> Bool {
        guard conversation.isGroup, log.names.isFeed(conversation) else { return true }
        let one = Heard(conversation: conversation, id: message.id)
        if let hadCursor = heardBefore[one], !hadCursor || message.cursor == nil { return false }
        heard[one] = message.cursor != nil
        return true
    }

    /// Whether it was fetched, as far as an application can tell. A group that was large for a while when the device was away, and is not now, has its gap told
    /// behind what the inbox holds of it.
    private func isHistory(_ message: Message, _ conversation: ConversationKey) -> Bool {
        guard message.cursor == nil else { return false }
        guard log.names.isFeed(conversation) else { return true }
        return conversation.isGroup && (fetched.contains(conversation) || fetched.contains(.none))
            && message.id < places[conversation] ?? .zero
    }
}

@available(*, unavailable)
extension LibraryMember: Sendable {}
