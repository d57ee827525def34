import Messaging

func id(_ milliseconds: UInt64, _ sequence: UInt64 = 0) -> MessageID {
    MessageID(milliseconds: milliseconds, sequence: sequence)
}
