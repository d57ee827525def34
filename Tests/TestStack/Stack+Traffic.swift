extension Stack {
    /// A plan for traffic over all edges of this stack.
    package var traffic: TrafficPlan {
        TrafficPlan(edges: edges.map { "ws://127.0.0.1:\($0.port)/ws" }, router: router.url, secret: secret)
    }
}
