import Messaging

/// Events of the record in words.
enum EventText {
    /// A device with its user.
    static func device(_ device: UInt32, _ names: AuditNames) -> String {
        guard Int(device) < names.plan.users * names.plan.devices else { return "an unknown device" }
        return "\(names.user(names.user(ofDevice: Int(device))))/\(names.device(Int(device)))"
    }

    /// One line: when, who, what.
    static func line(_ event: RecordEvent, _ names: AuditNames) -> String {
        let micros = String(event.time % 1_000_000)
        let time = "\(event.time / 1_000_000)." + String(repeating: "0", count: 6 - micros.count) + micros
        return "\(time)  \(text(event, names))"
    }

    private static func text(_ event: RecordEvent, _ names: AuditNames) -> String {
        let device = device(event.device, names)
        let conversation = names.conversation(event.conversation)
        let message = "\(event.id), n \(event.n) of \(Self.device(event.sender, names)), of \(conversation)"
        switch event.kind {
        case .sent: return "\(device) sends n \(event.n) to \(conversation)"
        case .accepted:
            let again = event.flags.contains(.duplicate) ? " (a duplicate)" : ""
            return "\(device) is told that n \(event.n) is accepted as \(event.id)\(again)"
        case .refused: return "\(device) is refused n \(event.n) with \(RefusalCode.name(event.code))"
        case .unanswered: return "\(device) has had no answer to n \(event.n)"
        case .delivered: return "\(device) gets \(message), cursor \(event.cursor), session \(event.session)"
        case .synced: return "\(device) fetches \(message)"
        case .acknowledged: return "\(device) acknowledges cursor \(event.cursor)"
        case .gap:
            let place = event.conversation == .none ? "" : " of \(conversation)"
            return "\(device) is told of a gap\(place) after \(event.id)"
        case .connected:
            let named = event.flags.contains(.named) ? ", having named \(event.id)" : ""
            return "\(device) has session \(event.session) on edge \(event.code) after cursor \(event.cursor)\(named)"
        case .disconnected: return "\(device) has lost session \(event.session), code \(event.code)"
        case .joined, .left:
            let user = names.user(Int(event.sender))
            let what = event.kind == .joined ? "is a member" : "is no member"
            let window =
                event.id == event.cursor ? "from \(event.id) on" : "from between \(event.cursor) and \(event.id) on"
            return "\(user) \(what) of \(conversation) \(window)"
        case .readBack: return "\(names.user(Int(event.device))) reads \(conversation) from history"
        case .history: return "history shows \(names.user(Int(event.device))) \(message)"
        case .rowsRead: return "Postgres is read"
        case .row: return "Postgres has a row of \(message)"
        case .presence:
            let who = event.flags.contains(.isUser) ? names.user(Int(event.device)) : device
            let told = event.flags.contains(.toldOnline) ? "online" : "offline"
            return "presence says \(who) is \(told); it is \(event.flags.contains(.isOnline) ? "here" : "gone")"
        }
    }
}
