import Synchronization

/// The types of all kinds that Flotilla knows from the start: Kubernetes' and Karmada's.
public final class SchemaLibrary: Sendable {
    public static let builtIn = SchemaLibrary(modules: SchemaModule.all)

    private let modules: [Substring: Module]
    private let moduleNames: [GroupVersion: String]
    /// Types met so far, by full name: a type has one identity, also where it refers to itself.
    private let types = Mutex<[String: TypeSchema]>([:])

    private final class Module: Sendable {
        let source: SchemaModule
        private let index = AtomicLazyReference<Index>()

        init(_ source: SchemaModule) { self.source = source }

        var declarations: [Substring: Substring] {
            (index.load() ?? index.storeIfNil(Index(source.declarations()))).declarations
        }

        private final class Index: Sendable {
            let declarations: [Substring: Substring]
            init(_ declarations: [Substring: Substring]) { self.declarations = declarations }
        }
    }

    init(modules: [SchemaModule]) {
        self.modules = Dictionary(uniqueKeysWithValues: modules.map { (Substring($0.name), Module($0)) })
        var names: [GroupVersion: String] = [:]
        for module in modules { if let version = module.groupVersion { names[version] = module.name } }
        moduleNames = names
    }

    /// The type of a kind's objects; nil for a kind that is not known. For a list kind (`PodList`), the list's type.
    public func schema(for kind: GroupVersionKind) -> TypeSchema? {
        guard let module = moduleNames[kind.groupVersion] else { return nil }
        return type(named: "\(module).\(kind.kind)") ?? list(kind.kind, in: module)
    }

    /// The type of a full name such as `core.v1.PodSpec`; nil where there is none.
    public func type(named name: String) -> TypeSchema? {
        if let known = types.withLock({ $0[name] }) { return known }
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), let module = modules[name[..<dot]],
            let declaration = module.declarations[name[name.index(after: dot)...]]
        else { return nil }
        let made = make(name, module: module.source.name, declaration)
        return types.withLock { types in
            if let known = types[name] { return known }
            types[name] = made
            return made
        }
    }

    /// The names of all types, sorted; of one module where it is given. Reads the headings of all declarations: for OpenAPI.
    public func typeNames(in module: String? = nil) -> [String] {
        modules.values.filter { module == nil || $0.source.name == module! }
            .flatMap { module in module.declarations.keys.map { "\(module.source.name).\($0)" } }.sorted()
    }

    /// The module of a served version: `apps.v1`.
    public func moduleName(of version: GroupVersion) -> String? { moduleNames[version] }

    private func make(_ name: String, module: String, _ declaration: Substring) -> TypeSchema {
        // The heading ends at the colon; the members are read when somebody asks for them.
        let heading = declaration.prefix { $0 != ":" }.split(separator: " ")
        let object = ObjectType(name: name, preservesUnknownFields: heading.contains("open")) { [self] in
            do throws(SchemaSyntaxError) {
                let declared = try SchemaDeclaration(declaration) { name throws(SchemaSyntaxError) in
                    let full = name.contains(".") ? String(name) : "\(module).\(name)"
                    guard let type = type(named: full) else {
                        throw SchemaSyntaxError(message: "unknown type", rest: full)
                    }
                    return type
                }
                return declared.isKind ? declared.fields + kindFields() : declared.fields
            } catch {
                // The declarations are part of the program, and a test reads every one of them.
                fatalError("schema of \(name): \(error)")
            }
        }
        return TypeSchema(.object(object), isAtomicMap: heading.contains("atomic"))
    }

    private func kindFields(metadata: String = "meta.v1.ObjectMeta") -> [SchemaField] {
        [
            SchemaField("apiVersion", .string), SchemaField("kind", .string),
            SchemaField("metadata", type(named: metadata) ?? .any),
        ]
    }

    private func list(_ kind: String, in module: String) -> TypeSchema? {
        guard kind.hasSuffix("List"), let item = type(named: "\(module).\(kind.dropLast(4))"),
            item.field("metadata") != nil
        else { return nil }
        return TypeSchema(
            .object(
                ObjectType(name: "\(module).\(kind)") { [self] in
                    kindFields(metadata: "meta.v1.ListMeta")
                        + [SchemaField("items", TypeSchema(.array(item)), isRequired: true)]
                }))
    }
}

extension SchemaModule {
    static let all = [
        meta, core, apps, batch, autoscaling, networking, policy, rbac, storage, coordination, discovery, events, scheduling,
        node,
        resource, certificates, admissionRegistration, apiExtensions, authentication, authorization, flowControl,
        karmadaPolicy, karmadaWork, karmadaCluster, karmadaSearch, karmadaApps, karmadaAutoscaling, karmadaConfig, karmadaNetworking,
        karmadaRemedy, multicluster,
    ].flatMap { $0 }
}
