/// What is fuzzed: a parser, with what must hold of it whatever it is given.
///
/// One runs under libFuzzer (`Tests/Fuzz/run`), and with the inputs kept in `Tests/Fuzz/Corpus` as a test of every day.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case stomp, sockjs, websocket, cbor

    /// Gives the input to the parser. Ends the process when something that must hold does not.
    public func run(_ input: [UInt8]) {
        switch self {
        case .stomp: STOMPFuzz.run(input)
        case .sockjs: SockJSFuzz.run(input)
        case .websocket: WebSocketFuzz.run(input)
        case .cbor: CBORFuzz.run(input)
        }
    }
}
