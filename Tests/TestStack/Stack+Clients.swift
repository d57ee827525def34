extension Stack {
    /// Opens a session and waits for its welcome.
    /// - Parameters:
    ///   - edge: which edge, from 0.
    ///   - device: the device's id; `<user>-1` when nil.
    ///   - cursor: where to resume; what the server last saw when nil.
    ///   - firstN: the counter before the first message.
    /// - Throws: ``TestStackError`` when the handshake is refused or no welcome comes.
    package func connect(
        _ user: String, device: String? = nil, edge: Int = 0, cursor: String? = nil, scopes: [String] = [],
        firstN: Int = 0, receiveBuffer: Int? = nil
    ) async throws -> SessionClient {
        let device = device ?? "\(user)-1"
        var query = "device=\(device)"
        if let cursor { query += "&cursor=\(cursor)" }
        let handshake = try await WebSocketClient.connect(
            "ws://127.0.0.1:\(edges[edge].port)/ws?\(query)",
            headers: ["Authorization": "Bearer \(try token(user, scopes: scopes))"], receiveBuffer: receiveBuffer)
        switch handshake {
        case .refused(let answer):
            throw TestStackError(.connection, "the handshake of \(user) was refused: \(answer.status) \(answer.text)")
        case .open(let socket):
            guard let first = try await socket.receive("the welcome of \(user)"),
                let welcome = SessionClient.decode(first), welcome.type == "welcome"
            else {
                let seen = socket.received.map(\.text).joined(separator: "\n")
                throw TestStackError(.connection, "\(user) got no welcome but: \(seen)\n\(await edges[edge].tail())")
            }
            return SessionClient(user: user, device: device, socket: socket, welcome: welcome, firstN: firstN)
        }
    }

    /// Makes a group over REST.
    package func makeGroup(_ id: String, members: [String], by user: String? = nil) async throws {
        let caller = user ?? members[0]
        let list = members.map { "\"\($0)\"" }.joined(separator: ",")
        let answer = try await call(
            "PUT", router, "/v1/groups/\(id)", as: caller, body: "{\"name\":\"\(id)\",\"members\":[\(list)]}")
        guard (200..<300).contains(answer.status) else {
            throw TestStackError(.connection, "group \(id) could not be made: \(answer.status) \(answer.text)")
        }
    }

    /// A REST call as a user.
    package func call(
        _ method: String, _ service: ServiceProcess, _ path: String, as user: String, scopes: [String] = [],
        headers: [String: String] = [:], body: String? = nil
    ) async throws -> HTTPClient.Answer {
        try await HTTPClient.request(
            method, service.url + path, token: token(user, scopes: scopes), headers: headers, body: body)
    }

    /// All messages of a conversation as history gives them to `user`, oldest first, page by page.
    package func history(
        _ conversation: String, as user: String, page: Int = 50
    ) async throws -> [JSONValue] {
        var messages: [JSONValue] = []
        var after = "0-0"
        while true {
            let answer = try await call(
                "GET", history, "/v1/conversations/\(conversation)/messages?limit=\(page)&after=\(after)", as: user)
            guard answer.status == 200 else {
                throw TestStackError(.connection, "history of \(conversation): \(answer.status) \(answer.text)")
            }
            let body = try answer.json()
            messages += body["messages"]?.array ?? []
            guard let next = body["next"]?.string else { return messages }
            after = next
        }
    }
}
