import Kubernetes

extension Explanation {
    /// A step of selection or division, which plugins note as they go.
    public enum Step: Sendable, Equatable {
        case remark(String)
        case grouping(Grouping)
        case division(Division)
    }

    /// Which groups of clusters there were to choose from, and which were chosen.
    public struct Grouping: Sendable, Equatable {
        public struct Group: Sendable, Equatable {
            public var name: String
            public var clusters: [String]
            public var score: Int64
            public var isChosen: Bool

            public init(name: String, clusters: [String], score: Int64, isChosen: Bool) {
                self.name = name
                self.clusters = clusters
                self.score = score
                self.isChosen = isChosen
            }
        }

        public var plugin: String
        /// What makes a group: `region`.
        public var field: String
        /// What was asked for, in words.
        public var rule: String
        public var groups: [Group]

        public init(by plugin: String, field: String, rule: String, groups: [Group]) {
            self.plugin = plugin
            self.field = field
            self.rule = rule
            self.groups = groups
        }
    }

    /// How replicas were divided in proportion to weights (see ``Webster``).
    public struct Division: Sendable, Equatable {
        public struct Party: Sendable, Equatable {
            public var cluster: String
            public var weight: Int64
            /// The exact part, before it is rounded to whole replicas.
            public var quota: Double
            /// The whole replicas.
            public var share: Int
            /// What the cluster had and keeps, beside its share.
            public var kept: Int
        }

        public var plugin: String
        /// What is divided and why, in words: `scale up`.
        public var purpose: String
        /// How many replicas are divided; those that are kept are not among them.
        public var replicas: Int
        public var parties: [Party]
        /// Which clusters win where quotients are equal.
        public var ties: Webster.TieBreak

        /// - Parameters:
        ///   - clusters: the indices of those that take part.
        ///   - weights: theirs, as are the `shares`.
        ///   - kept: by index; may be of clusters that do not take part.
        public init(
            by plugin: String, purpose: String, _ replicas: Int, among clusters: some Sequence<Int>, weights: [Int64],
            shares: [Int], ties: Webster.TieBreak, keeping kept: [Assignment] = [], in cycle: Cycle
        ) {
            self.plugin = plugin
            self.purpose = purpose
            self.replicas = replicas
            self.ties = ties
            let sum = weights.reduce(0.0) { $0 + max(0, Double($1)) }
            var keeps = Dictionary(kept.map { ($0.index, $0.replicas) }) { first, _ in first }
            parties = zip(clusters, zip(weights, shares)).map { index, amounts in
                Party(
                    cluster: cycle.snapshot.names[index], weight: amounts.0,
                    quota: sum > 0 ? max(0, Double(amounts.0)) * Double(replicas) / sum : 0, share: amounts.1,
                    kept: keeps.removeValue(forKey: index) ?? 0)
            }
            for (index, replicas) in keeps.sorted(by: { $0.key < $1.key }) {
                parties.append(Party(cluster: cycle.snapshot.names[index], weight: 0, quota: 0, share: 0, kept: replicas))
            }
        }
    }
}
