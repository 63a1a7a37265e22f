import ArgumentParser
import Client
import Kubernetes

extension ObjectClient {
    /// Changes a cluster's taints.
    /// - Returns: whether there was anything to change.
    fileprivate func changeTaints(of cluster: String, _ change: (inout [Taint]) throws -> Void) async throws -> Bool {
        let key = ObjectKey(name: cluster)
        let old = Cluster(try await get(Cluster.resource, key).decoded()).spec.taints
        var new = old
        try change(&new)
        guard new != old else { return false }
        try await modify(Cluster.resource, key) { object in
            object.spec["taints"] = new.isEmpty ? nil : .array(new.map(\.json))
            return true
        }
        return true
    }
}

extension Taint {
    /// Of a cluster that takes no new work.
    fileprivate static let unschedulable = Taint(key: "cluster.karmada.io/unschedulable", effect: .noSchedule)

    fileprivate func isSame(as other: Taint) -> Bool { key == other.key && effect == other.effect }
}

/// `flotilla cordon`: nothing new is scheduled to the cluster.
struct CordonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cordon", abstract: "Mark cluster as unschedulable.")

    @Argument(help: ArgumentHelp("What the cluster is called.", valueName: "cluster-name"))
    var name: String

    @OptionGroup var controlPlane: ControlPlaneOptions

    func run() async throws {
        try await withClient(try controlPlane.configuration()) { client in
            let isNew = try await client.changeTaints(of: name) { taints in
                if !taints.contains(where: { $0.isSame(as: .unschedulable) }) { taints.append(.unschedulable) }
            }
            print(isNew ? "\(name) cluster cordoned" : "\(name) cluster already cordoned")
        }
    }
}

/// `flotilla uncordon`: undoes `cordon`.
struct UncordonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "uncordon", abstract: "Mark cluster as schedulable.")

    @Argument(help: ArgumentHelp("What the cluster is called.", valueName: "cluster-name"))
    var name: String

    @OptionGroup var controlPlane: ControlPlaneOptions

    func run() async throws {
        try await withClient(try controlPlane.configuration()) { client in
            let wasThere = try await client.changeTaints(of: name) { $0.removeAll { $0.isSame(as: .unschedulable) } }
            print(wasThere ? "\(name) cluster uncordoned" : "\(name) cluster already uncordoned")
        }
    }
}

/// `flotilla taint clusters NAME KEY=VALUE:EFFECT KEY:EFFECT-`
struct TaintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "taint", abstract: "Update the taints on one or more clusters.",
        discussion: "KEY=VALUE:EFFECT and KEY:EFFECT add a taint; KEY:EFFECT- removes it, KEY- all of that key.")

    @Argument(help: ArgumentHelp("clusters, or cluster.", valueName: "resource"))
    var resource: String

    @Argument(help: ArgumentHelp("What the cluster is called.", valueName: "cluster-name"))
    var name: String

    @Argument(help: ArgumentHelp("What to add or remove.", valueName: "taint"), transform: Change.init(parsing:))
    var changes: [Change]

    @Flag(help: "Replace the value of a taint that is there.")
    var overwrite = false

    @OptionGroup var controlPlane: ControlPlaneOptions

    enum Change {
        case add(Taint)
        /// Nil for every effect.
        case remove(key: String, effect: Taint.Effect?)

        private static let effects = [Taint.Effect.noSchedule, .noExecute]

        /// - Throws: `ValidationError` with the forms that there are.
        init(parsing text: String) throws {
            guard let change = Change(text) else {
                let effects = Self.effects.map(\.rawValue).joined(separator: " or ")
                throw ValidationError(
                    "must be KEY=VALUE:EFFECT, KEY:EFFECT, KEY:EFFECT- or KEY-, where EFFECT is \(effects).")
            }
            self = change
        }

        private init?(_ argument: String) {
            let isRemoval = argument.hasSuffix("-")
            let text = isRemoval ? argument.dropLast() : argument[...]
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard !pair[0].isEmpty else { return nil }
            let effect = parts.count == 2 ? Taint.Effect(rawValue: parts[1]) : nil
            if parts.count == 2, !Self.effects.contains(where: { $0 == effect }) { return nil }
            if isRemoval {
                self = .remove(key: pair[0], effect: effect)
            } else if let effect {
                self = .add(Taint(key: pair[0], value: pair.count == 2 ? pair[1] : "", effect: effect))
            } else {
                return nil
            }
        }
    }

    func validate() throws {
        guard ["cluster", "clusters"].contains(resource) else {
            throw ValidationError("invalid resource type \(resource), only \"cluster\" is supported.")
        }
        if changes.isEmpty { throw ValidationError("at least one taint update is required.") }
    }

    func run() async throws {
        try await withClient(try controlPlane.configuration()) { client in
            _ = try await client.changeTaints(of: name) { taints in
                for change in changes { try apply(change, to: &taints) }
            }
            print("cluster/\(name) tainted")
        }
    }

    private func apply(_ change: Change, to taints: inout [Taint]) throws {
        switch change {
        case .add(let taint):
            if let index = taints.firstIndex(where: { $0.isSame(as: taint) }) {
                guard overwrite || taints[index].value == taint.value else {
                    throw CommandFailure(
                        "cluster \(name) already has \(taint.key) taint(s) with same effect(s) and --overwrite is false")
                }
                taints[index].value = taint.value
            } else {
                taints.append(taint)
            }
        case .remove(let key, let effect):
            let old = taints
            taints.removeAll { $0.key == key && (effect == nil || $0.effect == effect) }
            guard taints.count < old.count else { throw CommandFailure("taint \"\(key)\" not found") }
        }
    }
}
