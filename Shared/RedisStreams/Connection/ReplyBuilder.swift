internal import CHiredis
internal import Messaging

/// Builds a ``RedisValue`` while hiredis parses a reply, in place of the tree of C objects that it would build by itself: one allocation for a string, where the tree
/// takes two more that are thrown away at once.
///
/// It belongs to one link and so to one thread. hiredis hands out the parts of a reply depth first, each array before its elements.
@safe final class ReplyBuilder {
    private struct Frame {
        var elements: [RedisValue]
        /// The elements, as long as all of them are strings.
        var strings: PackedStrings?
        var missing: Int

        /// Some element is no string after all.
        mutating func unpack() {
            guard let strings else { return }
            elements.append(contentsOf: strings.all.map { .bytes($0) })
            self.strings = nil
        }

        var value: RedisValue { strings.map { .strings($0) } ?? .array(elements) }
    }

    /// Arrays from this length on are taken for strings alone until there is something else among them.
    private static let packedLength = 4

    /// Arrays that are not complete yet, the outermost first.
    private var frames: [Frame] = []
    private var finished: RedisValue?
    private var known = [[UInt8]](repeating: [], count: knownCount)

    /// Strings up to this length are looked for among those met lately: the names of fields, of edges, of scripts' answers come again and again.
    private static let knownLength = 16
    private static let knownCount = 256

    /// Has hiredis give what it parses on this context to the builder, which must live as long as the context.
    func attach(to context: UnsafeMutablePointer<redisContext>) {
        if let reader = unsafe context.pointee.reader { unsafe attach(to: reader) }
    }

    /// The same for a reader alone.
    func attach(to reader: UnsafeMutablePointer<redisReader>) {
        unsafe reader.pointee.fn = Self.functions
        unsafe reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
        // By default a buffer beyond 16 KiB is given back and taken anew with every reply.
        unsafe reader.pointee.maxbuf = 1 << 20
    }

    /// The reply that was parsed last.
    func take() -> RedisValue? {
        defer { finished = nil }
        return finished
    }

    private func add(_ value: RedisValue) {
        var value = value
        while let last = frames.indices.last {
            frames[last].unpack()
            frames[last].elements.append(value)
            frames[last].missing -= 1
            guard frames[last].missing == 0 else { return }
            value = frames.removeLast().value
        }
        finished = value
    }

    /// Adds a string to the array under way, if that has had nothing but strings so far.
    private func pack(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let last = frames.indices.last, frames[last].strings != nil else { return false }
        unsafe frames[last].strings?.append(bytes)
        frames[last].missing -= 1
        if frames[last].missing == 0 { add(frames.removeLast().value) }
        return true
    }

    private func addArray(_ count: Int) {
        guard count > 0 else { return add(.array([])) }
        var elements: [RedisValue] = []
        if count < Self.packedLength { elements.reserveCapacity(count) }
        frames.append(
            Frame(
                elements: elements, strings: count < Self.packedLength ? nil : PackedStrings(capacity: count),
                missing: count))
    }

    private func addString(_ bytes: UnsafeRawBufferPointer, type: Int32) {
        switch type {
        case REDIS_REPLY_STATUS: add(.status(unsafe String(decoding: bytes, as: UTF8.self)))
        case REDIS_REPLY_ERROR: add(.error(unsafe String(decoding: bytes, as: UTF8.self)))
        default:
            if unsafe pack(bytes) { return }
            add(.bytes(unsafe bytes.count <= Self.knownLength ? short(bytes) : Array(bytes)))
        }
    }

    /// A short string, the one that was made before if it is still known.
    private func short(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var hash: UInt32 = 0x811c_9dc5
        for place in 0..<bytes.count { hash = (hash ^ UInt32(unsafe bytes[place])) &* 0x0100_0193 }
        let place = Int((hash ^ hash >> 16) % UInt32(Self.knownCount))
        if unsafe known[place].elementsEqual(bytes) { return known[place] }
        known[place] = unsafe Array(bytes)
        return known[place]
    }

    // MARK: What hiredis calls

    /// hiredis only asks whether an object was made.
    private static var made: UnsafeMutableRawPointer? { unsafe UnsafeMutableRawPointer(bitPattern: 1) }

    private static func builder(_ task: UnsafePointer<redisReadTask>?) -> ReplyBuilder? {
        guard let privdata = unsafe task?.pointee.privdata else { return nil }
        return unsafe Unmanaged<ReplyBuilder>.fromOpaque(privdata).takeUnretainedValue()
    }

    /// One for all links, never freed.
    nonisolated(unsafe) private static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        unsafe functions.initialize(to: redisReplyObjectFunctions())
        unsafe functions.pointee.createString = { task, text, count in
            guard let task = unsafe task else { return nil }
            unsafe ReplyBuilder.builder(task)?.addString(
                UnsafeRawBufferPointer(start: text, count: Int(count)), type: task.pointee.type)
            return unsafe ReplyBuilder.made
        }
        unsafe functions.pointee.createArray = { task, count in
            unsafe ReplyBuilder.builder(task)?.addArray(Int(count))
            return unsafe ReplyBuilder.made
        }
        unsafe functions.pointee.createInteger = { task, number in
            unsafe ReplyBuilder.builder(task)?.add(.integer(number))
            return unsafe ReplyBuilder.made
        }
        unsafe functions.pointee.createNil = { task in
            unsafe ReplyBuilder.builder(task)?.add(.null)
            return unsafe ReplyBuilder.made
        }
        unsafe functions.pointee.freeObject = { _ in }
        return unsafe functions
    }()
}

@available(*, unavailable)
extension ReplyBuilder: Sendable {}
