/// Why a batch could not be done now and has to come again.
enum RoutingError: Error, CustomStringConvertible {
    /// An earlier delivery to a user of the same chunk has not taken effect.
    case outOfOrder

    var description: String {
        switch self {
        case .outOfOrder: "a delivery was refused because the one before it had failed"
        }
    }
}
