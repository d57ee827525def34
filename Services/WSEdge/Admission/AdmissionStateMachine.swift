import NIOCore

/// Who may register with Redis now, and which handshakes are let in: so that a storm of them leaves room for the sessions there are.
///
/// Registrations go out a bounded number at a time, and a bounded number in each turn of the event loop. Those of sessions wait for their place as long
/// as it takes, since their clients have been let in; handshakes wait behind them, in a bounded queue and for a bounded time, and are then refused with
/// a time after which to come again. That is drawn from the time which all who were refused will take at the rate that was measured.
struct AdmissionStateMachine<Registration, Handshake> {
    struct Limits {
        /// Registrations sent and not answered.
        var registering: Int
        /// Registrations and handshakes begun in one turn of the event loop.
        var perTurn: Int
        /// Handshakes that wait.
        var queue: Int
        /// How long a handshake may wait.
        var patience: TimeAmount
        /// The longest time that is ever told to wait, in seconds.
        var longestRetry = 20
    }

    enum Arrival: Equatable {
        case admitted
        case waits
        /// Come again after so many seconds.
        case refused(retryAfter: Int)
    }

    enum Next {
        case register(Registration)
        case admit(Handshake)
    }

    private let limits: Limits
    private(set) var registering = 0
    private var begun = 0
    private var registrations = CircularBuffer<Registration>()
    private var handshakes = CircularBuffer<(handshake: Handshake, until: NIODeadline)>()
    private(set) var rate: RegisterRate
    /// Handshakes that were refused and will most likely be back: they stand in line too, only elsewhere.
    private var refused = 0.0
    private var refusedAt: NIODeadline

    init(_ limits: Limits, guess: Int, now: NIODeadline) {
        self.limits = limits
        rate = RegisterRate(guess: guess, now: now)
        refusedAt = now
    }

    /// Whether somebody waits.
    var isWaiting: Bool { !registrations.isEmpty || !handshakes.isEmpty }
    var waitingRegistrations: Int { registrations.count }
    var waitingHandshakes: Int { handshakes.count }

    private var hasPlace: Bool { registering < limits.registering && begun < limits.perTurn }

    // MARK: Coming

    /// A handshake has come.
    /// - Parameter random: In 0..<1, to draw the time to come again from.
    mutating func arrive(_ handshake: Handshake, now: NIODeadline, random: Double) -> Arrival {
        if !isWaiting, hasPlace {
            begun += 1
            return .admitted
        }
        let patience = Double(limits.patience.nanoseconds) / 1e9
        guard handshakes.count < limits.queue,
            Double(handshakes.count + registrations.count) < rate.perSecond * patience
        else { return .refused(retryAfter: refuse(now: now, random: random)) }
        if !isWaiting { rate.saturated(now: now) }
        handshakes.append((handshake, now + limits.patience))
        return .waits
    }

    /// A session wants to register.
    /// - Returns: Whether it may at once; else it comes by ``next(now:)``.
    mutating func register(_ registration: Registration, now: NIODeadline) -> Bool {
        // One that has just been let in goes first: it has had its wait.
        if registrations.isEmpty, registering < limits.registering {
            registering += 1
            return true
        }
        if !isWaiting { rate.saturated(now: now) }
        registrations.append(registration)
        return false
    }

    // MARK: Going

    /// A registration was answered, or failed.
    mutating func answered(now: NIODeadline) {
        registering -= 1
        rate.answer(now: now)
    }

    /// A place was given to a registration that is wanted no more.
    mutating func unused() { registering -= 1 }

    /// A turn of the event loop is over.
    mutating func turnEnded() { begun = 0 }

    /// Who is next, if there is a place. Called until it gives nil.
    mutating func next() -> Next? {
        guard hasPlace else { return nil }
        defer { if !isWaiting { rate.relieved() } }
        if let registration = registrations.popFirst() {
            registering += 1
            begun += 1
            return .register(registration)
        }
        guard let (handshake, _) = handshakes.popFirst() else { return nil }
        begun += 1
        return .admit(handshake)
    }

    /// Handshakes that have waited long enough, each with the time to come again.
    mutating func expire(now: NIODeadline, random: () -> Double) -> [(Handshake, retryAfter: Int)] {
        rate.measure(now: now)
        var expired: [(Handshake, retryAfter: Int)] = []
        while let (handshake, until) = handshakes.first, until <= now {
            handshakes.removeFirst()
            expired.append((handshake, refuse(now: now, random: random())))
        }
        if !isWaiting { rate.relieved() }
        return expired
    }

    /// The other side of a handshake that waits has gone.
    mutating func abandon(where isGone: (Handshake) -> Bool) {
        handshakes.removeAll { isGone($0.handshake) }
    }

    /// All handshakes that wait: the edge is going away.
    mutating func dismiss() -> [Handshake] {
        defer { handshakes.removeAll() }
        return handshakes.map(\.handshake)
    }

    // MARK: Coming again

    /// In how many seconds to come again: those who wait and those who were refused are spread over the time that they will take, a quarter more.
    private mutating func refuse(now: NIODeadline, random: Double) -> Int {
        let elapsed = Double((now - refusedAt).nanoseconds) / 1e9
        refused = max(0, refused - elapsed * rate.perSecond) + 1
        refusedAt = now
        let waiting = Double(registering + registrations.count + handshakes.count) + refused
        let span = waiting / rate.perSecond * 1.25
        return min(limits.longestRetry, 1 + Int(random * (1 + span)))
    }
}
