import Kubernetes

/// The subresources that do something rather than show something.
extension ResourceHandler {
    private static let tokenSeconds: ClosedRange<Int64> = 600...(1 << 32)

    /// `POST …/serviceaccounts/x/token`: a token for the account, which ends by itself.
    func requestToken(_ body: JSON, _ path: RequestInfo.ResourcePath) async throws(APIError) -> JSON {
        let accounts = GroupResource(group: "", resource: "serviceaccounts")
        guard let account = objects.store.get(accounts, path.key) else { throw .notFound(path.resource, name: path.key.name) }
        let kind = GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest")
        let decoded = try ResourceDefinition.decode(body, kind: kind, schema: SchemaLibrary.builtIn.schema(for: kind))
        var request = decoded.object
        let seconds = request.spec["expirationSeconds"]?.integer ?? 3600
        guard Self.tokenSeconds.contains(seconds) else {
            let isShort = seconds < Self.tokenSeconds.lowerBound
            let bound = "may not specify a duration " + (isShort ? "less than 10 minutes" : "larger than 2^32 seconds")
            throw .invalid(
                kind, name: "",
                [
                    .init(
                        reason: "FieldValueInvalid", message: "Invalid value: \(seconds): \(bound)",
                        field: "spec.expirationSeconds")
                ])
        }
        let audiences = request.spec["audiences"]?.strings ?? []
        do {
            let token = try await accountTokens.issue(
                for: account, audiences: audiences, seconds: seconds,
                bound: try boundObject(request.spec["boundObjectRef"], namespace: path.key.namespace))
            request.json["apiVersion"] = .string(kind.apiVersion)
            request.json["kind"] = .string(kind.kind)
            request.name = path.key.name
            request.namespace = path.key.namespace
            request.metadata["creationTimestamp"] = .string(Timestamp.now().description)
            request.spec["expirationSeconds"] = .integer(seconds)
            request.spec["audiences"] = JSON(audiences.isEmpty ? [ServiceAccountTokens.issuer] : audiences)
            request.status = [
                "token": .string(token), "expirationTimestamp": .string((Timestamp.now() + .seconds(seconds)).description),
            ]
            return request.json
        } catch let error as APIError {
            throw error
        } catch {
            throw .internalError("cannot sign a service account token: \(error)")
        }
    }

    private func boundObject(
        _ reference: JSON?, namespace: String
    ) throws(APIError) -> (kind: String, name: String, uid: String)? {
        guard let reference, let kind = reference["kind"]?.string, let name = reference["name"]?.string else { return nil }
        let resources = ["Pod": "pods", "Secret": "secrets", "Node": "nodes"]
        guard let resource = resources[kind] else {
            throw .badRequest("cannot bind token to object of type \(kind)")
        }
        let key = ObjectKey(namespace: kind == "Node" ? "" : namespace, name: name)
        guard let object = objects.store.get(GroupResource(group: "", resource: resource), key) else {
            throw .notFound(GroupVersionResource(group: "", version: "v1", resource: resource), name: name)
        }
        if let uid = reference["uid"]?.string, !uid.isEmpty, uid != object.uid {
            throw .conflict(
                GroupVersionResource(group: "", version: "v1", resource: resource), name: name,
                "the UID in the bound object reference (\(uid)) does not match the UID in record. "
                    + "The object might have been deleted and then recreated")
        }
        return (kind, name, object.uid)
    }

    /// `POST …/pods/x/eviction`: the polite way to delete a pod. Disruption budgets are not consulted.
    func evict(_ body: JSON, _ path: RequestInfo.ResourcePath, _ options: WriteOptions) async throws(APIError) -> JSON {
        guard let pods = objects.catalog.served(path.resource) else { throw .noSuchResource }
        let query = QueryParameters(parsing: options.isDryRun ? "dryRun=All" : "")
        var deletion = try query.deletionRequest(body: body["deleteOptions"])
        deletion.user = options.user
        _ = try await objects.delete(pods, path.key, deletion)
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201]
    }

    /// `POST …/pods/x/binding`: puts a pod on a node.
    func bind(
        _ body: JSON, _ path: RequestInfo.ResourcePath, _ pods: ServedResource, _ options: WriteOptions
    ) async throws(APIError) -> JSON {
        guard let node = body["target", "name"]?.string, !node.isEmpty else {
            throw .invalid(
                GroupVersionKind(group: "", version: "v1", kind: "Binding"), name: path.key.name,
                [.init(reason: "FieldValueRequired", message: "Required value", field: "target.name")])
        }
        _ = try await objects.update(pods, path.key, subresource: nil, options) { (pod) throws(APIError) in
            if let bound = pod.spec["nodeName"]?.string, !bound.isEmpty {
                throw .conflict(pods.name, name: pod.name, "pod \(pod.name) is already assigned to node \"\(bound)\"")
            }
            var pod = pod
            pod.spec["nodeName"] = .string(node)
            return pod
        }
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201]
    }
}
