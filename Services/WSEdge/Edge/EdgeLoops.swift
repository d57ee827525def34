import CoreMetrics
import Logging
import Messaging
import NIOCore
import NIOPosix
import RedisStreams
import Synchronization

/// The event loops of an edge, and what is said to all of them.
final class EdgeLoops: Sendable {
    let group: MultiThreadedEventLoopGroup
    private let loops: [NIOLoopBound<EdgeLoop>]
    let environment: EdgeEnvironment
    private let reader: NewsReader
    private let unknownKinds = Mutex<Set<UInt8>>([])

    init(environment: EdgeEnvironment) async throws {
        self.environment = environment
        reader = NewsReader(environment: environment)
        group = MultiThreadedEventLoopGroup(numberOfThreads: environment.configuration.threads)
        var loops: [NIOLoopBound<EdgeLoop>] = []
        for (number, eventLoop) in group.makeIterator().enumerated() {
            loops.append(
                try await eventLoop.submit {
                    let loop = EdgeLoop(environment: environment, eventLoop: eventLoop, number: number)
                    loop.start()
                    return NIOLoopBound(loop, eventLoop: eventLoop)
                }.get())
        }
        self.loops = loops
    }

    /// The state of an event loop; to be called on it.
    func state(of eventLoop: any EventLoop) -> EdgeLoop? {
        loops.first { $0.eventLoop === eventLoop }?.value
    }

    private func each(_ body: @escaping @Sendable (EdgeLoop) -> Void) {
        for loop in loops { loop.eventLoop.execute { body(loop.value) } }
    }

    /// See ``EdgeLoop/adopt(_:)``.
    func adopt(_ incarnation: String) { each { $0.adopt(incarnation) } }

    /// See ``EdgeLoop/checkAll()``.
    func checkAll() { each { $0.checkAll() } }

    /// What the router has told the edge, or all edges: decoded once, and handed to each event loop that
    /// it concerns, in one hop. Canaries go to `watch`.
    func handle(_ entries: [StreamEntry], of source: NewsSource, watch: DeliveryWatch?) {
        var news: [EdgeNews] = []
        for entry in entries {
            do {
                let batch = try reader.batch(of: entry, source)
                if !batch.unknownKinds.isEmpty { passedOver(batch.unknownKinds) }
                for item in batch.items {
                    if case .canary(let partition, let life, let number) = item {
                        watch?.returned(partition: partition, life: life, number: number)
                    } else if case .explain(let user, let request, let instance) = item {
                        explain(user, request: request, instance: instance)
                    } else if let item = EdgeNews(item) {
                        news.append(item)
                    }
                }
            } catch {
                // What it held is in the inboxes all the same, and found by the check.
                environment.logger.error("cannot read what the router says", metadata: ["reason": "\(error)"])
            }
        }
        guard !news.isEmpty else { return }
        let all = news
        // Where there is one event loop, all is for that.
        guard loops.count > 1 else { return each { $0.handle(all) } }
        let wanted = environment.census.loops(of: news)
        for (number, loop) in loops.enumerated() {
            let part = zip(news, wanted).filter { $1.contains(number) }.map(\.0)
            if !part.isEmpty { loop.eventLoop.execute { loop.value.handle(part) } }
        }
    }

    /// What other edges ask this one, and answer it: each is handed to its event loop.
    func handle(_ calls: [StreamEntry]) {
        for entry in calls {
            do {
                var call = try SockJSCall(entry.fields)
                // Who asks of an edge that has fewer event loops by now finds nobody there, and is to be told so.
                call.loop %= loops.count
                environment.sockJS.hand(call)
            } catch {
                environment.logger.warning(
                    "another edge says something that cannot be read", metadata: ["reason": "\(error)"])
            }
        }
        if let last = calls.last { environment.sockJS.noteRead(last.id) }
    }

    /// Items that a later version's router writes: counted, and said once of each kind.
    private func passedOver(_ kinds: [UInt8]) {
        environment.metrics.unknownItems.increment(by: kinds.count)
        let new = unknownKinds.withLock { known in Set(kinds).filter { known.insert($0).inserted } }
        for kind in new.sorted() {
            environment.logger.warning(
                "the router says something that this edge does not know and passes over: update the edge",
                metadata: ["kind": "\(kind)"])
        }
    }

    /// One step of moving sessions to where they belong, see ``LoopRebalance``. The loops take their turns, so that together they tell no more than the order allows; a
    /// different one begins each time.
    func rebalance(_ order: MoveOrder) async -> MoveReport {
        var order = order
        var report = MoveReport()
        let first = Int.random(in: 0..<loops.count)
        for place in loops.indices {
            let loop = loops[(first + place) % loops.count]
            let step = order
            guard let part = try? await loop.eventLoop.submit({ loop.value.rebalance.step(step) }).get() else {
                continue
            }
            order.spend(part.told)
            report.add(part)
        }
        return report
    }

    /// What is said of a user's sessions on this edge to an operator.
    func reports(of user: String) -> EventLoopFuture<[SessionReport]> {
        let reports = loops.map { loop in
            loop.eventLoop.submit { (loop.value.table[user] ?? []).map(\.report) }
        }
        return EventLoopFuture.whenAllSucceed(reports, on: group.any()).map { $0.flatMap { $0 } }
    }

    /// Ends all connections, see ``LoopDrain``.
    func drain(_ plan: LoopDrain.Plan) async {
        await withDiscardingTaskGroup { group in
            for loop in loops {
                let done = loop.eventLoop.makePromise(of: Void.self)
                loop.eventLoop.execute { loop.value.drain(plan, done) }
                group.addTask { try? await done.futureResult.get() }
            }
        }
    }
}
