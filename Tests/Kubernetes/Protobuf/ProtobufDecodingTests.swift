import Testing

@testable import Kubernetes

/// Messages made by hand, for what kubectl does not send.
@Suite struct ProtobufDecodingTests {
    private func decode(
        _ apiVersion: String, _ kind: String, _ write: (inout ProtobufWriter) -> Void
    ) throws -> JSON { try JSON(kubernetesProtobuf: ProtobufWriter.object(apiVersion, kind, write)) }

    private func failure(_ bytes: [UInt8]) -> ProtobufError? {
        do throws(ProtobufError) {
            _ = try JSON(kubernetesProtobuf: bytes)
            return nil
        } catch { return error }
    }

    /// Go writes a pointer only where it is set, and anything else always.
    @Test func zeroesCountOnlyWhereGoHasAPointerOrNoOmitEmpty() throws {
        let pod = try decode("v1", "Pod") {
            $0.message(2) {
                $0.message(1) {  // volumes
                    $0.string(1, "tmp")
                    $0.message(2) { $0.message(2) { $0.string(1, "") } }  // emptyDir.medium
                }
                $0.message(2) {  // containers
                    $0.string(1, "")
                    $0.string(2, "")
                    $0.message(8)  // resources
                    $0.message(15) { $0.varint(2, 0) }  // securityContext.privileged
                }
                $0.varint(4, 0)  // terminationGracePeriodSeconds
                $0.varint(11, 0)  // hostNetwork
                $0.varint(21, 0)  // automountServiceAccountToken
            }
            $0.message(3)
        }
        #expect(
            pod == [
                "apiVersion": "v1", "kind": "Pod",
                "spec": [
                    "automountServiceAccountToken": false,
                    "containers": [["name": "", "securityContext": ["privileged": false]]],
                    "terminationGracePeriodSeconds": 0, "volumes": [["name": "tmp", "emptyDir": [:]]],
                ],
            ])
    }

    @Test func timesAreTextAndUnsetOnesAreLeftOut() throws {
        let lease = try decode("coordination.k8s.io/v1", "Lease") {
            $0.message(1) {
                $0.string(1, "leader")
                $0.message(8)  // creationTimestamp
                $0.message(9) { $0.varint(1, 1_700_000_000) }  // deletionTimestamp
            }
            $0.message(2) {
                $0.string(1, "me")
                $0.varint(2, 15)
                $0.message(3)
                $0.message(4) {
                    $0.varint(1, 1_700_000_000)
                    $0.varint(2, 123_456_789)
                }
                $0.varint(5, 0)
            }
        }
        #expect(
            lease == [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": ["name": "leader", "deletionTimestamp": "2023-11-14T22:13:20Z"],
                "spec": [
                    "holderIdentity": "me", "leaseDurationSeconds": 15, "leaseTransitions": 0,
                    "renewTime": "2023-11-14T22:13:20.123456Z",
                ],
            ])
    }

    @Test(arguments: [Int64.min, -9_223_372_037, 9_223_372_037, .max])
    func timesOutOfRangeAreClamped(seconds: Int64) throws {
        let event = try decode("v1", "Event") { $0.message(6) { $0.varint(1, seconds); $0.varint(2, .max) } }
        #expect(event["firstTimestamp"]?.string?.hasPrefix(seconds < 0 ? "1677-" : "2262-") == true)
    }

    @Test func extraValuesAreListsOfAMap() throws {
        let review = try decode("authorization.k8s.io/v1", "SubjectAccessReview") {
            $0.message(2) {
                $0.message(1) { $0.string(2, "list") }
                $0.string(3, "jane")
                $0.string(4, "team")
                $0.message(5) {
                    $0.string(1, "scopes")
                    $0.message(2) {
                        $0.string(1, "a")
                        $0.string(1, "b")
                    }
                }
                $0.message(5) { $0.string(1, "none") }
            }
        }
        #expect(
            review["spec"] == [
                "resourceAttributes": ["verb": "list"], "user": "jane", "groups": ["team"],
                "extra": ["scopes": ["a", "b"], "none": []],
            ])
    }

    @Test func rawJSONIsKept() throws {
        let revision = try decode("apps/v1", "ControllerRevision") {
            $0.message(1) {
                $0.message(17) {
                    $0.string(1, "kubectl")
                    $0.message(7) { $0.string(1, #"{"f:data":{}}"#) }
                }
            }
            $0.message(2) { $0.string(1, #"{"spec":{"n":1}}"#) }
            $0.varint(3, 0)
        }
        #expect(revision["metadata", "managedFields"]?[0]?["fieldsV1"] == ["f:data": [:]])
        #expect(revision["data"] == ["spec": ["n": 1]])
        #expect(revision["revision"] == 0)
    }

    @Test func numbersMayBePacked() throws {
        let pod = try decode("v1", "Pod") {
            $0.message(2) {
                $0.message(14) {
                    $0.varint(2, -1)  // runAsUser
                    $0.data(4, [1, 0x96, 0x01])  // supplementalGroups
                    $0.varint(4, 3)
                }
            }
        }
        #expect(pod["spec", "securityContext"] == ["runAsUser": -1, "supplementalGroups": [1, 150, 3]])
    }

    @Test func mapEntriesMayLackTheirZeroes() throws {
        let secret = try decode("v1", "Secret") {
            $0.message(2) { $0.string(1, "empty") }
            $0.message(2) {
                $0.string(1, "bytes")
                $0.data(2, [0xFF, 0])
            }
            $0.message(4) { $0.string(2, "nameless") }
            $0.message(4) {
                $0.string(1, "twice")
                $0.string(2, "first")
            }
            $0.message(4) {
                $0.string(1, "twice")
                $0.string(2, "last")
            }
        }
        #expect(secret["data"] == ["empty": "", "bytes": "/wA="])
        #expect(secret["stringData"] == ["": "nameless", "twice": "last"])
    }

    /// Clients send the options of a deletion as of the group whose objects they delete.
    @Test(arguments: ["v1", "apps/v1", "meta.k8s.io/v1"]) func everyGroupHasDeleteOptions(apiVersion: String) throws {
        let options = try decode(apiVersion, "DeleteOptions") {
            $0.varint(1, 0)
            $0.message(2) { $0.string(1, "u") }
            $0.string(4, "Orphan")
        }
        #expect(
            options == [
                "apiVersion": .string(apiVersion), "kind": "DeleteOptions", "gracePeriodSeconds": 0,
                "preconditions": ["uid": "u"], "propagationPolicy": "Orphan",
            ])
    }

    @Test func subresourcesHaveTheirKinds() throws {
        #expect(try decode("autoscaling/v1", "Scale") { $0.message(2) { $0.varint(1, 7) } }["spec", "replicas"] == 7)
        #expect(try decode("v1", "Binding") { $0.message(2) { $0.string(3, "node") } }["target", "name"] == "node")
        let eviction = try decode("policy/v1", "Eviction") { $0.message(2) { $0.varint(1, 30) } }
        #expect(eviction["deleteOptions"] == ["gracePeriodSeconds": 30])
    }

    /// `JSONSchemaPropsOrArray`, `…OrBool`, `…OrStringArray`: one of two things in JSON, a message of both in protobuf.
    @Test func schemasOfCustomResourcesHaveUnions() throws {
        let definition = try decode("apiextensions.k8s.io/v1", "CustomResourceDefinition") {
            $0.message(2) {
                $0.message(7) {  // versions
                    $0.string(1, "v1")
                    $0.varint(2, 1)
                    $0.varint(3, 0)
                    $0.message(4) {
                        $0.message(1) {  // openAPIV3Schema
                            $0.message(8) { $0.string(1, "{}") }  // default
                            $0.message(20) { $0.string(1, "\"a\"") }  // enum
                            $0.message(24) { $0.message(1) { $0.string(5, "string") } }  // items
                            $0.message(29) {  // properties
                                $0.string(1, "p")
                                $0.message(2) {
                                    $0.message(24) {
                                        $0.message(2) { $0.string(5, "integer") }
                                        $0.message(2) { $0.string(5, "string") }
                                    }
                                    $0.message(30) { $0.varint(1, 0) }  // additionalProperties
                                    $0.varint(38, 1)
                                }
                            }
                            $0.message(30) {
                                $0.varint(1, 1)
                                $0.message(2)
                            }
                            $0.message(32) {  // dependencies
                                $0.string(1, "d")
                                $0.message(2) { $0.string(2, "e") }
                            }
                        }
                    }
                    $0.message(5) { $0.message(1) }  // subresources.status
                }
            }
        }
        #expect(
            definition["spec", "versions"] == [
                [
                    "name": "v1", "served": true, "storage": false, "subresources": ["status": [:]],
                    "schema": [
                        "openAPIV3Schema": [
                            "default": [:], "enum": ["a"], "items": ["type": "string"], "additionalProperties": [:],
                            "dependencies": ["d": ["e"]],
                            "properties": [
                                "p": [
                                    "items": [["type": "integer"], ["type": "string"]], "additionalProperties": false,
                                    "x-kubernetes-preserve-unknown-fields": true,
                                ]
                            ],
                        ]
                    ],
                ]
            ])
    }

    @Test func unknownFieldsArePassedOverAndTheLastOfTwoCounts() throws {
        let map = try decode("v1", "ConfigMap") {
            $0.varint(4, 1)
            $0.string(99, "future")
            $0.varint(4, 0)
        }
        #expect(map == ["apiVersion": "v1", "kind": "ConfigMap", "immutable": false])
    }

    @Test func nestingIsBounded() {
        var schema = ProtobufWriter { $0.string(5, "object") }
        for _ in 0..<300 { schema = { inner in ProtobufWriter { $0.data(28, inner.bytes) } }(schema) }
        let bytes = schema.bytes
        let deep = ProtobufWriter.object("apiextensions.k8s.io/v1", "CustomResourceDefinition") {
            $0.message(2) { $0.message(7) { $0.message(4) { $0.data(1, bytes) } } }
        }
        #expect(failure(deep)?.description.hasSuffix(".not: nested deeper than 256 levels") == true)
    }

    @Test func errorsNameTheField() {
        let wrongType = ProtobufWriter.object("apps/v1", "Deployment") { $0.message(2) { $0.string(1, "three") } }
        #expect(failure(wrongType)?.description == "spec.replicas: expected a varint")
        let cut = ProtobufWriter.object("v1", "ConfigMap") { $0.message(2) { $0.data(2, []); $0.raw(0x0A) } }
        #expect(failure(cut)?.description == "data: it ends within a varint")
        let noJSON = ProtobufWriter.object("apps/v1", "ControllerRevision") { $0.message(2) { $0.string(1, "{") } }
        #expect(failure(noJSON)?.description.hasPrefix("data: it holds no JSON: ") == true)
    }

    @Test func envelopesAreChecked() {
        #expect(failure([])?.description == "it does not begin with k8s\\0")
        #expect(failure(Array("{}".utf8))?.description == "it does not begin with k8s\\0")
        #expect(failure([0x6B, 0x38, 0x73, 0])?.description == "Object 'Kind' is missing")
        #expect(failure(ProtobufWriter.object("", "Pod"))?.description == "Object 'apiVersion' is missing")
        let compressed = ProtobufWriter.object("v1", "Pod") + ProtobufWriter { $0.string(3, "gzip") }.bytes
        #expect(failure(compressed)?.description == "content encoding \"gzip\" is not supported")
        let json = ProtobufWriter.object("v1", "Pod") + ProtobufWriter { $0.string(4, "application/json") }.bytes
        #expect(failure(json)?.description == "content type \"application/json\" is not supported")
    }

    @Test(arguments: [
        ("policy.karmada.io/v1alpha1", "PropagationPolicy"), ("example.com/v1", "Widget"), ("v1", "Nothing"),
    ])
    func otherKindsHaveNoProtobuf(apiVersion: String, kind: String) {
        let error = failure(ProtobufWriter.object(apiVersion, kind))
        #expect(error?.reason == .unsupported(GroupVersionKind(apiVersion: apiVersion, kind: kind)))
    }
}
