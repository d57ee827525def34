/// Writes into memory that has room for all that is written.
@safe
struct ArrayOutput {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var length = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { unsafe self.memory = unsafe memory }

    mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        unsafe memory.storeBytes(of: value.bigEndian, toByteOffset: length, as: Value.self)
        length += Value.bitWidth / 8
    }

    /// An element: its length, and it.
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        integer(Int32(bytes.count))
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[length...]).copyMemory(from: bytes)
        length += bytes.count
    }
}
