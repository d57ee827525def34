import CoreMetrics
import HTTPTypes
import Messaging
import NIOCore
import ServiceRuntime
import SockJS

/// A request for a SockJS session, from when it comes in until it has been answered. Confined to its event loop.
final class SockJSRequest {
    /// How long the edge where a session lives may take to say that it is there, and to take messages, which may have to wait there.
    private static let receivePatience = TimeAmount.seconds(3)
    private static let sendPatience = TimeAmount.seconds(8)
    /// How many bytes the client has taken is told when it is this many more, and once a second.
    private static let worthTelling = 32_768

    /// The service's address and the session's id.
    let session: String
    let service: SockJSService
    let transport: SockJSTransport
    let body: [UInt8]
    var hasAskedAgain = false
    private let callback: String
    private let contentType: String
    private let shape: SockJSResponse.Request
    private let stream: ResponseStream
    private let open: (@escaping (Result<any MessagePeer, Problem>) -> Void) -> Void
    private var whenAdmitted: (((any MessagePeer)?) -> Void)?

    private var desk: SockJSDesk?
    private var call: UInt64 = 0
    private var owner = EdgePlace(edge: "", loop: 0)
    private var isHop = false
    private var askedAt = NIODeadline.now()
    private var hasAnswered = false
    private var heardAt = NIODeadline.now()
    private var next = 0
    private var written = 0
    private var told = 0
    private var gathered: [UInt8] = []

    /// A request.
    /// - Parameter open: Lets a session begin, when there is none.
    init(
        session: String, service: SockJSService, transport: SockJSTransport, callback: String, contentType: String,
        body: [UInt8], shape: SockJSResponse.Request, stream: ResponseStream,
        open: @escaping (@escaping (Result<any MessagePeer, Problem>) -> Void) -> Void
    ) {
        self.session = session
        self.service = service
        self.transport = transport
        self.callback = callback
        self.contentType = contentType
        self.body = body
        self.shape = shape
        self.stream = stream
        self.open = open
        stream.onGone = { [self] in gone() }
        stream.onRoom = { [self] in tellTaken(atLeast: 1) }
    }

    /// The format that frames are written in; nil when the transport does not receive, or the callback does not hold.
    static func format(_ transport: String, _ callback: String) -> SockJSFormat? {
        guard let transport = SockJSTransport(rawValue: transport), transport.isReceiving else { return nil }
        guard transport.needsCallback else { return SockJSFormat(transport) }
        return (try? SockJSCallback(query: "c=\(callback)")).map { SockJSFormat(transport, $0) }
    }

    /// Whether it has been answered, or nobody waits for an answer.
    var isOver: Bool { stream.phase == .ended }

    // MARK: The way to the session

    /// What the edge where the session lives is asked.
    func word(from place: EdgePlace) -> SockJSCall.Word {
        transport.isReceiving
            ? .receive(from: place, session: session, transport: transport.rawValue, callback: callback)
            : .send(
                from: place, session: session, transport: transport.rawValue, contentType: contentType, body: body)
    }

    /// It has been put to where the session lives.
    func put(_ desk: SockJSDesk, call: UInt64, to owner: EdgePlace, isHop: Bool) {
        self.desk = desk
        self.call = call
        self.owner = owner
        self.isHop = isHop
        askedAt = .now()
        if isHop { desk.loop.environment.metrics.count(SockJSHop.passed) }
    }

    /// It is to be put elsewhere.
    func takeBack() {
        noteAnswer(.absent)
        desk?.remove(self, call: call, isHop: isHop)
        desk = nil
        hasAnswered = false
    }

    /// Asks for a new session to begin; nil is handed over when it may not, and then that is the answer.
    func admit(_ completion: @escaping ((any MessagePeer)?) -> Void) {
        whenAdmitted = completion
        open { [self] result in
            guard let completion = whenAdmitted else { return }
            whenAdmitted = nil
            switch result {
            case .success(let peer): completion(peer)
            case .failure(let problem):
                completion(nil)
                answer(SiteResponse(problem).adding(crossOrigin), closes: true)
            }
        }
    }

    private func noteAnswer(_ result: SockJSHop) {
        heardAt = .now()
        guard !hasAnswered else { return }
        hasAnswered = true
        guard isHop, let metrics = desk?.loop.environment.metrics else { return }
        metrics.count(result)
        metrics.sockJSHopLatency.recordNanoseconds((heardAt - askedAt).nanoseconds)
    }

    // MARK: What the session says

    /// The session has the request, and will say something in its time.
    func isHeld() { noteAnswer(.answered) }

    func write(_ number: Int, _ bytes: [UInt8]) {
        guard follows(number) else { return }
        if transport.isPolling {
            gathered += bytes
            return
        }
        beginIfNeeded()
        stream.write(ByteBuffer(bytes: bytes))
        written += bytes.count
        tellTaken(atLeast: Self.worthTelling)
    }

