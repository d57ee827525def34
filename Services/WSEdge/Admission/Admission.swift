import NIOCore

/// Lets handshakes and registrations of an event loop through as ``AdmissionStateMachine`` decides.
final class Admission {
    /// How soon who waits is looked at again. A timer, and not the next task: tasks would all run before the loop looks at its sockets.
    private static let pace = TimeAmount.milliseconds(1)

    private var machine: AdmissionStateMachine<Session, WaitingHandshake>
    private let eventLoop: any EventLoop
    private let turn: LoopTurn
    private let environment: EdgeEnvironment
    private var isScheduled = false
    private var isTurnNoted = false

    init(environment: EdgeEnvironment, eventLoop: any EventLoop, turn: LoopTurn) {
        self.environment = environment
        self.eventLoop = eventLoop
        self.turn = turn
        let configuration = environment.configuration
        let threads = configuration.threads
        machine = AdmissionStateMachine(
            .init(
                registering: max(1, configuration.registerLimit / threads), perTurn: 16,
                queue: configuration.handshakeQueue / threads, patience: configuration.handshakeWait),
            guess: configuration.reconnectRate / threads, now: .now())
    }

    /// How many wait here, for the metrics.
    var waiting: (handshakes: Int, registrations: Int) { (machine.waitingHandshakes, machine.waitingRegistrations) }

    // MARK: Handshakes

    /// A handshake that is good so far: goes on at once, later, or not.
    func ask(_ handshake: WaitingHandshake) {
        let arrival = machine.arrive(handshake, now: .now(), random: .random(in: 0..<1))
        noteTurn()
        switch arrival {
        case .admitted: handshake.proceed()
        case .waits:
            handshake.handler.isWaiting = true
            schedule()
        case .refused(let seconds): handshake.refuse(after: seconds)
        }
        report()
    }

    /// The other side has gone.
    func abandon(_ handler: HTTPHandler) {
        machine.abandon { $0.handler === handler }
        report()
    }

    /// Refuses all that wait: the edge is going away.
    func dismiss() {
        for handshake in machine.dismiss() { handshake.refuse(after: 1) }
        report()
    }

    /// Once a second, and while somebody waits more often: who has waited long enough is told so.
    func tick() {
        for (handshake, seconds) in machine.expire(now: .now(), random: { .random(in: 0..<1) }) {
            handshake.refuse(after: seconds)
        }
        report()
    }

    // MARK: Registrations

    /// Has the session register at once, or when it is its turn.
    func ask(_ session: Session) {
        if machine.register(session, now: .now()) { session.sendRegistration() } else { schedule() }
        report()
    }

    /// A registration was answered, or failed.
    func answered() {
        machine.answered(now: .now())
        if machine.isWaiting { schedule() }
    }

    // MARK: Turns

    private func noteTurn() {
        guard !isTurnNoted else { return }
        isTurnNoted = true
        turn.atEnd { [weak self] in
            self?.isTurnNoted = false
            self?.machine.turnEnded()
        }
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.pace) { self.serve() }
    }

    private func serve() {
        isScheduled = false
        tick()
        while let next = machine.next() {
            noteTurn()
            switch next {
            case .register(let session):
                if session.machine.state == .pending { session.sendRegistration() } else { machine.unused() }
            case .admit(let handshake): handshake.proceed()
            }
        }
        report()
        if machine.isWaiting { schedule() }
    }

    private var reported = (handshakes: 0, registrations: 0)

    /// Adds what has changed to the edge's numbers.
    private func report() {
        let now = waiting
        guard now != reported else { return }
        environment.waitingChanged(
            handshakes: now.handshakes - reported.handshakes, registrations: now.registrations - reported.registrations)
        reported = now
    }
}

@available(*, unavailable)
extension Admission: Sendable {}
