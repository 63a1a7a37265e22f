import Kubernetes

/// A table for people: columns under upper-case headings.
struct Table: CustomStringConvertible {
    private let rows: [[String]]
    private let headings: [String]

    private var showsHeadings = true

    /// - Parameter rows: each with a cell a heading.
    init(_ headings: [String], _ rows: [[String]], showsHeadings: Bool = true) {
        self.headings = headings
        self.rows = rows
        self.showsHeadings = showsHeadings
    }

    /// Of a `meta.k8s.io/v1.Table`.
    /// - Parameters:
    ///   - isWide: whether to show the columns of lower priority too.
    ///   - showsNamespace: whether each row begins with its object's namespace.
    ///   - place: where the table is from, to be shown beside the names; nil where that goes without saying.
    init(_ table: JSON, isWide: Bool, showsNamespace: Bool, place: Place? = nil) {
        let definitions = table["columnDefinitions"]?.array ?? []
        let shown = definitions.indices.filter { isWide || definitions[$0]["priority"]?.int ?? 0 == 0 }
        func placed(_ cells: [String], _ title: String, _ last: String) -> [String] {
            place == nil || cells.isEmpty ? cells : [cells[0], title] + cells.dropFirst() + [last]
        }
        headings =
            (showsNamespace ? ["NAMESPACE"] : [])
            + placed(shown.map { definitions[$0]["name"]?.string?.uppercased() ?? "" }, "CLUSTER", "ADOPTION")
        rows = (table["rows"]?.array ?? []).map { row in
            let namespace = showsNamespace ? [row["object", "metadata", "namespace"]?.string ?? ""] : []
            let isManaged = row["object", "metadata", "labels"]?["karmada.io/managed"]?.string == "true"
            let adoption = place?.cluster == nil ? "-" : isManaged ? "Y" : "N"
            return namespace + placed(shown.map { Self.text(row["cells"]?[$0]) }, place?.title ?? "", adoption)
        }
    }

    /// The rows of all tables, where they have the headings of the first.
    init(merging tables: [Table]) {
        headings = tables.first?.headings ?? []
        rows = tables.filter { [headings] in $0.headings == headings }.flatMap(\.rows)
    }

    var isEmpty: Bool { rows.isEmpty }

    private static func text(_ cell: JSON?) -> String {
        switch cell {
        case nil, .null: "<none>"
        case .string(let text): text
        case let other?: other.description
        }
    }

    var description: String {
        let lines = (showsHeadings ? [headings] : []) + rows
        let widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = zip(line, widths).enumerated().map { index, cell in
                let (text, width) = cell
                return index == line.count - 1 ? text : text + String(repeating: " ", count: width + 3 - text.count)
            }
            return cells.joined()
        }.joined(separator: "\n")
    }
}
