import Authentication
import CoreMetrics
import Messaging
import NIOCore
import RedisStreams

/// What the client asks for.
extension Session {
    private func message(
        _ n: UInt64, _ conversation: Conversation, _ data: [UInt8], _ attachments: [UInt8]
    ) -> LogEntry {
        LogEntry(
            kind: .message, conversation: conversation, from: user, device: device, n: n, data: data,
            attachments: attachments)
    }

    /// A message to somebody.
    /// - Parameter deduplication: how a repeat of it is told; the answer is to `n` in any case.
    func send(
        n: UInt64, to destination: Destination, data: [UInt8], attachments: [UInt8] = [],
        deduplication: PublishScript.Deduplication = .counter
    ) {
        guard admits(.frame, n: n) else { return }
        switch destination {
        case .user:
            begin()
            publish(message(n, destination.conversation(from: user), data, attachments), deduplication)
        case .group(let group):
            begin()
            publish(message(n, .group(group), data, attachments), fromMemberOf: group, deduplication)
        case .topic, .all:
            guard mayPublish(to: destination, n: n) else { return }
            begin()
            publish(message(n, destination.conversation(from: user), data, attachments), deduplication)
        }
    }

    /// A signal: who is not there does not get it.
    func signal(to destination: Destination, data: [UInt8]) {
        guard admits(.frame, n: nil) else { return }
        switch destination {
        case .user: appendSignal(to: destination, data)
        case .group(let group):
            checkMembership(of: group) { [self] refusal in
                if let refusal {
                    return fail(refusal.code, refusal.message, retryAfter: refusal.retryAfter)
                }
                appendSignal(to: destination, data)
            }
        case .topic, .all:
            guard mayPublish(to: destination, n: nil) else { return }
            appendSignal(to: destination, data)
        }
    }

    /// The device has everything up to `cursor`.
    func acknowledge(_ cursor: MessageID) {
        guard admits(.acknowledgement, n: nil) else { return }
        acknowledged(cursor)
    }

    /// The same from a protocol in which this need not be the client's own word.
    func acknowledged(_ cursor: MessageID) {
        guard machine.acknowledge(cursor) else {
            return fail(
                .badRequest, "field 'cursor' is after the last one sent to this session: give one that was sent")
        }
        noteAcknowledgement()
    }

    /// The user has read `conversation` up to `id`.
    func markRead(_ conversation: Conversation, upTo id: MessageID) {
        guard admits(.frame, n: nil) else { return }
        switch conversation.kind {
        case .direct(let one, let other):
            guard user == one || user == other else {
                return fail(.forbidden, "field 'conversation' is one that this user is not in")
            }
            publishRead(conversation, id)
        case .group(let group):
            checkMembership(of: group) { [self] refusal in
                if let refusal {
                    return fail(refusal.code, refusal.message, retryAfter: refusal.retryAfter)
                }
                publishRead(conversation, id)
            }
        case .topic: fail(.badRequest, "field 'conversation' is a topic, and topics have no read marks: leave it out")
        }
    }

    /// Whether the rules let this user say something in a topic; says so when they do not.
    private func mayPublish(to destination: Destination, n: UInt64?) -> Bool {
        guard let topic = Feed(destination.conversation(from: user))?.topic, !may(.publish, topic) else { return true }
        fail(
            .forbidden,
            topic == TopicRules.all
                ? "field 'to' is 'all', which needs a token with the scope '\(TopicRules.broadcast)'"
                : "field 'to': this user may not publish to the topic '\(topic)'",
            n: n)
        return false
    }

    // MARK: In flight

    /// Counts a request that is to be answered. At the bound the client is listened to no more until some have been.
    func begin() {
        inFlight += 1
        if inFlight >= environment.configuration.inFlightLimit { hold(.inFlight) }
    }

    func finish() {
        inFlight -= 1
        if inFlight <= environment.configuration.inFlightLimit / 2 { release(.inFlight) }
        if inFlight == 0, isLeaving { close(.moved) }
    }

    // MARK: Publishing

