import CoreMetrics
import Logging
import Messaging
import NIOCore
import RedisStreams
import SockJS

/// Where an event loop has its SockJS sessions, and the requests that it got for sessions, be they here or elsewhere.
///
/// A request goes where its session lives: to this event loop, another one of this edge, or another edge. Which, is known for those of this edge and
/// said by Redis of all others; a session that lives nowhere begins where the request came in. The way is the same for all: ``SockJSCall``s, handed over within the process, and
/// through the other edge's stream in Redis otherwise. Who is asked answers, or is not there: nothing is passed on twice.
final class SockJSDesk {
    /// For how long Redis keeps a session's place, and how often that is renewed.
    static let lease = Duration.seconds(60)
    static let renewal = TimeAmount.seconds(20)
    /// How long a client, or its edge, may take nothing of what is written.
    static let patience = TimeAmount.seconds(30)
    /// How often places with requests that wait here are told that this one is there, and how long they may hear nothing of it.
    static let signOfLife = TimeAmount.seconds(5)
    static let silence = TimeAmount.seconds(15)
    /// How long an edge's stream is kept that nobody reads any more, and how often that is said of one that is written to.
    private static let memory = Duration.seconds(3600)
    private static let reminder = TimeAmount.seconds(60)
    /// Entries that an edge's stream keeps if it is not read.
    private static let entries = 10_000
    /// Bytes of messages on their way to other edges that may wait for their answers here.
    private static let bytesUnderWay = 8 << 20

    /// A call, as the edge that answers it knows it.
    private struct Caller: Hashable {
        let place: EdgePlace
        let call: UInt64
    }

    let loop: EdgeLoop
    let place: EdgePlace
    private var sessions: [String: SockJSSession] = [:]
    /// Requests that wait for frames of a session here.
    private var attached: [Caller: (session: SockJSSession, receiver: UInt64)] = [:]
    /// Requests that came in here and are not answered yet.
    private var requests: [UInt64: SockJSRequest] = [:]
    /// When places of other edges have last said that they are there.
    private var signs: [EdgePlace: NIODeadline] = [:]
    private var nextSign = NIODeadline.now() + signOfLife
    private var lastTick = NIODeadline.now()
    /// When Redis was last away: nobody is heard then.
    private var lastAway = NIODeadline.now()
    /// Edges whose streams are known to expire, and until when that need not be said again.
    private var reminded: [String: NIODeadline] = [:]
    private var lastCall = UInt64.random(in: 0...(.max / 2))
    private var bytes = 0

    init(loop: EdgeLoop) {
        self.loop = loop
        place = EdgePlace(edge: loop.environment.configuration.edgeID, loop: loop.number)
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        environment.sockJS.register(loop.number) { call in
            eventLoop.execute { bound.value.handle(call) }
        }
    }

    private var environment: EdgeEnvironment { loop.environment }

    // MARK: Requests

    /// A request has come in: finds where its session lives.
    func ask(_ request: SockJSRequest) {
        environment.metrics.count(request.transport)
        if let number = environment.sockJS.loop(of: request.session) {
            return put(request, to: EdgePlace(edge: place.edge, loop: number))
        }
        let lease = request.transport.isReceiving ? Self.lease : .zero
        loop.redis.send(
            ClaimSockJSScript.command(
                keys: environment.keys, session: request.session, place: place, lease: lease)
        ) { [self] result in
            guard !request.isOver else { return }
            do throws(RedisError) {
                found(try ClaimSockJSScript.reply(result.get()), request)
            } catch {
                request.refuse(.busy)
            }
        }
    }

    private func found(_ owner: EdgePlace?, _ request: SockJSRequest) {
        // It may have begun here in the meantime.
        if let number = environment.sockJS.loop(of: request.session) {
            return put(request, to: EdgePlace(edge: place.edge, loop: number))
        }
        if let owner, owner.edge != place.edge { return put(request, to: owner) }
        guard request.transport.isReceiving else { return request.refuse(.absent) }
        if owner == place { return begin(request) }
        // An earlier life of this edge had it, on another event loop: it is over.
        forgetPlace(request.session, of: owner)
        askAgain(request)
    }

    /// Where it was said to live it does not: looks once more.
    private func askAgain(_ request: SockJSRequest) {
        guard !request.hasAskedAgain else { return request.refuse(.absent) }
        request.hasAskedAgain = true
        ask(request)
    }

    private func put(_ request: SockJSRequest, to owner: EdgePlace) {
        let isHop = owner.edge != place.edge
        if isHop {
            guard bytes + request.body.count <= Self.bytesUnderWay else { return request.refuse(.busy) }
            bytes += request.body.count
        }
        lastCall += 1
        request.put(self, call: lastCall, to: owner, isHop: isHop)
        requests[lastCall] = request
        post(request.word(from: place), of: lastCall, to: owner)
    }

    /// Nothing more comes of this call.
    func remove(_ request: SockJSRequest, call: UInt64, isHop: Bool) {
        requests[call] = nil
        if isHop { bytes -= request.body.count }
    }

    // MARK: Sessions

    private func begin(_ request: SockJSRequest) {
        guard environment.sockJS.enter(request.session, loop: loop.number) else { return ask(request) }
        request.admit { [self] peer in
            guard let peer else {
                environment.sockJS.remove(request.session)
                return forgetPlace(request.session, of: place)
            }
            sessions[request.session] = SockJSSession(
                name: request.session, service: request.service, peer: peer, desk: self)
            put(request, to: place)
        }
    }

    /// Nothing refers to a session any more.
    func forget(_ session: SockJSSession) {
        guard sessions[session.name] === session else { return }
        sessions[session.name] = nil
        environment.sockJS.remove(session.name)
        forgetPlace(session.name, of: place)
    }

