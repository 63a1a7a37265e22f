/// The protobuf messages of one API version, as text: which number each member of a type has (`generated.proto` of
/// `k8s.io/api`). Names and types of members are those of the `SchemaModule` of the same name.
///
/// ```
/// DeploymentSpec: replicas! selector template! strategy minReadySeconds revisionHistoryLimit! paused 9 progressDeadlineSeconds!
/// Volume: name! +VolumeSource
/// ```
///
/// Members come in the order of their numbers, from 1; a number stands before a member where the count skips some.
///
/// - `name!` keeps its zero value: Go's type is a pointer, which is written where it is set, or its JSON has no `omitempty`.
///   Any other member is written always, and in JSON only where it is not zero.
/// - `+Message` is a message whose members are, in JSON, members of the type itself.
/// - `name(first,second)` is a message of which JSON has one field alone: number 2 where it is set, else number 1. They have
///   the types of the members `first` and `second` (`JSONSchemaPropsOrArray` and its like).
///
/// The text is read a type at a time, on first use.
struct FieldNumbers: Sendable {
    /// As the schema module's: `apps.v1`.
    let module: String
    let text: String

    init(_ module: String, _ text: String) {
        self.module = module
        self.text = text
    }

    struct Entry: Equatable {
        let number: Int
        let name: Substring
        let keepsZero: Bool
        let isEmbedded: Bool
        /// Empty for all but unions.
        var alternatives: [Substring] = []
    }

    /// The members of the message `name`; nil where there is no such message.
    func entries(of name: Substring) -> [Entry]? {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
        let heading = Array(name.utf8) + [UInt8(ascii: ":")]
        guard let start = lines.firstIndex(where: { $0.starts(with: heading) }) else { return nil }
        let end = lines[(start + 1)...].firstIndex { $0.first != UInt8(ascii: " ") } ?? lines.endIndex
        var number = 0
        var entries: [Entry] = []
        for word in lines[start..<end].joined(separator: CollectionOfOne(UInt8(ascii: " ")))
            .split(separator: UInt8(ascii: " ")).dropFirst()
        {
            let word = String(decoding: word, as: UTF8.self)
            if let explicit = Int(word) {
                number = explicit - 1
                continue
            }
            number += 1
            let parts = word.split { "(,)".contains($0) }
            let isEmbedded = word.hasPrefix("+")
            let keepsZero = parts[0].hasSuffix("!")
            entries.append(
                Entry(
                    number: number, name: parts[0].dropFirst(isEmbedded ? 1 : 0).dropLast(keepsZero ? 1 : 0),
                    keepsZero: keepsZero, isEmbedded: isEmbedded, alternatives: Array(parts.dropFirst())))
        }
        return entries
    }

    static let all = [
        meta, core, apps, batch, autoscaling, networking, policy, rbac, storage, coordination, discovery, events, scheduling,
        node, resource, certificates, admissionRegistration, apiExtensions, authentication, authorization, flowControl,
    ].flatMap { $0 }
}
