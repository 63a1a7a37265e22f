import Client
import Kubernetes

/// Reads bodies of requests.
enum BodyDecoding {
    /// Bytes.
    static let maximumSize = 3 << 20

    /// The value, and the paths of keys that came twice in an object.
    static func json(_ request: APIRequest) throws(APIError) -> (json: JSON, duplicates: [String]) {
        let type = request.contentType.map { MediaRange($0).type } ?? "application/json"
        switch type {
        case "application/json", "": return try parse(json: request.body)
        case "application/yaml": return try parse(yaml: request.body)
        case "application/vnd.kubernetes.protobuf": return (try parse(protobuf: request.body), [])
        default:
            throw .unsupportedMediaType(
                accepted: ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"])
        }
    }

    static func patch(_ request: APIRequest, for resource: ServedResource) throws(APIError) -> Patch {
        let type = request.contentType.map { MediaRange($0).type } ?? ""
        switch type {
        case "application/json-patch+json": return .json(try parse(json: request.body).json)
        case "application/merge-patch+json": return .merge(try parse(json: request.body).json)
        case "application/strategic-merge-patch+json" where resource.definition.style == .native:
            return .strategicMerge(try parse(json: request.body).json)
        case "application/apply-patch+yaml":
            // JSON is YAML.
            return .apply(
                try parse(yaml: request.body).json, fieldManager: request.info.query["fieldManager"] ?? "",
                force: request.info.query.flag("force"))
        default:
            var accepted = ["application/json-patch+json", "application/merge-patch+json"]
            if resource.definition.style == .native { accepted.append("application/strategic-merge-patch+json") }
            accepted.append("application/apply-patch+yaml")
            throw .unsupportedMediaType(accepted: accepted)
        }
    }

    private static func parse(json bytes: [UInt8]) throws(APIError) -> (json: JSON, duplicates: [String]) {
        var duplicates: [String] = []
        do {
            return (try JSON(parsing: bytes) { duplicates.append($0) }, duplicates)
        } catch {
            throw .badRequest("the object provided is unrecognized: \(error)")
        }
    }

    private static func parse(yaml bytes: [UInt8]) throws(APIError) -> (json: JSON, duplicates: [String]) {
        do {
            let documents = try YAML.parse(bytes).filter { !$0.json.isNull }
            guard documents.count == 1 else { throw APIError.badRequest("expected one YAML document, found \(documents.count)") }
            return (documents[0].json, [])
        } catch let error as APIError {
            throw error
        } catch {
            throw .badRequest("the object provided is unrecognized: invalid YAML: \(error)")
        }
    }

    private static func parse(protobuf bytes: [UInt8]) throws(APIError) -> JSON {
        do {
            return try JSON(kubernetesProtobuf: bytes)
        } catch {
            if case .unsupported = error.reason {
                throw .unsupportedMediaType(accepted: ["application/json", "application/yaml"])
            }
            throw .badRequest("the object provided is unrecognized: \(error)")
        }
    }
}

extension APIError {
    static func unsupportedMediaType(accepted: [String]) -> APIError {
        APIError(
            code: 415, reason: .unsupportedMediaType,
            message: """
                the body of the request was in an unknown format - accepted media types include: \
                \(accepted.joined(separator: ", "))
                """)
    }

    public static var methodNotAllowed: APIError {
        APIError(
            code: 405, reason: .methodNotAllowed, message: "the server does not allow this method on the requested resource",
            details: .init())
    }
}