    private func forgetPlace(_ session: String, of owner: EdgePlace?) {
        guard let owner else { return }
        loop.redis.send(ReleaseSockJSScript.command(keys: environment.keys, session: session, place: owner))
    }

    func renew(_ session: String) {
        loop.redis.send(
            ClaimSockJSScript.command(keys: environment.keys, session: session, place: place, lease: Self.lease))
    }

    // MARK: Calls

    /// Says something about a call to whoever has the other end of it.
    func post(_ word: SockJSCall.Word, of call: UInt64, to other: EdgePlace) {
        let call = SockJSCall(id: call, loop: other.loop, word)
        if other == place {
            // Not from within: what is said may be answered.
            loop.turn.atEnd { [self] in handle(call) }
        } else if other.edge == place.edge {
            environment.sockJS.hand(call)
        } else {
            let key = environment.keys.calls(other.edge)
            loop.redis.send(.append(to: key, fields: call.fields, maximumLength: Self.entries))
            // Of an edge that is no more nothing is to be left for ever, whoever wrote to it last.
            guard reminded[other.edge] == nil else { return }
            reminded[other.edge] = .now() + Self.reminder
            loop.redis.send(RedisCommand("PEXPIRE", .text(key), .integer(Self.memory.milliseconds)))
        }
    }

    /// Something has been said about a call.
    func handle(_ call: SockJSCall) {
        switch call.word {
        case .receive(let from, let session, let transport, let callback):
            served(from)
            attach(Caller(place: from, call: call.id), session, transport, callback)
        case .send(let from, let session, let transport, let contentType, let body):
            served(from)
            take(Caller(place: from, call: call.id), session, transport, contentType, body)
        case .gone(let from):
            if let (session, receiver) = attached.removeValue(forKey: Caller(place: from, call: call.id)) {
                session.detached(receiver)
            }
        case .took(let from, let bytes):
            if let (session, receiver) = attached[Caller(place: from, call: call.id)] {
                session.took(receiver, bytes)
            }
        case .held: requests[call.id]?.isHeld()
        case .alive(let from): signs[from] = max(.now(), lastTick)
        case .write(let number, let bytes): requests[call.id]?.write(number, bytes)
        case .finish(let number): requests[call.id]?.finish(number)
        case .verdict(let verdict):
            guard let request = requests[call.id] else { return }
            if verdict == .absent, request.transport.isReceiving {
                request.takeBack()
                askAgain(request)
            } else {
                request.refuse(verdict)
            }
        }
    }

    private func served(_ from: EdgePlace) {
        if from.edge != place.edge { environment.metrics.sockJSHopsServed.increment() }
    }

    private func attach(_ caller: Caller, _ name: String, _ transport: String, _ callback: String) {
        guard let session = sessions[name], let format = SockJSRequest.format(transport, callback) else {
            return answerAbsent(caller, name)
        }
        // It is entered before anything is written: what is written may be all there is.
        let receiver = session.nextReceiver
        attached[caller] = (session, receiver)
        session.attach(caller.call, at: caller.place, format)
        // What has nothing to say for now is not to be taken for an edge that is no more.
        if attached[caller] != nil, format.transport.isPolling { post(.held, of: caller.call, to: caller.place) }
    }

    private func take(
        _ caller: Caller, _ name: String, _ transport: String, _ contentType: String, _ body: [UInt8]
    ) {
        guard let session = sessions[name] else { return answerAbsent(caller, name) }
        do throws(SockJSPayload.Fault) {
            let messages =
                transport == SockJSTransport.jsonpSend.rawValue
                ? try SockJSPayload.messages(ofJSONP: body, contentType: contentType)
                : try SockJSPayload.messages(ofXHR: body)
            session.receive(messages) { [self] in post(.verdict($0), of: caller.call, to: caller.place) }
        } catch {
            post(.verdict(.refused(error.description)), of: caller.call, to: caller.place)
        }
    }

    private func answerAbsent(_ caller: Caller, _ name: String) {
        // One that is about to begin is not to be taken for one that is over.
        if environment.sockJS.loop(of: name) == nil { forgetPlace(name, of: place) }
        post(.verdict(.absent), of: caller.call, to: caller.place)
    }

    /// A request has had all it gets.
    func detach(_ call: UInt64, at place: EdgePlace) { attached[Caller(place: place, call: call)] = nil }

    // MARK: Time

    /// When a place was last heard of, or could have been.
    func lastSign(of other: EdgePlace) -> NIODeadline { max(signs[other] ?? lastAway, lastAway) }

    func tick(now: NIODeadline) {
        lastTick = now
        if !loop.redis.isConnected { lastAway = now }
        if now >= nextSign { giveSigns(now) }
        for session in Array(sessions.values) { session.sweep(now: now) }
        for request in Array(requests.values) { request.tick(now: now) }
        guard loop.number == 0, loop.redis.isConnected, let read = environment.sockJS.takeRead() else { return }
        let key = environment.keys.calls(place.edge)
        loop.redis.send(RedisCommand("XTRIM", .text(key), "MINID", .text(read.description)))
        loop.redis.send(RedisCommand("PEXPIRE", .text(key), .integer(Self.memory.milliseconds)))
    }

    /// Where an edge goes without a word, those who wait at another one for what it has to say would wait for long.
    private func giveSigns(_ now: NIODeadline) {
        nextSign = now + Self.signOfLife
        signs = signs.filter { now - $0.value <= Self.silence }
        reminded = reminded.filter { now < $0.value }
        for other in Set(attached.keys.map(\.place)) where other.edge != place.edge {
            post(.alive(from: place), of: 0, to: other)
        }
    }
}

@available(*, unavailable)
extension SockJSDesk: Sendable {}
