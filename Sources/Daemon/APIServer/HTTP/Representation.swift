import Kubernetes

/// How a client wants the answer to look, by its `Accept` header ("API concepts: Alternate representations of resources").
struct Representation: Sendable, Equatable {
    enum Encoding: Sendable { case json, yaml }
    enum Form: Sendable, Equatable {
        /// The objects themselves.
        case object
        /// `meta.k8s.io` Table, for people.
        case table(version: String)
        /// `meta.k8s.io` PartialObjectMetadata or its list.
        case metadata(version: String)
    }

    var encoding = Encoding.json
    var form = Form.object

    static let json = Representation()

    var contentType: String {
        switch encoding {
        case .json: "application/json"
        case .yaml: "application/yaml"
        }
    }

    /// Picks the best range that can be served.
    /// - Throws: `NotAcceptable` where none can.
    init(accept header: String?) throws(APIError) {
        self.init()
        guard let header, !header.isEmpty, header != "application/json", header != "*/*" else { return }
        let ranges = header.split(separator: ",").map(MediaRange.init).enumerated()
            .sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
        for (_, range) in ranges where range.quality > 0 {
            if let match = Representation(range) {
                self = match
                return
            }
        }
        throw APIError(
            code: 406, reason: .notAcceptable,
            message: "only the following media types are accepted: application/json, application/yaml")
    }

    private init() {}

    private init?(_ range: MediaRange) {
        switch range.type {
        case "application/json", "application/*", "*/*": encoding = .json
        case "application/yaml": encoding = .yaml
        default: return nil
        }
        guard let kind = range.parameters["as"] else { return }
        guard range.parameters["g"] == "meta.k8s.io", let version = range.parameters["v"], ["v1", "v1beta1"].contains(version)
        else { return nil }
        switch kind {
        case "Table": form = .table(version: version)
        case "PartialObjectMetadata", "PartialObjectMetadataList": form = .metadata(version: version)
        default: return nil
        }
    }
}

/// One element of an `Accept` or `Content-Type` header (RFC 9110 §12.5.1).
struct MediaRange: Sendable {
    /// `application/json`, in lower case.
    var type: String
    var parameters: [String: String] = [:]
    /// From 0 to 1.
    var quality = 1.0

    init(_ text: some StringProtocol) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        type = Self.trim(parts[0]).lowercased()
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            let name = Self.trim(pair[0]).lowercased()
            let value = Self.trim(pair[1])
            if name == "q" { quality = Double(value) ?? 0 } else { parameters[name] = value }
        }
    }

    private static func trim(_ text: some StringProtocol) -> String {
        var rest = text[...]
        while let first = rest.first, " \t\"".contains(first) { rest.removeFirst() }
        while let last = rest.last, " \t\"".contains(last) { rest.removeLast() }
        return String(rest)
    }
}
