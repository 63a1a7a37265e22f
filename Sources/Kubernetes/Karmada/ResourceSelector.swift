/// Which resource templates a policy is for (`policy.karmada.io/v1alpha1`).
public struct ResourceSelector: Sendable {
    public var apiVersion: String
    public var kind: String
    /// Empty: any namespace.
    public var namespace: String
    /// Empty: any name. A name makes the label selector irrelevant.
    public var name: String
    private var labels: Labels

    private enum Labels: Sendable {
        case any
        case selected(LabelSelector)
        /// A selector that nobody can read: it selects nothing.
        case unreadable
    }

    public init(_ json: JSON) {
        apiVersion = json["apiVersion"]?.string ?? ""
        kind = json["kind"]?.string ?? ""
        namespace = json["namespace"]?.string ?? ""
        name = json["name"]?.string ?? ""
        if let selector = json["labelSelector"], !selector.isNull {
            do {
                labels = .selected(try LabelSelector(selector))
            } catch {
                labels = .unreadable
            }
        } else {
            labels = .any
        }
    }

    /// A label and its value.
    public struct Label: Hashable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// A label that everything has which the selector picks; nil where it leaves that open.
    public var wantedLabel: Label? {
        guard case .selected(let selector) = labels else { return nil }
        for requirement in selector.requirements where requirement.values.count == 1 {
            if requirement.operation == .equals || requirement.operation == .in {
                return Label(key: requirement.key, value: requirement.values[0])
            }
        }
        return nil
    }

    /// How closely a selector describes an object. Policies that describe it more closely take precedence: Karmada's
    /// implicit priority.
    public enum Fit: Int, Comparable, Sendable {
        case none, all, labels, name

        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    public func fit(_ kind: GroupVersionKind, _ key: ObjectKey, labels objectLabels: @autoclosure () -> [String: String]) -> Fit {
        guard self.kind == kind.kind, apiVersion == kind.apiVersion, namespace.isEmpty || namespace == key.namespace else {
            return .none
        }
        if !name.isEmpty { return name == key.name ? .name : .none }
        return switch labels {
        case .any: .all
        case .selected(let selector): selector.matches(objectLabels()) ? .labels : .none
        case .unreadable: .none
        }
    }

    public func fit(_ object: Object) -> Fit {
        fit(object.groupVersionKind, object.key, labels: object.labels)
    }
}

extension Sequence<ResourceSelector> {
    /// The closest fit of any of the selectors.
    public func fit(_ object: Object) -> ResourceSelector.Fit {
        lazy.map { $0.fit(object) }.max() ?? .none
    }
}
