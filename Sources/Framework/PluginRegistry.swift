import Kubernetes

/// The points of a cycle at which plugins run; the raw value is the field of a profile's `plugins`.
public enum ExtensionPoint: String, CaseIterable, Sendable {
    case queueSort, preFilter, filter, score, estimate, select, assign, reserve, postBind

    func admits(_ type: any Plugin.Type) -> Bool {
        switch self {
        case .queueSort: type is any QueueSortPlugin.Type
        case .preFilter: type is any PreFilterPlugin.Type
        case .filter: type is any FilterPlugin.Type
        case .score: type is any ScorePlugin.Type
        case .estimate: type is any EstimatePlugin.Type
        case .select: type is any SelectPlugin.Type
        case .assign: type is any AssignPlugin.Type
        case .reserve: type is any ReservePlugin.Type
        case .postBind: type is any PostBindPlugin.Type
        }
    }
}

/// The plugins that profiles can name, and those that run where a profile names none.
public struct PluginRegistry: Sendable {
    private var types: [String: any Plugin.Type] = [:]
    private var defaults: [ExtensionPoint: [String]] = [:]
    /// What profiles do that do not say (see ``SchedulerConfiguration``).
    public var propagatesEmptyWorkloads = false

    public init() {}

    /// Makes a plugin known. Of two with one name the later counts.
    /// - Parameter points: where it runs by default, after those that were registered before it.
    public mutating func register(_ type: any Plugin.Type, byDefaultAt points: ExtensionPoint...) {
        register(type, byDefaultAt: points)
    }

    public mutating func register(_ type: any Plugin.Type, byDefaultAt points: [ExtensionPoint]) {
        types[type.name] = type
        for point in points {
            precondition(point.admits(type), "\(type.name) does not serve the extension point \(point)")
            defaults[point, default: []].append(type.name)
        }
    }

    public var names: [String] { types.keys.sorted() }

    public func defaults(at point: ExtensionPoint) -> [String] { defaults[point] ?? [] }

    func type(named name: String) -> (any Plugin.Type)? { types[name] }
}

extension Plugin {
    static func make(_ arguments: JSON) throws(ArgumentError) -> Self {
        let arguments = try Arguments(arguments)
        do {
            return try Self(arguments: arguments)
        } catch let error as ArgumentError {
            throw error
        } catch {
            throw ArgumentError(field: "", "\(error)")
        }
    }
}
