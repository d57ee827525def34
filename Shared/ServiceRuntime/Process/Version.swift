/// The version of Switchboard that this is built from.
public enum Version {
    public static let current = "0.1.0"
}
