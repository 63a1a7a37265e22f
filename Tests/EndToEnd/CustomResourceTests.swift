import Foundation
import Testing

extension EndToEnd {
    /// A kind of the user's own, from its definition in the control plane to an object in a member.
    @Suite struct CustomResourceTests {
        static let definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: guestbooks.example.io}
            spec:
              group: example.io
              scope: Namespaced
              names: {plural: guestbooks, kind: Guestbook, shortNames: [gb]}
              versions:
              - name: v1
                served: true
                storage: true
                subresources: {status: {}}
                additionalPrinterColumns:
                - {name: Size, type: integer, jsonPath: .spec.size}
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec:
                        type: object
                        required: [size]
                        properties:
                          size: {type: integer, minimum: 1, maximum: 10, description: Number of books.}
                          alias: {type: string, default: Name}
            """

        static let policies = """
            apiVersion: policy.karmada.io/v1alpha1
            kind: ClusterPropagationPolicy
            metadata: {name: guestbook-definition}
            spec:
              resourceSelectors:
              - {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, name: guestbooks.example.io}
              placement: {clusterAffinity: {clusterNames: [member1]}}
            ---
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicy
            metadata: {name: guestbooks}
            spec:
              resourceSelectors:
              - {apiVersion: example.io/v1, kind: Guestbook}
              placement: {clusterAffinity: {clusterNames: [member1]}}
            """

        static let guestbook = """
            apiVersion: example.io/v1
            kind: Guestbook
            metadata: {name: sample}
            spec: {size: 2}
            """

        @Test func definitionsAndTheirResourcesPropagate() async throws {
            let fleet = try await Fleet(members: 1)
            let control = fleet.control
            let member = fleet.members[0]
            _ = try await control.kubectl("apply", "-f", "-", input: Self.definition).quiet()
            _ = try await control.kubectl(
                "wait", "--for=condition=Established", "crd/guestbooks.example.io", "--timeout=10s"
            ).quiet()
            _ = try await control.kubectl("apply", "-f", "-", input: Self.guestbook).quiet()
            let table = try await control.kubectl("get", "gb").quiet().split(separator: "\n").map { $0.split(separator: " ") }
            #expect(table == [["NAME", "SIZE"], ["sample", "2"]])
            let explained = try await control.kubectl("explain", "guestbook.spec.size").quiet()
            #expect(explained.contains("Number of books."), "\(explained)")
            let refused = try await control.kubectl(
                "patch", "gb/sample", "--type=merge", "-p", #"{"spec":{"size":11}}"#)
            #expect(refused.errors.contains("spec.size in body should be less than or equal to 10"), "\(refused.errors)")

            _ = try await control.kubectl("apply", "-f", "-", input: Self.policies).quiet()
            try await eventually("the member has the guestbook", within: .seconds(60)) {
                try await member.kubectl("get", "gb", "sample", "-o", "jsonpath={.spec.size} {.spec.alias}").output == "2 Name"
            }
            _ = try await control.kubectl("delete", "crd", "guestbooks.example.io", "--timeout=30s").quiet()
            try await eventually("definition and guestbook are gone from the member") {
                try await member.kubectl("get", "crd", "-o", "name").output == ""
            }
            let gone = try await control.kubectl("get", "gb")
            #expect(gone.status != 0)
        }
    }
}
