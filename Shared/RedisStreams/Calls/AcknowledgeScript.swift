public import Messaging

/// Moves a device's cursor forward, and trims the inbox below the lowest cursor of the user's devices.
///
/// `Scripts/acknowledge.lua`; keys: the user's inbox, devices and marks (one slot). Atomic, because the lowest cursor must not rise
/// between its computation and the trimming. Devices not seen for `deviceMemory` are forgotten.
public enum AcknowledgeScript {
    /// The call.
    public static func command(
        keys: Keys, user: String, device: String, cursor: MessageID, deviceMemory: Duration = .seconds(7 * 86_400)
    ) -> RedisCommand {
        RedisCommand(
            script: .acknowledge, keys: [keys.inbox(user), keys.devices(user), keys.marks(user)],
            arguments: [.text(device), cursor.argument, deviceMemory.argument])
    }

    /// The device's cursor now.
    public static func reply(_ value: RedisValue) throws(RedisError) -> MessageID { try value.id("acknowledge") }
}
