import Messaging
import NIOCore

/// Does what the ``ClientStateMachine`` wants: the sockets, the clock, and the ends that reach into the application. Confined to its event loop.
final class ClientDriver {
    /// Something asynchronous that the machine waits for, to be run by ``SwitchboardClient/run()``. How many there are is bounded by the machine.
    typealias Job = @Sendable () async -> Void

    /// How long connections that were said good-bye to are waited for at the end.
    private static let farewell = TimeAmount.seconds(4)

    private var machine: ClientStateMachine
    private let loop: any EventLoop
    private let clock: ClientClock
    private let transport: Transport
    private let tokens: TokenSource
    private let requester: HTTPRequester
    private let buffer: EventBuffer
    private let view: ClientView
    private let jobs: AsyncStream<Job>.Continuation

    private var sockets: [Int: Socket] = [:]
    private var leaving: [Int: Socket] = [:]
    private var sendings: [UInt64: Sending] = [:]
    private var timer: (due: Int64, task: Scheduled<Void>)?
    private var waiting: [ClientAction] = []
    private var isPerforming = false
    private var isFinished = false
    private var hasEnded = false
    private var waiters: [() -> Void] = []

    init(
        _ machine: ClientStateMachine, loop: any EventLoop, clock: ClientClock, transport: Transport,
        tokens: TokenSource, requester: HTTPRequester, buffer: EventBuffer, view: ClientView,
        jobs: AsyncStream<Job>.Continuation
    ) {
        self.machine = machine
        self.loop = loop
        self.clock = clock
        self.transport = transport
        self.tokens = tokens
        self.requester = requester
        self.buffer = buffer
        self.view = view
        self.jobs = jobs
    }

    // MARK: What the application wants

    func begin() { perform(machine.begin(clock.now())) }

    func leave(within grace: Int64) { perform(machine.leave(within: grace, clock.now())) }

    func send(to: String, json: [UInt8], attachments: [UInt8], n: UInt64?, _ sending: Sending) {
        let (result, actions) = machine.send(to: to, json: json, attachments: attachments, n: n, clock.now())
        register(result, sending)
        perform(actions)
    }

    func change(_ id: MessageID, in conversation: String, to json: [UInt8]?, _ sending: Sending) {
        let (result, actions) = machine.change(id, in: conversation, to: json, clock.now())
        register(result, sending)
        perform(actions)
    }

    private func register(_ result: Result<UInt64, ClientError>, _ sending: Sending) {
        switch result {
        case .success(let n): sendings[n] = sending
        case .failure(let error): sending.settle(.failure(error))
        }
    }

    func signal(to: String, json: [UInt8]) {
        // What waits for a slow network is not to grow by what is of no use later.
        guard machine.session.flatMap({ sockets[$0]?.isWritable }) == true else { return }
        perform(machine.signal(to: to, json: json, clock.now()))
    }

    func markRead(_ conversation: String, _ id: MessageID) { perform(machine.markRead(conversation, id, clock.now())) }

    func subscribe(_ topic: String, from start: TopicStart) {
        perform(machine.subscribe(topic, from: start, clock.now()))
    }

    func unsubscribe(_ topic: String) { perform(machine.unsubscribe(topic, clock.now())) }

    func watch(_ users: [String]) { perform(machine.watch(users, clock.now())) }

    func unwatch(_ users: [String]) { perform(machine.unwatch(users, clock.now())) }

    func taken() {
        let taken = buffer.report()
        perform(machine.taken(taken.count, cursor: taken.cursor, clock.now()))
    }

    // MARK: What the machine wants

    /// Does all of it, in order. What comes of it meanwhile, such as the end of a socket that is written to, waits for its turn.
    private func perform(_ actions: [ClientAction]) {
        waiting += actions
        guard !isPerforming else { return }
        isPerforming = true
        var written: Set<Int> = []
        while !waiting.isEmpty {
            let actions = waiting
            waiting = []
            for action in actions {
                if case .send(let id, let text) = action {
                    sockets[id]?.send(text)
                    written.insert(id)
                } else {
                    // What was written before goes before what follows it, such as a good-bye.
                    flush(&written)
                    perform(action)
                }
            }
            flush(&written)
        }
        isPerforming = false
        view.note(machine)
        plan()
    }

    private func flush(_ written: inout Set<Int>) {
        for id in written { sockets[id]?.flush() }
        written = []
    }

