import Kubernetes

/// A timeline as an SVG 1.1 picture: a lane a cluster, a bar where the workload is meant to be, its replicas in it; hatched where
/// it is leaving; marks for taints, purges and failures, and what they say below.
struct TimelinePicture: CustomStringConvertible {
    private static let width = 960.0
    private static let left = 150.0
    private static let right = 30.0
    private static let lane = 46.0
    private static let top = 60.0

    let timeline: Timeline
    private let begin: Timestamp
    private let end: Timestamp

    /// - Parameter now: where what goes on is cut off.
    init(_ timeline: Timeline, now: Timestamp) {
        self.timeline = timeline
        let last = timeline.moments.last?.time ?? now
        begin = timeline.moments.first?.time ?? now
        // Some room after the last event shows that things stayed as they are then.
        let span = max((last - begin) / .seconds(1), 1)
        end = min(max(now, last), last + .seconds(max(1, span / 8)))
    }

    private func x(_ time: Timestamp) -> Double {
        let span = max((end - begin) / .seconds(1), 0.001)
        return Self.left + (Self.width - Self.left - Self.right) * ((time - begin) / .seconds(1)) / span
    }

    private func y(_ cluster: String) -> Double {
        Self.top + Self.lane * Double(timeline.clusters.firstIndex(of: cluster) ?? timeline.clusters.count)
    }

    /// The moments that are marked by a number, and explained below: all but what bars show.
    private var marked: [Timeline.Moment] { timeline.moments.filter { $0.kind != .applied } }

    var description: String {
        let lanes = Self.top + Self.lane * Double(timeline.clusters.count)
        let axis = lanes + 24
        let height = axis + 44 + 18 * Double(marked.count)
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Self.text(Self.width))\" height=\"\(Self.text(height))\" "
                + "viewBox=\"0 0 \(Self.text(Self.width)) \(Self.text(height))\" font-family=\"sans-serif\" font-size=\"12\">",
            "<defs><pattern id=\"leaving\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
                + "patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#fde2c8\"/>"
                + "<rect width=\"2\" height=\"6\" fill=\"#e08a3c\"/></pattern></defs>",
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
            label(20, 26, timeline.title, "font-size=\"16\" font-weight=\"bold\""),
            label(20, 44, "from \(begin)", "fill=\"#666666\""),
        ]
        for cluster in timeline.clusters {
            lines.append(label(20, y(cluster) + 22, cluster, "font-weight=\"bold\""))
            lines.append(line(Self.left, y(cluster) + 18, Self.width - Self.right, y(cluster) + 18, "#dddddd"))
        }
        lines += timeline.stretches.map(bar)
        lines += timeline.moments.filter { $0.kind == .applied }.map(dot)
        lines += ticks(axis, lanes)
        for (index, moment) in marked.enumerated() {
            lines.append(mark(moment, index + 1))
            let seconds = Self.text(((moment.time - begin) / .seconds(1)))
            let place = moment.cluster.map { "\($0): " } ?? ""
            lines.append(label(20, axis + 46 + 18 * Double(index), "\(index + 1)   +\(seconds) s   \(place)\(moment.text)", ""))
        }
        return (lines + ["</svg>"]).joined(separator: "\n")
    }

    // MARK: Parts

    private func bar(_ stretch: Timeline.Stretch) -> String {
        let from = x(stretch.begin)
        let width = max(2, x(stretch.end ?? end) - from)
        let fill = stretch.isLeaving ? "url(#leaving)" : "#4f8fd0"
        let rectangle =
            "<rect x=\"\(Self.text(from))\" y=\"\(Self.text(y(stretch.cluster) + 4))\" width=\"\(Self.text(width))\" "
            + "height=\"28\" rx=\"3\" fill=\"\(fill)\"/>"
        guard stretch.replicas > 0, width > 16 else { return rectangle }
        let color = stretch.isLeaving ? "#7a3d00" : "#ffffff"
        return rectangle
            + label(from + 6, y(stretch.cluster) + 23, String(stretch.replicas), "fill=\"\(color)\" font-weight=\"bold\"")
    }

    private func dot(_ moment: Timeline.Moment) -> String {
        let (x, y) = (Self.text(x(moment.time)), Self.text(y(moment.cluster ?? "") + 36))
        return "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"2.5\" fill=\"#2f9e57\"/>"
    }

    private func mark(_ moment: Timeline.Moment, _ number: Int) -> String {
        let color =
            switch moment.kind {
            case .scheduled: "#4f8fd0"
            case .tainted(let isTainted): isTainted ? "#c0392b" : "#2f9e57"
            case .evicted: "#e08a3c"
            case .applied: "#2f9e57"
            case .failed: "#c0392b"
            }
        let at = x(moment.time)
        let height = moment.cluster.map { y($0) } ?? Self.top - 10
        return "<circle cx=\"\(Self.text(at))\" cy=\"\(Self.text(height))\" r=\"7\" fill=\"\(color)\"/>"
            + label(at, height + 3.5, String(number), "fill=\"#ffffff\" font-size=\"9\" text-anchor=\"middle\"")
    }

    /// A scale of about ten steps of whole seconds.
    private func ticks(_ axis: Double, _ lanes: Double) -> [String] {
        let span = (end - begin) / .seconds(1)
        let step = [1.0, 2, 5, 10, 30, 60, 300, 600, 3600, 21_600].first { span / $0 <= 10 } ?? 86_400
        return stride(from: 0, through: span, by: step).flatMap { second in
            let at = x(begin + .seconds(second))
            return [
                line(at, Self.top - 4, at, lanes, "#eeeeee"),
                label(at, axis - 6, "+\(Self.text(second)) s", "text-anchor=\"middle\" fill=\"#666666\""),
            ]
        }
    }

    private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ color: String) -> String {
        "<line x1=\"\(Self.text(x1))\" y1=\"\(Self.text(y1))\" x2=\"\(Self.text(x2))\" y2=\"\(Self.text(y2))\" "
            + "stroke=\"\(color)\"/>"
    }

    private func label(_ x: Double, _ y: Double, _ text: String, _ attributes: String) -> String {
        let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return "<text x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" \(attributes)>\(escaped)</text>"
    }

    /// At most one decimal.
    private static func text(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : String(Double(tenths) / 10)
    }
}
