internal import Logging
internal import Messaging
internal import ServiceLifecycle
internal import Synchronization

extension PartitionConsumer {
    /// Keeps the leases until shutdown: each second it says that it is alive, sees who else is, takes what is its share and gives
    /// back what is not; leases are renewed three times in their length. Partitions newly taken go to `begin`.
    func keepLeases(_ begin: AsyncStream<Int>.Continuation) async {
        await cancelWhenGracefulShutdown { [self] in
            let renewal = configuration.lease / 3
            var renewed = ContinuousClock.now - renewal
            var lastSeen = ContinuousClock.now
            while !Task.isCancelled {
                let timeline = commands.timeline
                guard !timeline.isEmpty || commands.isConnected else {
                    // The connection has just been started.
                    try? await Task.sleep(for: .milliseconds(20))
                    continue
                }
                loseAll(notOn: timeline)
                do throws(RedisError) {
                    let live = try LiveInstancesScript.reply(
                        await commands.execute(LiveInstancesScript.command(configuration), on: timeline))
                    let share = LeaseShare.share(
                        of: configuration.instance, among: live, partitions: configuration.partitions)
                    giveBack(except: share)
                    let renewsAll = ContinuousClock.now >= renewed + renewal
                    if renewsAll { renewed = .now }
                    await take(share, on: timeline, renewsAll: renewsAll, begin)
                    lastSeen = .now
                } catch {
                    logger.warning("cannot keep the leases", metadata: ["reason": "\(error)"])
                    // Past its length a lease is surely another's, or free: what is held is held no longer.
                    if ContinuousClock.now > lastSeen + configuration.lease { stopAll() }
                }
                // A change of timeline is looked for more often: until then nothing is done.
                for _ in 0..<10 where !Task.isCancelled && commands.timeline == timeline {
                    try? await Task.sleep(for: .milliseconds(100))
                }
            }
        }
    }

    /// Redis was restarted, or another server is master: everything is started over from what is committed there.
    private func loseAll(notOn timeline: String) {
        let workers = backlog.withLock { $0.loseAll(notOn: timeline) }
        guard !workers.isEmpty else { return }
        logger.notice("Redis was restarted, or another server is master: reading goes on from what is committed there")
        for worker in workers { worker.resume() }
    }

    /// Lets go of all partitions: their workers finish what they are at and end.
    func stopAll() {
        for partition in 0..<configuration.partitions {
            backlog.withLock { $0.lose(partition) }?.resume()
        }
    }

    /// Gives the leases back and leaves the group, so that others take over at once.
    func leave() async {
        isStopping.store(true, ordering: .relaxed)
        _ = await commands.execute([LiveInstancesScript.command(configuration, leaves: true)])
    }

    private func giveBack(except share: Set<Int>) {
        let surplus = backlog.withLock { backlog in
            backlog.held.filter { !share.contains($0.key) && !$0.value.isLost }.map { $0.key }
        }
        for partition in surplus { backlog.withLock { $0.lose(partition) }?.resume() }
    }

    private func take(
        _ share: Set<Int>, on timeline: String, renewsAll: Bool, _ begin: AsyncStream<Int>.Continuation
    ) async {
        let wanted = backlog.withLock { backlog in
            share.filter { partition in
                guard let held = backlog.held[partition] else { return true }
                return renewsAll && !held.isLost
            }
        }.sorted()
        let asked = ContinuousClock.now
        let replies = await commands.execute(
            wanted.map { TakeLeaseScript.command(configuration, partition: $0) }, on: timeline)
        for (partition, result) in zip(wanted, replies) {
            do {
                try settle(partition, TakeLeaseScript.reply(result.get()), on: timeline, asked: asked, begin)
            } catch {
                logger.warning(
                    "cannot take or renew a lease", metadata: ["partition": "\(partition)", "reason": "\(error)"])
            }
        }
    }

    private func settle(
        _ partition: Int, _ reply: TakeLeaseScript.Reply, on timeline: String, asked: ContinuousClock.Instant,
        _ begin: AsyncStream<Int>.Continuation
    ) {
        switch reply {
        case .held(let owner):
            backlog.withLock { $0.lose(partition) }?.resume()
            logger.debug("a partition is another's", metadata: ["partition": "\(partition)", "owner": "\(owner)"])
        case .taken(let term, let position, let now, let lag, let length, let deadLetters):
            let held = backlog.withLock { $0.held[partition] }
            if held?.term == term, held?.timeline == timeline {
                backlog.withLock { $0.renew(partition, lag: lag, length: length, asked: asked) }
            } else if held == nil {
                backlog.withLock {
                    $0.take(
                        partition, term: term, timeline: timeline, position: position, now: now, lag: lag,
                        asked: asked)
                }
                logger.info("took a partition", metadata: ["partition": "\(partition)", "after": "\(position)"])
                begin.yield(partition)
            } else {
                // It had lapsed and was taken anew: start over from what is committed, once the worker has ended.
                backlog.withLock { $0.lose(partition) }?.resume()
            }
            backlog.withLock { $0.count(partition, deadLetters: deadLetters) }
        }
    }
}
