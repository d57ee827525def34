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
                do throws(RedisError) {
                    let live = try LiveInstancesScript.reply(
                        await commands.execute(LiveInstancesScript.command(configuration)))
                    let share = LeaseShare.share(
                        of: configuration.instance, among: live, partitions: configuration.partitions)
                    giveBack(except: share)
                    let renewsAll = ContinuousClock.now >= renewed + renewal
                    if renewsAll { renewed = .now }
                    await take(share, renewsAll: renewsAll, begin)
                    lastSeen = .now
                } catch {
                    logger.warning("cannot keep the leases", metadata: ["reason": "\(error)"])
                    // Past its length a lease is surely another's, or free: what is held is held no longer.
                    if ContinuousClock.now > lastSeen + configuration.lease { stopAll() }
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
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

    private func take(_ share: Set<Int>, renewsAll: Bool, _ begin: AsyncStream<Int>.Continuation) async {
        let wanted = backlog.withLock { backlog in
            share.filter { partition in
                guard let held = backlog.held[partition] else { return true }
                return renewsAll && !held.isLost
            }
        }.sorted()
        let replies = await commands.execute(wanted.map { TakeLeaseScript.command(configuration, partition: $0) })
        for (partition, result) in zip(wanted, replies) {
            do {
                try settle(partition, TakeLeaseScript.reply(result.get()), begin)
            } catch {
                logger.warning(
                    "cannot take or renew a lease", metadata: ["partition": "\(partition)", "reason": "\(error)"])
            }
        }
    }

    private func settle(_ partition: Int, _ reply: TakeLeaseScript.Reply, _ begin: AsyncStream<Int>.Continuation) {
        switch reply {
        case .held(let owner):
            backlog.withLock { $0.lose(partition) }?.resume()
            logger.debug("a partition is another's", metadata: ["partition": "\(partition)", "owner": "\(owner)"])
        case .taken(let term, let position, let now, let lag):
            let heldTerm = backlog.withLock { $0.held[partition]?.term }
            if heldTerm == term {
                backlog.withLock { $0.renew(partition, lag: lag) }
            } else if heldTerm == nil {
                backlog.withLock { $0.take(partition, term: term, position: position, now: now, lag: lag) }
                logger.info("took a partition", metadata: ["partition": "\(partition)", "after": "\(position)"])
                begin.yield(partition)
            } else {
                // It had lapsed and was taken anew: start over from what is committed, once the worker has ended.
                backlog.withLock { $0.lose(partition) }?.resume()
            }
        }
    }
}
