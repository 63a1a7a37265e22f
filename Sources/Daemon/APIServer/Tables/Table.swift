import Kubernetes

/// What each row of a table says of its object (`includeObject` query parameter).
public enum TableObject: String, Sendable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
}

/// Prints objects of one kind as rows (`meta.k8s.io/v1.Table`), with the columns that kube-apiserver and Karmada print.
public struct TablePrinter: Sendable {
    private let columns: [TableColumn]
    private let cells: @Sendable (Object, Timestamp) -> [JSON]

    /// - Parameter version: a served version of the resource.
    public init(_ definition: ResourceDefinition, version: String) {
        if let custom = definition.version(version)?.columns {
            let paths = custom.map { ($0, JSONPath($0.jsonPath)) }
            columns = [.name] + custom.map(TableColumn.init)
            cells = { object, now in
                [.string(object.name)] + paths.map { column, path in column.cell(path?.values(in: object.json) ?? [], now) }
            }
        } else if let kind = KindTable.of(definition.groupResource) {
            columns = kind.columns
            cells = kind.cells
        } else {
            let title = definition.style == .custom ? "Age" : "Created At"
            columns = [.name, TableColumn(title, type: definition.style == .custom ? "string" : "date")]
            cells = { object, now in
                [
                    .string(object.name),
                    definition.style == .custom
                        ? .string(Age.text(object.creationTimestamp, now)) : .string(object.creationTimestamp),
                ]
            }
        }
    }

    public var columnDefinitions: JSON { .array(columns.map(\.json)) }

    /// - Parameters:
    ///   - groupVersion: of the Table itself: `v1` or `v1beta1` of `meta.k8s.io`.
    ///   - now: what ages are counted to.
    public func row(_ object: Object, include: TableObject = .metadata, groupVersion: String = "v1", now: Timestamp = .now())
        -> JSON
    {
        var row: JSON = ["cells": .array(cells(object, now))]
        switch include {
        case .none: break
        case .object: row["object"] = object.json
        case .metadata: row["object"] = Self.partialMetadata(object, groupVersion: groupVersion)
        }
        return row
    }

    /// A whole table.
    /// - Parameter metadata: the list's `resourceVersion`, `continue` and `remainingItemCount`.
    public func table(
        _ objects: some Sequence<Object>, include: TableObject = .metadata, metadata: JSON = [:], groupVersion: String = "v1",
        now: Timestamp = .now()
    ) -> JSON {
        [
            "kind": "Table", "apiVersion": .string("meta.k8s.io/\(groupVersion)"), "metadata": metadata,
            "columnDefinitions": columnDefinitions,
            "rows": .array(objects.map { row($0, include: include, groupVersion: groupVersion, now: now) }),
        ]
    }

    public static func partialMetadata(_ object: Object, groupVersion: String = "v1") -> JSON {
        [
            "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(groupVersion)"), "metadata": object.metadata,
        ]
    }
}

/// `meta.k8s.io/v1.TableColumnDefinition`.
struct TableColumn: Sendable {
    let name: String
    var type = "string"
    var format = ""
    var description = ""
    /// Columns above 0 show in wide output only.
    var priority = 0

    static let name = TableColumn("Name", format: "name")
    static let age = TableColumn("Age")

    init(_ name: String, type: String = "string", format: String = "", priority: Int = 0) {
        self.name = name
        self.type = type
        self.format = format
        self.priority = priority
    }

    init(_ column: PrinterColumn) {
        name = column.name
        type = column.type
        format = column.format
        description = column.description
        priority = column.priority
    }

    static func integer(_ name: String, priority: Int = 0) -> TableColumn {
        TableColumn(name, type: "integer", priority: priority)
    }
    static func wide(_ name: String) -> TableColumn { TableColumn(name, priority: 1) }

    var json: JSON {
        [
            "name": .string(name), "type": .string(type), "format": .string(format), "description": .string(description),
            "priority": JSON(priority),
        ]
    }
}

extension PrinterColumn {
    /// What kube-apiserver prints for the values at the column's path; null where there is none.
    fileprivate func cell(_ values: [JSON], _ now: Timestamp) -> JSON {
        guard let value = values.first, !value.isNull else { return .null }
        switch type {
        case "integer": return value.integer.map(JSON.integer) ?? .null
        case "number": return value.double == nil ? .null : value
        case "boolean": return value.bool.map(JSON.bool) ?? .null
        case "date":
            guard let text = value.string else { return .null }
            return .string(Timestamp(text) == nil ? "<invalid>" : Age.text(text, now))
        default:
            return values.count == 1
                ? .string(value.string ?? value.description)
                : .string(values.map { $0.string ?? $0.description }.joined(separator: " "))
        }
    }
}

/// How long ago something was, in the form of kubectl (`k8s.io/apimachinery/pkg/util/duration`).
enum Age {
    static func text(_ timestamp: String?, _ now: Timestamp) -> String {
        guard let timestamp, let time = Timestamp(timestamp) else { return "<unknown>" }
        return text(seconds: (now.nanoseconds - time.nanoseconds) / 1_000_000_000)
    }

    /// Two units at most, the second one only while it matters.
    static func text(seconds: Int64) -> String {
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
            small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
        }
        let minutes = seconds / 60
        let hours = seconds / 3600
        let days = hours / 24
        let years = days / 365
        switch true {
        case seconds < 120: return "\(seconds)s"
        case minutes < 10: return pair(minutes, "m", seconds % 60, "s")
        case minutes < 180: return "\(minutes)m"
        case hours < 8: return pair(hours, "h", minutes % 60, "m")
        case hours < 48: return "\(hours)h"
        case days < 8: return pair(days, "d", hours % 24, "h")
        case years < 2: return "\(days)d"
        case years < 8: return pair(years, "y", days % 365, "d")
        default: return "\(years)y"
        }
    }
}
