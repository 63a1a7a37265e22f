import Kubernetes

/// What is wrong with a scheduler configuration, and where.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// `file:line:column`, as far as known.
    public let location: String
    /// `profiles[0].plugins.score[1].weight`; empty for the whole.
    public let field: String
    public let message: String

    public init(location: String, field: String, message: String) {
        self.location = location
        self.field = field
        self.message = message
    }

    public var description: String {
        [location, field, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// The profiles of a scheduler, read from a file of kind `SchedulerConfiguration`, `scheduling.flotilla.dev/v1alpha1`.
///
/// For each extension point a profile gives a list of plugins, which is then exactly what runs, in this order; `"*"` in it
/// stands for all defaults of the point that it does not name. Or it gives an object with `enabled` and `disabled`, which adds
/// to the defaults and takes from them, `"*"` all of them. A point that it does not mention has its defaults. A plugin is a name,
/// or an object with `name`, `weight` (score plugins only, from 1) and `arguments`. With `propagateEmptyWorkloads: true` selected
/// clusters that get no replicas get the resource all the same.
public struct SchedulerConfiguration: Sendable {
    public static let apiVersion = "scheduling.flotilla.dev/v1alpha1"
    public static let kind = "SchedulerConfiguration"
    /// What the weights of a profile may add up to.
    public static let maximumTotalWeight: Int64 = 10_000

    /// In the order of the file.
    public let profiles: [Profile]

    /// Reads and checks everything: plugins, arguments, weights.
    public init(parsing bytes: [UInt8], file: String = "", registry: PluginRegistry) throws(ConfigurationError) {
        let documents: [YAML.Document]
        do {
            documents = try YAML.parse(bytes, file: file)
        } catch {
            throw ConfigurationError(
                location: file.isEmpty ? "\(error.position)" : "\(file):\(error.position)", field: "", message: error.message)
        }
        guard let document = documents.first, documents.count == 1 else {
            throw ConfigurationError(location: file, field: "", message: "must be one document, not \(documents.count)")
        }
        profiles = try ConfigurationReader(document: document, registry: registry).profiles()
    }

    /// One profile with all defaults.
    public init(registry: PluginRegistry) throws(ConfigurationError) {
        let text = "apiVersion: \(Self.apiVersion)\nkind: \(Self.kind)\nprofiles:\n- schedulerName: \(Profile.defaultName)\n"
        try self.init(parsing: Array(text.utf8), registry: registry)
    }

    /// The profile for a binding's `spec.schedulerName`; empty means the default one.
    public func profile(named name: String) -> Profile? {
        let name = name.isEmpty ? Profile.defaultName : name
        return profiles.first { $0.schedulerName == name }
    }
}

private struct ConfigurationReader {
    let document: YAML.Document
    let registry: PluginRegistry

    /// A plugin as a profile names it.
    private struct Reference {
        var name: String
        var weight: Int64?
        var arguments: JSON?
        var field: String
    }

    private func error(_ field: String, _ message: String) -> ConfigurationError {
        ConfigurationError(location: document.location(of: field), field: field, message: message)
    }

    func profiles() throws(ConfigurationError) -> [Profile] {
        let root = try members(of: document.json, at: "", allowing: ["apiVersion", "kind", "profiles"])
        guard root["apiVersion"]?.string == SchedulerConfiguration.apiVersion else {
            throw error("apiVersion", "must be \(SchedulerConfiguration.apiVersion)")
        }
        guard root["kind"]?.string == SchedulerConfiguration.kind else {
            throw error("kind", "must be \(SchedulerConfiguration.kind)")
        }
        guard let list = root["profiles"]?.array, !list.isEmpty else { throw error("profiles", "must name at least one profile") }
        var profiles: [Profile] = []
        for (index, json) in list.enumerated() {
            let field = "profiles[\(index)]"
            let profile = try profile(json, at: field)
            if profiles.contains(where: { $0.schedulerName == profile.schedulerName }) {
                throw error("\(field).schedulerName", "another profile is called \(profile.schedulerName) too")
            }
            if let first = profiles.first, type(of: first.queueSort) != type(of: profile.queueSort) {
                throw error("\(field).plugins.queueSort", "must be that of the first profile: all profiles share one queue")
            }
            profiles.append(profile)
        }
        return profiles
    }

    private func profile(_ json: JSON, at field: String) throws(ConfigurationError) -> Profile {
        let profile = try members(of: json, at: field, allowing: ["schedulerName", "plugins", "propagateEmptyWorkloads"])
        let name: String
        switch profile["schedulerName"] {
        case nil: name = Profile.defaultName
        case .string(let text) where !text.isEmpty: name = text
        default: throw error("\(field).schedulerName", "must be a name")
        }
        let propagatesEmptyWorkloads: Bool
        switch profile["propagateEmptyWorkloads"] {
        case nil: propagatesEmptyWorkloads = registry.propagatesEmptyWorkloads
        case .bool(let value): propagatesEmptyWorkloads = value
        default: throw error("\(field).propagateEmptyWorkloads", "must be true or false")
        }
        let pluginsField = "\(field).plugins"
        let points = try members(
            of: profile["plugins"] ?? [:], at: pluginsField, allowing: Set(ExtensionPoint.allCases.map(\.rawValue)))
        var references: [ExtensionPoint: [Reference]] = [:]
        for point in ExtensionPoint.allCases {
            references[point] = try plugins(points[point.rawValue], of: point, at: "\(pluginsField).\(point.rawValue)")
        }
        return try build(name, references, propagatesEmptyWorkloads, at: pluginsField)
    }

    private func plugins(
        _ json: JSON?, of point: ExtensionPoint, at field: String
    ) throws(ConfigurationError) -> [Reference] {
        let defaults = registry.defaults(at: point).map { Reference(name: $0, field: field) }
        switch json {
        case nil, .null?:
            return defaults
        case .array(let list)?:
            let listed = try references(list, of: point, at: field)
            let named = Set(listed.map(\.name))
            return try unique(listed.flatMap { $0.name == "*" ? defaults.filter { !named.contains($0.name) } : [$0] })
        case .object?:
            let lists = try members(of: json ?? .null, at: field, allowing: ["enabled", "disabled"])
            let enabled = try references(lists["enabled"]?.array ?? [], of: point, at: "\(field).enabled")
            let disabled = Set(try references(lists["disabled"]?.array ?? [], of: point, at: "\(field).disabled").map(\.name))
            let named = Set(enabled.map(\.name))
            let kept = defaults.filter { !disabled.contains("*") && !disabled.contains($0.name) && !named.contains($0.name) }
            return try unique(kept + enabled)
        default:
            throw error(field, "must be a list of plugins, or an object with enabled and disabled")
        }
    }

    private func unique(_ references: [Reference]) throws(ConfigurationError) -> [Reference] {
        var seen: Set<String> = []
        for reference in references where !seen.insert(reference.name).inserted {
            throw error(reference.field, "\(reference.name) is listed twice")
        }
        return references
    }

    private func references(
        _ list: [JSON], of point: ExtensionPoint, at field: String
    ) throws(ConfigurationError) -> [Reference] {
        var references: [Reference] = []
        for (index, json) in list.enumerated() {
            let reference = try reference(json, of: point, at: "\(field)[\(index)]")
            if reference.name != "*" {
                guard let type = registry.type(named: reference.name) else {
                    throw error(
                        reference.field,
                        "there is no plugin \(reference.name); there are \(registry.names.joined(separator: ", "))")
                }
                guard point.admits(type) else { throw error(reference.field, "\(reference.name) is no \(point) plugin") }
            }
            references.append(reference)
        }
        return references
    }

    private func reference(_ json: JSON, of point: ExtensionPoint, at field: String) throws(ConfigurationError) -> Reference {
        if case .string(let name) = json { return Reference(name: name, field: field) }
        let members = try members(of: json, at: field, allowing: ["name", "weight", "arguments"])
        guard let name = members["name"]?.string, !name.isEmpty else { throw error("\(field).name", "must name a plugin") }
        var reference = Reference(name: name, arguments: members["arguments"], field: field)
        if let weight = members["weight"] {
            guard point == .score else { throw error("\(field).weight", "only score plugins have weights") }
            guard let value = weight.integer, (1...SchedulerConfiguration.maximumTotalWeight).contains(value) else {
                throw error("\(field).weight", "must be 1…\(SchedulerConfiguration.maximumTotalWeight)")
            }
            reference.weight = value
        }
        return reference
    }

    private func members(
        of json: JSON, at field: String, allowing names: Set<String>
    ) throws(ConfigurationError) -> JSONObject {
        guard let members = json.object ?? (json.isNull ? JSONObject() : nil) else {
            throw error(field, "must be an object, not \(json.typeName)")
        }
        for key in members.keys where !names.contains(key) {
            throw error(
                field.isEmpty ? key : "\(field).\(key)", "unknown field; there are \(names.sorted().joined(separator: ", "))")
        }
        return members
    }
}

extension ConfigurationReader {
    /// Makes the plugins. One that serves several points is one value, with the arguments that one of its places gives.
    private func build(
        _ name: String, _ references: [ExtensionPoint: [Reference]], _ propagatesEmptyWorkloads: Bool, at field: String
    ) throws(ConfigurationError) -> Profile {
        var arguments: [String: Reference] = [:]
        for point in ExtensionPoint.allCases {
            for reference in references[point] ?? [] where reference.arguments != nil {
                if let other = arguments[reference.name], other.arguments != reference.arguments {
                    throw error("\(reference.field).arguments", "differ from those at \(other.field)")
                }
                arguments[reference.name] = reference
            }
        }
        var made: [String: any Plugin] = [:]
        func plugins<Point>(_ point: ExtensionPoint, _: Point.Type) throws(ConfigurationError) -> [Point] {
            var plugins: [Point] = []
            for reference in references[point] ?? [] {
                if made[reference.name] == nil, let type = registry.type(named: reference.name) {
                    made[reference.name] = try make(type, arguments[reference.name])
                }
                if let plugin = made[reference.name] as? Point { plugins.append(plugin) }
            }
            return plugins
        }
        let queueSort = try plugins(.queueSort, (any QueueSortPlugin).self)
        guard let sort = queueSort.first, queueSort.count == 1 else {
            throw error("\(field).queueSort", "must be exactly one plugin")
        }
        let weights = (references[.score] ?? []).map { $0.weight ?? 1 }
        guard weights.reduce(0, +) <= SchedulerConfiguration.maximumTotalWeight else {
            throw error("\(field).score", "the weights add up to more than \(SchedulerConfiguration.maximumTotalWeight)")
        }
        let assigners = try plugins(.assign, (any AssignPlugin).self)
        guard !assigners.isEmpty else { throw error("\(field).assign", "must be at least one plugin") }
        return Profile(
            schedulerName: name, queueSort: sort, reservePlugins: try plugins(.reserve, (any ReservePlugin).self),
            postBindPlugins: try plugins(.postBind, (any PostBindPlugin).self),
            preFilters: try plugins(.preFilter, (any PreFilterPlugin).self),
            filters: try plugins(.filter, (any FilterPlugin).self),
            scorers: zip(try plugins(.score, (any ScorePlugin).self), weights).map { Profile.Scorer(plugin: $0, weight: $1) },
            estimators: try plugins(.estimate, (any EstimatePlugin).self),
            selectors: try plugins(.select, (any SelectPlugin).self), assigners: assigners,
            propagatesEmptyWorkloads: propagatesEmptyWorkloads)
    }

    private func make(_ type: any Plugin.Type, _ reference: Reference?) throws(ConfigurationError) -> any Plugin {
        do {
            return try type.make(reference?.arguments ?? [:])
        } catch {
            let field = (reference?.field ?? type.name) + ".arguments" + (error.field.isEmpty ? "" : ".\(error.field)")
            throw self.error(field, error.message)
        }
    }
}
