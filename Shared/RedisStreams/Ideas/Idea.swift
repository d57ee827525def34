internal import Logging

#if DEBUG
    internal import FoundationEssentials
#endif

/// The ideas that keep the promise (docs/architecture.md), each of which a debug build can do without, so that it can be shown that the audit notices.
///
/// The environment variable `SWITCHBOARD_WITHOUT` names those to do without, separated by commas. It is read once, and only in debug builds: in a release build
/// every idea is on as a matter of a constant, and what stands in for it is not compiled.
public enum Idea: String, CaseIterable, Sendable {
    /// `deliver` keeps the last message of each partition for a user, and appends nothing that is not newer.
    case marks
    /// An edge compares each push with what it sent before, and looks into the inbox when they do not fit, and every 30 s.
    case chain
    /// A position is committed after the effect.
    case commitAfterEffect = "commit-after-effect"
    /// A group's member set keeps the id of its last change and ignores older ones.
    case memberVersion = "member-version"

    #if DEBUG
        static let variable = "SWITCHBOARD_WITHOUT"

        private static let without = Idea.named(in: ProcessInfo.processInfo.environment[variable] ?? "")

        /// The ideas that a list names. A name that is none ends the process: a switch that switches nothing would prove nothing.
        static func named(in list: String) -> Set<Idea> {
            var ideas: Set<Idea> = []
            for name in list.split(separator: ",") {
                guard let idea = Idea(rawValue: String(name)) else {
                    let known = allCases.map(\.rawValue).joined(separator: ", ")
                    fatalError("\(variable) names \"\(name)\": give some of \(known)")
                }
                ideas.insert(idea)
            }
            return ideas
        }

        /// Whether the process does what the idea says.
        public var isOn: Bool { !Self.without.contains(self) }
    #else
        /// Whether the process does what the idea says: always.
        @inlinable public var isOn: Bool { true }
    #endif

    /// Says loudly which ideas are switched off.
    static func announce(_ logger: Logger) {
        #if DEBUG
            for idea in allCases where !idea.isOn {
                logger.critical(
                    "an idea is switched off: messages will be lost, repeated or shown to strangers",
                    metadata: ["without": "\(idea.rawValue)"])
            }
        #endif
    }
}
