import Kubernetes
import Testing

@testable import APIServer

@Suite struct OpenAPITests {
    let documents = OpenAPIDocuments(.controlPlane, serverVersion: "v1.32.0")

    @Test func indexNamesEveryVersion() throws {
        let index = try JSON(parsing: documents.v3Index)
        let url = try #require(index["paths", "apis/apps/v1", "serverRelativeURL"]?.string)
        #expect(url.hasPrefix("/openapi/v3/apis/apps/v1?hash="))
        #expect(index["paths", "api/v1"] != nil)
        #expect(documents.v3(path: "apis/nope/v1") == nil)
    }

    @Test func documentsAreWhole() throws {
        let index = try JSON(parsing: documents.v3Index)
        for (path, _) in try #require(index["paths"]?.object) {
            let document = try JSON(parsing: try #require(documents.v3(path: path)))
            let schemas = try #require(document["components", "schemas"])
            check(references: document, prefix: "#/components/schemas/", schemas)
            #expect(document["paths"]?.object?.isEmpty == false, "\(path)")
        }
        let v2 = try JSON(parsing: documents.v2)
        check(references: v2, prefix: "#/definitions/", try #require(v2["definitions"]))
        #expect(documents.v2.count < 4 << 20)
    }

    /// Every reference leads somewhere.
    private func check(references value: JSON, prefix: String, _ schemas: JSON) {
        switch value {
        case .object(let members):
            for (name, member) in members {
                if name == "$ref", let text = member.string {
                    #expect(text.hasPrefix(prefix) && schemas[String(text.dropFirst(prefix.count))] != nil, "\(text)")
                } else {
                    check(references: member, prefix: prefix, schemas)
                }
            }
        case .array(let elements): for element in elements { check(references: element, prefix: prefix, schemas) }
        default: break
        }
    }

    /// What kubectl looks for: the parameter of a patch of the kind, the kind of a schema, merge keys.
    @Test func kubectlFindsWhatItNeeds() throws {
        let document = try JSON(parsing: try #require(documents.v3(path: "apis/apps/v1")))
        let patch = document["paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch"]
        #expect(patch?["x-kubernetes-group-version-kind"] == ["group": "apps", "kind": "Deployment", "version": "v1"])
        #expect(patch?["parameters"]?.array?.contains { $0["name"] == "fieldValidation" } == true)
        let schema = document["components", "schemas", "io.k8s.api.apps.v1.Deployment"]
        #expect(schema?["x-kubernetes-group-version-kind"]?[0]?["kind"] == "Deployment")
        let containers = document["components", "schemas", "io.k8s.api.core.v1.PodSpec", "properties", "containers"]
        #expect(containers?["x-kubernetes-patch-merge-key"] == "name")
        #expect(containers?["x-kubernetes-patch-strategy"] == "merge")
        let strategy = document["components", "schemas", "io.k8s.api.apps.v1.DeploymentSpec", "properties", "strategy"]
        #expect(strategy?["allOf"]?[0]?["$ref"] == "#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy")
        let policy = try JSON(parsing: try #require(documents.v3(path: "apis/policy.karmada.io/v1alpha1")))
        let spec = policy["components", "schemas", "io.karmada.policy.v1alpha1.PropagationSpec", "properties"]
        #expect(spec?["conflictResolution", "enum"] == ["Abort", "Overwrite"])
        #expect(spec?["conflictResolution", "default"] == "Abort")
    }

    @Test func customResourcesAreDescribed() throws {
        var catalog = ResourceCatalog.member
        let size = TypeSchema(.object(ObjectType([SchemaField("size", TypeSchema(.integer(bits: 64)))])))
        let schema = TypeSchema(.object(ObjectType([SchemaField("metadata", TypeSchema(.any)), SchemaField("spec", size)])))
        catalog.insert(
            ResourceDefinition(
                group: "example.io", versions: [ResourceVersion("v1", schema: schema)], kind: "Widget", style: .custom))
        let documents = OpenAPIDocuments(catalog, serverVersion: "v1.32.0")
        let document = try JSON(parsing: try #require(documents.v3(path: "apis/example.io/v1")))
        let widget = document["components", "schemas", "io.example.v1.Widget"]
        #expect(widget?["properties", "spec", "properties", "size", "type"] == "integer")
        #expect(document["components", "schemas", "io.example.v1.WidgetList"] != nil)
    }
}
