import SockJS

extension Workload {
    private static let sockJSFrame = SockJSFrame.messages([Sample.send])

    static let sockJS: [Workload] = [
        Workload("SockJS: read a message", against: .bytes(Sample.send.count), usual: 4) {
            // What a client sends is what a server sends, without the letter before it.
            let payload = Array(sockJSFrame.bytes.dropFirst())
            return { for _ in 0..<operations { keep(made(try? SockJSPayload.messages(ofWebSocket: payload))) } }
        },
        Workload("SockJS: write a message", against: .bytes(Sample.send.count), usual: 5.5) {
            let frame = sockJSFrame
            return { for _ in 0..<operations { keep(frame.bytes) } }
        },
    ]
}