    func finish(_ number: Int) {
        guard follows(number) else { return }
        if transport.isPolling {
            let response = SockJSResponse.head(of: transport, shape, cookie: service.needsCookie)
            return answer(SiteResponse(response, body: gathered))
        }
        beginIfNeeded()
        end()
        stream.end()
    }

    private func follows(_ number: Int) -> Bool {
        noteAnswer(.answered)
        guard number != next else {
            next += 1
            return true
        }
        // Something was lost on the way: the client is to see that this is not the proper end.
        forsake()
        return false
    }

    /// The verdict on messages, or that there is no session to wait for.
    func refuse(_ verdict: SockJSCall.Verdict) {
        noteAnswer(verdict == .absent ? .absent : .answered)
        let cookie = service.needsCookie
        switch verdict {
        case .taken: answer(SiteResponse(SockJSResponse.taken(by: transport, shape, cookie: cookie)))
        case .absent where transport.isReceiving: answerInterrupted()
        case .absent: answer(SiteResponse(SockJSResponse.notFound).adding(crossOrigin))
        case .busy:
            answer(
                SiteResponse(
                    Problem(
                        .serviceUnavailable, code: "busy", detail: "the session cannot be reached now: try again",
                        retryAfter: 1)
                ).adding(crossOrigin))
        case .refused(let reason): answer(SiteResponse(SockJSResponse.refused(reason, transport, shape)))
        }
    }

    /// The session is out of reach, and so over for the client, who hears that as the protocol has it.
    private func answerInterrupted() {
        guard let format = Self.format(transport.rawValue, callback) else { return forsake() }
        let frame = format.prelude + format.bytes(of: .close(.interrupted))
        let response = SockJSResponse.head(of: transport, shape, cookie: service.needsCookie)
        answer(SiteResponse(response, body: frame))
    }

    // MARK: The answer

    private var crossOrigin: [(String, String)] {
        SockJSResponse.refused("", transport, shape).headers
            .filter { $0.name.hasPrefix("Access-Control") || $0.name == "Vary" }.map { ($0.name, $0.value) }
    }

    private func beginIfNeeded() {
        guard stream.phase == .waiting else { return }
        let head = SockJSResponse.head(of: transport, shape, cookie: service.needsCookie)
        stream.begin(head.status, head.headers.map { ($0.name, $0.value) })
    }

    private func answer(_ response: SiteResponse, closes: Bool = false) {
        end()
        stream.respond(response, closes: closes)
    }

    private func end() {
        desk?.remove(self, call: call, isHop: isHop)
        desk = nil
    }

    /// Breaks the client's connection, and says so to the session.
    private func forsake() {
        sayGone()
        end()
        stream.abort()
    }

    private func gone() {
        if let whenAdmitted {
            self.whenAdmitted = nil
            whenAdmitted(nil)
        }
        sayGone()
        end()
    }

    private func sayGone() {
        guard let desk, transport.isReceiving else { return }
        desk.post(.gone(from: desk.place), of: call, to: owner)
    }

    /// Tells the session how much of a stream the client's socket has taken, if that has grown by so much.
    private func tellTaken(atLeast: Int) {
        guard let desk, transport.isStreaming else { return }
        // What waits has its chunks' sizes with it, so this is rather too little.
        let taken = max(told, written - stream.pendingBytes)
        guard taken - told >= atLeast else { return }
        told = taken
        desk.post(.took(from: desk.place, taken), of: call, to: owner)
    }

    // MARK: Time

    /// Once a second.
    func tick(now: NIODeadline) {
        guard let desk else { return }
        if !hasAnswered {
            let patience = transport.isReceiving ? Self.receivePatience : Self.sendPatience
            guard now - askedAt >= patience else { return }
            if isHop { desk.loop.environment.metrics.count(SockJSHop.unanswered) }
            // Whatever comes of it after all is not waited for.
            sayGone()
            return transport.isReceiving ? answerInterrupted() : refuseLate()
        }
        tellTaken(atLeast: 1)
        // At least heart-beats come from a session that lives.
        let silence = desk.loop.environment.configuration.heartbeatInterval + SockJSDesk.patience
        let isSilent = now - heardAt > silence
        if isSilent || (isHop && now - max(heardAt, desk.lastSign(of: owner)) > SockJSDesk.silence) { forsake() }
    }

    private func refuseLate() {
        hasAnswered = true
        refuse(.busy)
    }
}

/// What becomes of requests for sessions on other edges.
enum SockJSHop: String, CaseIterable {
    /// Handed to the other edge.
    case passed
    case answered
    /// The session was not there any more.
    case absent
    /// No answer came in time.
    case unanswered
}

extension SiteResponse {
    init(_ response: SockJSResponse, body: [UInt8]? = nil) {
        self.init(
            status: response.status, headers: response.headers.map { ($0.name, $0.value) },
            body: ByteBuffer(bytes: body ?? response.body))
    }
}

@available(*, unavailable)
extension SockJSRequest: Sendable {}
