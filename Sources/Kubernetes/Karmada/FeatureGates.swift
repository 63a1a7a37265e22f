/// Karmada's feature gates, with its defaults. Each of its names is accepted; `docs/policies.md` says which change something.
public struct FeatureGates: Sendable {
    public enum Gate: String, CaseIterable, Sendable {
        case contextualLogging = "ContextualLogging"
        case controllerPriorityQueue = "ControllerPriorityQueue"
        case customizedClusterResourceModeling = "CustomizedClusterResourceModeling"
        case failover = "Failover"
        case federatedQuotaEnforcement = "FederatedQuotaEnforcement"
        case gracefulEviction = "GracefulEviction"
        case loggingAlphaOptions = "LoggingAlphaOptions"
        case loggingBetaOptions = "LoggingBetaOptions"
        case multiClusterService = "MultiClusterService"
        case multiplePodTemplatesScheduling = "MultiplePodTemplatesScheduling"
        case priorityBasedScheduling = "PriorityBasedScheduling"
        case propagateDeps = "PropagateDeps"
        case policyPreemption = "PropagationPolicyPreemption"
        case resourceQuotaEstimate = "ResourceQuotaEstimate"
        case schedulingOvercommitProtection = "SchedulingOvercommitProtection"
        case statefulFailoverInjection = "StatefulFailoverInjection"
        case workloadAffinity = "WorkloadAffinity"

        /// Alpha features are off until they are asked for. `AllAlpha` and `AllBeta` mean all of a stage.
        var isAlpha: Bool {
            switch self {
            case .federatedQuotaEnforcement, .loggingAlphaOptions, .multiClusterService, .multiplePodTemplatesScheduling,
                .policyPreemption, .resourceQuotaEstimate, .schedulingOvercommitProtection, .statefulFailoverInjection,
                .workloadAffinity:
                true
            default: false
            }
        }

        /// Failover moves everything out of a cluster: administrators are to weigh that first.
        var isOnByDefault: Bool { !isAlpha && self != .failover }
    }

    private var enabled = Set(Gate.allCases.filter(\.isOnByDefault))

    public init() {}

    public subscript(gate: Gate) -> Bool {
        get { enabled.contains(gate) }
        set { if newValue { enabled.insert(gate) } else { enabled.remove(gate) } }
    }

    /// Reads `WorkloadAffinity=true,AllBeta=false`. A gate that is named goes before the stage that it belongs to.
    /// - Throws: `FeatureGateError`, which lists the gates where one is not known.
    public init(parsing text: String) throws(FeatureGateError) {
        var named: [(Gate, Bool)] = []
        for item in text.split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0.trimmingPrefix(" ")) }
            guard parts.count == 2 else {
                throw FeatureGateError("missing bool value for feature gate \(item): write \(item)=true")
            }
            guard let value = Bool(parts[1].lowercased()) else {
                throw FeatureGateError("invalid value of \(item): must be true or false")
            }
            switch parts[0] {
            case "AllAlpha": for gate in Gate.allCases where gate.isAlpha { self[gate] = value }
            case "AllBeta": for gate in Gate.allCases where !gate.isAlpha { self[gate] = value }
            default:
                guard let gate = Gate(rawValue: parts[0]) else {
                    let known = Gate.allCases.map(\.rawValue).joined(separator: ", ")
                    throw FeatureGateError("unrecognized feature gate: \(parts[0]); the gates are \(known)")
                }
                named.append((gate, value))
            }
        }
        for (gate, value) in named { self[gate] = value }
    }
}

extension FeatureGates: CustomStringConvertible {
    /// All gates, as `init(parsing:)` reads them.
    public var description: String { Gate.allCases.map { "\($0.rawValue)=\(self[$0])" }.joined(separator: ",") }
}

/// Why a list of feature gates cannot be read.
public struct FeatureGateError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
