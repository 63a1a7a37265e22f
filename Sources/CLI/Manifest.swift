import APIServer
import Kubernetes

/// An object of a file, as the API server would take it.
struct Manifest {
    var object: Object
    private let document: YAML.Document
    /// Where the object is in its document: empty, or `items[3]` of a list.
    private let path: String

    /// Reads all objects of a file, of YAML documents or JSON, and of lists in them.
    static func read(_ file: String) throws -> [Manifest] {
        let bytes = try LineReader(file).rest()
        let documents: [YAML.Document]
        do { documents = try YAML.parse(bytes, file: file) } catch { throw CommandFailure("\(error)") }
        return try documents.filter { !$0.json.isNull }.flatMap { document -> [Manifest] in
            let whole = Manifest(object: Object(document.json), document: document, path: "")
            try whole.checkKind()
            guard whole.object.kind.hasSuffix("List"), let items = document.json["items"]?.array else { return [whole] }
            return try items.indices.map { index in
                let item = Manifest(object: Object(items[index]), document: document, path: "items[\(index)]")
                try item.checkKind()
                return item
            }
        }
    }

    private func checkKind() throws(CommandFailure) {
        guard object.json.object != nil else { throw failure("", "must be an object, not \(object.json.typeName)") }
        if object.apiVersion.isEmpty { throw failure("apiVersion", "Required value") }
        if object.kind.isEmpty { throw failure("kind", "Required value") }
        if object.name.isEmpty, !object.kind.hasSuffix("List") { throw failure("metadata.name", "Required value") }
    }

    /// A message that begins with where in the file the field is: `file:line:column: field: message`.
    func failure(_ field: String, _ message: String) -> CommandFailure {
        let place = [path, field].filter { !$0.isEmpty }.joined(separator: ".")
        return CommandFailure([document.location(of: place), field, message].filter { !$0.isEmpty }.joined(separator: ": "))
    }

    /// Does what the API server does to an object that is created: unknown fields and values of a wrong type are refused,
    /// defaults filled in, everything is validated, and Karmada's admission has its say. A kind that is not known stays as it is.
    /// - Parameter namespace: where it goes if it names none.
    mutating func admit(namespace: String) throws(CommandFailure) {
        guard let definition = ResourceCatalog.controlPlane.definition(of: object.groupVersionKind) else {
            if object.namespace.isEmpty { object.namespace = namespace }
            return
        }
        let version = object.groupVersionKind.version
        do {
            object = try definition.decode(object.json, version: version, level: .strict).object
            if definition.isNamespaced, object.namespace.isEmpty { object.namespace = namespace }
            definition.fillDefaults(&object, version: version)
            try definition.validate(object, version: version, old: nil)
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: APIError) -> CommandFailure {
        guard let causes = error.details?.causes, let first = causes.first else {
            return failure(Self.field(in: error.message), error.message)
        }
        let others = causes.count > 1 ? " (and \(causes.count - 1) more)" : ""
        return failure(first.field, first.message + others)
    }

    /// The path in a message of kube-apiserver's decoder (`… Go struct field DeploymentSpec.spec.replicas of type int32`,
    /// `unknown field "spec.placment"`) or of an admission webhook (`spec.placement.clusterAffinity: …`); empty where
    /// there is none.
    private static func field(in message: String) -> String {
        for word in message.split(whereSeparator: { " \",".contains($0) }) {
            for root in ["spec", "metadata", "status"] {
                guard let start = word.range(of: root) else { continue }
                let rest = word[start.upperBound...]
                if rest.first == "." || rest.first == "[" { return String(word[start.lowerBound...].prefix { $0 != ":" }) }
            }
        }
        return ""
    }
}

extension Substring {
    /// Where `text` first occurs as a whole step of a path.
    fileprivate func range(of text: String) -> Range<Index>? {
        for start in indices where self[start...].hasPrefix(text) {
            guard start == startIndex || self[index(before: start)] == "." else { continue }
            return start..<index(start, offsetBy: text.count)
        }
        return nil
    }
}
