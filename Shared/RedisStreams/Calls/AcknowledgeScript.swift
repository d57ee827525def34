public import Messaging

/// Moves a device's cursor forward, and trims the inbox below the lowest cursor of the user's devices.
///
/// `Scripts/acknowledge.lua`; keys: the user's inbox, devices and marks (one slot). Atomic, because the lowest cursor must not rise
/// between its computation and the trimming. Devices not seen for `deviceMemory` are forgotten.
public enum AcknowledgeScript {
    /// The call.
    /// - Parameters:
    ///   - cursor: the device needs nothing up to here: what it acknowledged, and its own messages behind that.
    ///   - claimed: what the client itself acknowledged last, if it did; `cursor` may be further.
    public static func command(
        keys: Keys, user: String, device: String, cursor: MessageID, claimed: MessageID?,
        deviceMemory: Duration = .seconds(7 * 86_400)
    ) -> RedisCommand {
        RedisCommand(
            script: .acknowledge, keys: [keys.inbox(user), keys.devices(user), keys.marks(user)],
            arguments: [
                .text(device), cursor.argument, deviceMemory.argument, .text(claimed?.description ?? ""),
            ])
    }

    /// The device's cursor now.
    public static func reply(_ value: RedisValue) throws(RedisError) -> MessageID { try value.id("acknowledge") }
}