    private func perform(_ action: ClientAction) {
        switch action {
        case .send: break
        case .fetchToken(let ticket): fetchToken(ticket)
        case .connect(let id, let address, let query, let token):
            sockets[id] = Socket.open(address, query: query, token: token, by: transport, on: loop) { [weak self] in
                self?.heard(id, $0)
            }
        case .showLife(let id): sockets[id]?.showLife()
        case .read(let id, let reads): sockets[id]?.read(reads)
        case .close(let id): leave(id)
        case .drop(let id): sockets.removeValue(forKey: id)?.drop()
        case .emit(let emission): buffer.put(emission)
        case .state(let state):
            view.note(state)
            buffer.put(state)
        case .settle(let n, let result): sendings.removeValue(forKey: n)?.settle(result)
        case .fetch(let serial, let target): fetch(serial, target)
        case .finish(let error): finish(error)
        }
    }

    private func heard(_ id: Int, _ event: SocketEvent) {
        switch event {
        case .heard: machine.heard(id, clock.now())
        case .frame(let frame): perform(machine.received(id, frame, clock.now()))
        case .refused(let status, let retryAfter, let detail):
            sockets[id] = nil
            perform(machine.refused(id, status: status, retryAfter: retryAfter, detail: detail, clock.now()))
        case .ended(let code, let reason):
            sockets[id] = nil
            perform(machine.ended(id, code: code, reason: reason, clock.now()))
        }
    }

    /// One timer for everything that the machine waits for.
    private func plan() {
        guard !isFinished, let deadline = machine.deadline else {
            timer?.task.cancel()
            timer = nil
            return
        }
        if let timer, timer.due == deadline { return }
        timer?.task.cancel()
        let bound = NIOLoopBound(self, eventLoop: loop)
        let wait = max(0, deadline - clock.now().elapsed)
        let task = loop.scheduleTask(in: .milliseconds(wait)) {
            bound.value.timer = nil
            bound.value.perform(bound.value.machine.tick(bound.value.clock.now()))
        }
        timer = (deadline, task)
    }

    // MARK: What takes its time

    private func fetchToken(_ ticket: Int) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        jobs.yield { [tokens, loop] in
            do {
                let token = try await tokens.renew()
                loop.execute { bound.value.tokenCame(ticket, token) }
            } catch {
                let refusal = error as? TokenRefused
                loop.execute { bound.value.tokenFailed(ticket, refusal) }
            }
        }
    }

    private func tokenCame(_ ticket: Int, _ token: ClientToken) {
        perform(machine.tokenCame(ticket, token, clock.now()))
    }

    private func tokenFailed(_ ticket: Int, _ refusal: TokenRefused?) {
        perform(machine.tokenFailed(ticket, refusal: refusal, clock.now()))
    }

    private func fetch(_ serial: Int, _ target: String) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        jobs.yield { [tokens, requester, loop] in
            let answer = try? await requester.ask("GET", target, by: tokens)
            let page = answer?.status == 200 ? answer.flatMap { HistoryPage($0.body) } : nil
            loop.execute { bound.value.fetched(serial, page, status: answer?.status) }
        }
    }

    private func fetched(_ serial: Int, _ page: HistoryPage?, status: Int?) {
        perform(machine.fetched(serial, page, status: status, clock.now()))
    }

    // MARK: The end

    private func leave(_ id: Int) {
        guard let socket = sockets.removeValue(forKey: id) else { return }
        leaving[id] = socket
        socket.close()
        let bound = NIOLoopBound(self, eventLoop: loop)
        socket.closed.assumeIsolated().whenComplete { _ in bound.value.left(id) }
    }

    private func left(_ id: Int) {
        leaving[id] = nil
        if isFinished, leaving.isEmpty { end() }
    }

    private func end() {
        guard !hasEnded else { return }
        hasEnded = true
        jobs.finish()
        for waiter in waiters { waiter() }
        waiters = []
    }

    /// Calls back when it has ended and no connection is left.
    func whenFinished(_ action: @escaping () -> Void) { if hasEnded { action() } else { waiters.append(action) } }

    /// Nothing more comes. The jobs end when the last connection has.
    private func finish(_ error: ClientError?) {
        guard !isFinished else { return }
        isFinished = true
        view.finish(error)
        buffer.finish()
        for sending in sendings.values { sending.settle(.failure(.closed)) }
        sendings = [:]
        if leaving.isEmpty { return end() }
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: Self.farewell) {
            for socket in bound.value.leaving.values { socket.drop() }
            bound.value.end()
        }
    }
}

@available(*, unavailable)
extension ClientDriver: Sendable {}