    /// The same for what only a member of the group may say. The answers of Redis come in the order of the questions, and so do the messages.
    func publish(_ entry: LogEntry, fromMemberOf group: String, _ deduplication: PublishScript.Deduplication) {
        checkMembership(of: group) { [self] refusal in
            if let refusal {
                fail(refusal.code, refusal.message, n: entry.n, retryAfter: refusal.retryAfter)
                return finish()
            }
            publish(entry, deduplication)
        }
    }

    /// Appends what the client is told to be accepted. It is then no more under way.
    func publish(_ entry: LogEntry, _ deduplication: PublishScript.Deduplication = .counter) {
        let name = entry.conversation.description
        let n = entry.n
        let partition = environment.partition(of: name)
        loop.publishing.send(
            PublishScript.command(
                keys: environment.keys, partition: partition, entry: entry, deduplication: deduplication,
                limit: environment.configuration.logLimit)
        ) { [self] result in
            published(n: n, name, result)
            finish()
        }
    }

    private func published(n: UInt64, _ conversation: String, _ result: Result<RedisValue, RedisError>) {
        do throws(RedisError) {
            switch try PublishScript.reply(result.get()) {
            case .accepted(let id):
                environment.metrics.accepted.increment()
                transport?.say(.accepted(n: n, id: id, conversation: conversation, isDuplicate: false))
            case .duplicate(let id):
                environment.metrics.duplicates.increment()
                transport?.say(.accepted(n: n, id: id, conversation: conversation, isDuplicate: true))
            case .busy:
                fail(
                    .busy, "the log is full: send again with the same n after retryAfter ms", n: n,
                    retryAfter: Refusal.pause)
            case .outdated:
                fail(
                    .badRequest,
                    "field 'n' is lower than the last 64 of this device, so a repeat cannot be told: count on from the highest",
                    n: n)
            }
        } catch {
            let refusal = Refusal(error)
            fail(refusal.code, refusal.message, n: n, retryAfter: refusal.retryAfter)
        }
    }

    private func publishRead(_ conversation: Conversation, _ id: MessageID) {
        let name = conversation.description
        let entry = LogEntry(
            kind: .read, conversation: conversation, from: user, device: device, n: 0,
            data: Array(id.description.utf8))
        loop.publishing.send(
            PublishScript.command(
                keys: environment.keys, partition: environment.partition(of: name), entry: entry, deduplication: .none,
                limit: environment.configuration.logLimit)
        ) { [self] result in
            do throws(RedisError) {
                guard try PublishScript.reply(result.get()) == .busy else { return }
                fail(.busy, "the log is full: mark as read again after retryAfter ms", retryAfter: Refusal.pause)
            } catch {
                let refusal = Refusal(error)
                fail(refusal.code, refusal.message, retryAfter: refusal.retryAfter)
            }
        }
    }

    private func appendSignal(to destination: Destination, _ data: [UInt8]) {
        let partition = environment.partition(of: destination.conversation(from: user).description)
        let entry = SignalEntry(from: user, device: device, to: destination, data: data)
        // Not answered, whatever becomes of it.
        loop.redis.send(
            .append(
                to: environment.keys.signals(partition), fields: entry.fields,
                maximumLength: environment.configuration.signalsLimit))
    }

    // MARK: Groups

    /// Asks Redis whether the group exists and the user is a member; nil means both.
    func checkMembership(of group: String, _ completion: @escaping (Refusal?) -> Void) {
        let name = environment.keys.group(group)
        let members = environment.keys.members(group)
        var exists: Result<RedisValue, RedisError> = .success(.null)
        loop.redis.send(RedisCommand("HMGET", .text(name), "version", "deleted")) { exists = $0 }
        loop.redis.send(RedisCommand("SISMEMBER", .text(members), .text(user))) { isMember in
            do throws(RedisError) {
                let fields = try exists.get().array ?? []
                let isMember = try isMember.get().int == 1
                guard fields.count == 2, fields[0] != .null, fields[1].string != "1" else {
                    return completion(
                        Refusal(code: .notFound, message: "there is no group '\(group)'", retryAfter: nil))
                }
                completion(
                    isMember
                        ? nil
                        : Refusal(
                            code: .forbidden, message: "this user is not a member of the group '\(group)'",
                            retryAfter: nil))
            } catch {
                completion(Refusal(error))
            }
        }
    }
}
