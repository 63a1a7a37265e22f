import Client

/// The query of a URL. Parameters without a value stay: an argument of a command may be empty.
struct Query {
    private var parameters: [(name: String, value: String)]

    init(_ parameters: [(name: String, value: String)] = []) { self.parameters = parameters }

    mutating func add(_ name: String, _ value: String) { parameters.append((name, value)) }

    /// With the question mark; empty without parameters.
    var text: String {
        guard !parameters.isEmpty else { return "" }
        return "?" + parameters.map { "\($0.name)=\(PercentEncoding.component($0.value))" }.joined(separator: "&")
    }
}
