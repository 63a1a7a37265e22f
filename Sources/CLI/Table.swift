import Kubernetes

/// A table for people: columns under upper-case headings.
struct Table: CustomStringConvertible {
    private let rows: [[String]]
    private let headings: [String]

    /// - Parameter rows: each with a cell a heading.
    init(_ headings: [String], _ rows: [[String]]) {
        self.headings = headings
        self.rows = rows
    }

    /// Of a `meta.k8s.io/v1.Table`.
    /// - Parameters:
    ///   - isWide: whether to show the columns of lower priority too.
    ///   - showsNamespace: whether each row begins with its object's namespace.
    init(_ table: JSON, isWide: Bool, showsNamespace: Bool) {
        let definitions = table["columnDefinitions"]?.array ?? []
        let shown = definitions.indices.filter { isWide || definitions[$0]["priority"]?.int ?? 0 == 0 }
        headings = (showsNamespace ? ["NAMESPACE"] : []) + shown.map { definitions[$0]["name"]?.string?.uppercased() ?? "" }
        rows = (table["rows"]?.array ?? []).map { row in
            let namespace = showsNamespace ? [row["object", "metadata", "namespace"]?.string ?? ""] : []
            return namespace + shown.map { Self.text(row["cells"]?[$0]) }
        }
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
        let lines = [headings] + rows
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
