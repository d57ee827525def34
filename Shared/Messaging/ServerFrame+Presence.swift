extension ServerFrame {
    /// What is seen of a user, now or from now on.
    public static func presence(user: String, _ face: PresenceView.Face) -> [UInt8] {
        var json = FrameWriter("{\"type\":\"presence\",\"user\":\"")
        json.write(user)
        json.write(face.isOnline ? "\",\"status\":\"online\",\"at\":" : "\",\"status\":\"offline\",\"at\":")
        json.write(UInt64(max(0, face.since)))
        if face.mode != .online {
            json.write(",\"state\":\"")
            json.write(face.mode.rawValue)
            json.write("\"")
        }
        if !face.text.isEmpty {
            json.write(",\"text\":")
            json.writeEscaped(face.text)
        }
        json.write("}")
        return json.bytes
    }
}
