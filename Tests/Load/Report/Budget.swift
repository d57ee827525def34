/// A figure that a run is held to.
struct Budget: Codable, Equatable {
    enum Better: String, Codable { case lower, higher }

    /// What of, such as `delivery p99 at 5,000/s`.
    var name: String
    var unit: String
    var better: Better
    /// What has to be reached.
    var must: Double
    /// What one would like to reach; nil where there is no more than `must`.
    var aim: Double?
    var reached: Double

    /// Whether what has to be reached was.
    var isMet: Bool { holds(must) }
    /// Whether what one would like was.
    var isAimMet: Bool { aim.map(holds) ?? isMet }

    private func holds(_ bound: Double) -> Bool {
        switch better {
        case .lower: reached <= bound
        case .higher: reached >= bound
        }
    }
}
