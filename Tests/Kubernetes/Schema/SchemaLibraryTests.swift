import Testing

@testable import Kubernetes

@Suite struct SchemaLibraryTests {
    let library = SchemaLibrary(modules: SchemaModule.all)

    /// Reading every declaration proves that the program's own text is sound: a fault in it is a crash.
    @Test func everyDeclarationReads() {
        var fields = 0
        let names = library.typeNames()
        for name in names {
            let type = library.type(named: name)?.object
            #expect(type != nil, "\(name)")
            fields += type?.fields.count ?? 0
            let sorted = type?.fields.map(\.name) ?? []
            #expect(Set(sorted).count == sorted.count, "\(name) declares a member twice")
        }
        #expect(names.count > 500)
        #expect(fields > 2500)
    }

    @Test func kindsAreFoundByGroupVersionKind() throws {
        let deployment = try #require(library.schema(for: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")))
        #expect(deployment.field("metadata")?.field("labels")?.field("any") != nil)
        #expect(deployment.field("spec")?.field("strategy")?.patchStrategy == .retainKeys)
        let containers = try #require(deployment.field("spec")?.field("template")?.field("spec")?.field("containers"))
        #expect(containers.patchStrategy == .merge)
        #expect(containers.mergeKey == "name")
        #expect(containers.listType == .map(keys: ["name"]))
        let ports = try #require(containers.element?.field("ports"))
        #expect(ports.mergeKey == "containerPort")
        #expect(ports.listType == .map(keys: ["containerPort", "protocol"]))
        #expect(deployment.field("spec")?.object?.requiredFields.map(\.name) == ["selector", "template"])
        #expect(deployment.field("spec")?.field("selector")?.isAtomicMap == true)
        #expect(deployment.field("spec")?.field("nothing") == nil)
        #expect(library.schema(for: GroupVersionKind(group: "apps", version: "v2", kind: "Deployment")) == nil)
    }

    @Test func listsHaveItems() throws {
        let list = try #require(library.schema(for: GroupVersionKind(group: "", version: "v1", kind: "PodList")))
        #expect(list.field("items")?.element?.field("spec")?.object?.name == "core.v1.PodSpec")
        #expect(list.field("metadata")?.field("continue") != nil)
        #expect(library.schema(for: GroupVersionKind(group: "", version: "v1", kind: "List")) == nil)
    }

    @Test func typesMayReferToThemselves() throws {
        let props = try #require(library.type(named: "apiextensions.v1.JSONSchemaProps"))
        let deeper = try #require(props.field("properties")?.field("x")?.field("not"))
        #expect(deeper.object === props.object)
    }

    @Test func karmadaTypesHaveDefaultsAndConstraints() throws {
        let policy = try #require(
            library.schema(for: GroupVersionKind(group: "policy.karmada.io", version: "v1alpha1", kind: "PropagationPolicy")))
        let spec = try #require(policy.field("spec")?.object)
        #expect(spec.field("conflictResolution")?.defaultValue == "Abort")
        #expect(spec.field("conflictResolution")?.type.constraints?.allowedValues == ["Abort", "Overwrite"])
        #expect(spec.field("priority")?.defaultValue == 0)
        #expect(spec.field("resourceSelectors")?.type.constraints?.minItems == 1)
        let binding = try #require(
            library.schema(for: GroupVersionKind(group: "work.karmada.io", version: "v1alpha2", kind: "ResourceBinding")))
        #expect(binding.field("spec")?.field("placement")?.object?.name == "policy.karmada.v1alpha1.Placement")
        let reason = binding.field("spec")?.field("gracefulEvictionTasks")?.element?.field("reason")
        #expect(reason?.constraints?.pattern == #"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"#)
    }

    @Test(arguments: [
        ("T: a strng", "unknown type"), ("T: a string in(", "expected )"), ("T: a [string", "expected ]"),
        ("T: a string size(3)", "unknown attribute size"), ("T: a string b", "unknown attribute b"),
        ("T odd: a string", "unknown type attribute"), ("T: a string min(x)", "unknown attribute min"),
        ("T: a {string", "expected }"), ("T: a string, ", "expected a member's name"), ("T: a string]", "expected a comma"),
    ])
    func faultyDeclarationsAreRefused(text: String, message: String) throws {
        let module = SchemaModule("m.v1", nil, text)
        let declaration = try #require(module.declarations()["T"])
        #expect {
            try SchemaDeclaration(declaration) { name throws(SchemaSyntaxError) in
                throw SchemaSyntaxError(message: "unknown type", rest: String(name))
            }
        } throws: { "\($0)".contains(message) }
    }

    @Test func attributesAreRead() throws {
        let module = SchemaModule(
            "m.v1", nil,
            #"""
            T atomic open: a! [string minLength(1) pattern("a,b)\"]")] set minItems(1) maxItems(3) unique default(["x","y"]),
                b {int32 min(-1) max(2.5)} nullable, c string in(A,"",b c) default("true"), d [T] map(x,y)
            U: e bool default(true)
            """#)
        let library = SchemaLibrary(modules: [module])
        let type = try #require(library.type(named: "m.v1.T"))
        #expect(type.isAtomicMap)
        let object = try #require(type.object)
        #expect(object.preservesUnknownFields)
        let a = try #require(object.field("a"))
        #expect(a.isRequired)
        #expect(a.defaultValue == ["x", "y"])
        #expect(a.type.listType == .set)
        #expect(a.type.constraints?.minItems == 1)
        #expect(a.type.constraints?.maxItems == 3)
        #expect(a.type.constraints?.hasUniqueItems == true)
        #expect(a.type.element?.constraints?.pattern == #"a,b)"]"#)
        #expect(object.field("b")?.type.isNullable == true)
        #expect(object.field("b")?.type.field("k")?.constraints?.minimum == -1)
        #expect(object.field("b")?.type.field("k")?.constraints?.maximum == 2.5)
        #expect(object.field("c")?.type.constraints?.allowedValues == ["A", "", "b c"])
        #expect(object.field("c")?.defaultValue == "true")
        #expect(object.field("d")?.type.listType == .map(keys: ["x", "y"]))
        #expect(library.type(named: "m.v1.U")?.object?.field("e")?.defaultValue == true)
    }
}
