import Testing

@testable import RedisStreams

@Suite struct StreamRoomTests {
    /// What is left in a stream after writing these sizes, each time cut to what the room says.
    private func stream(_ sizes: [Int], bytes: Int, entries: Int) -> [Int] {
        var room = StreamRoom(bytes: bytes, entries: entries)
        var stream: [Int] = []
        for size in sizes {
            stream.append(size)
            stream = stream.suffix(room.add(size))
        }
        return stream
    }

    private func taken(_ stream: [Int]) -> Int { stream.reduce(0) { $0 + $1 + StreamRoom.overhead } }

    @Test func smallEntriesAreBoundedInNumber() {
        #expect(stream(Array(repeating: 100, count: 5000), bytes: 1 << 26, entries: 1000).count == 1000)
    }

    @Test func largeEntriesAreBoundedInBytes() {
        let left = stream(Array(repeating: 60_000, count: 5000), bytes: 1 << 20, entries: 10_000)
        #expect(left.count == 17)
        #expect(taken(left) <= 1 << 20)
    }

    @Test func entriesOfAllSizesAreBoundedInBytes() {
        var room = StreamRoom(bytes: 1 << 16, entries: 500)
        var stream: [Int] = []
        for size in Array(repeating: 10, count: 600) + (1...300).map({ $0 * 7919 % 30_000 }) {
            stream = (stream + [size]).suffix(room.add(size))
            #expect(taken(stream) <= 1 << 16 && stream.count <= 500)
        }
    }

    @Test func aWriterThatHasWrittenLittleGoesByTheAverage() {
        var room = StreamRoom(bytes: 10_000, entries: 500)
        #expect(room.add(1000 - StreamRoom.overhead) == 10)
        #expect(room.add(3000 - StreamRoom.overhead) == 5)
    }

    @Test func smallEntriesHaveRoomAgainAfterLargeOnes() {
        let sizes = Array(repeating: 60_000, count: 100) + Array(repeating: 10, count: 2000)
        #expect(stream(sizes, bytes: 1 << 20, entries: 1000).count == 1000)
    }

    @Test func anEntryThatIsLargerThanTheRoomStaysUntilTheNext() {
        #expect(stream([10, 5000], bytes: 1000, entries: 10) == [5000])
        #expect(stream([10, 5000, 10], bytes: 1000, entries: 10) == [10])
    }
}
