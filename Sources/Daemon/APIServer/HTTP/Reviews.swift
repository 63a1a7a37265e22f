import Kubernetes

/// Answers the resources that are questions: reviews of access, tokens and oneself. Nothing of them is stored.
struct Reviews: Sendable {
    let authorizer: Authorizer
    let authenticator: Authenticator

    func reply(
        to request: APIRequest, _ resource: ServedResource, _ path: RequestInfo.ResourcePath
    ) async throws(APIError) -> Reply {
        let representation = try Representation(accept: request.accept)
        let body = try BodyDecoding.json(request)
        let level = try request.info.query.writeOptions(for: "CreateOptions").fieldValidation
        let namespace = resource.definition.isNamespaced ? path.namespace : nil
        var (review, warnings) = try resource.read(Object(body.json), in: namespace, level, duplicates: body.duplicates)
        switch resource.definition.kind {
        case "SelfSubjectAccessReview": review.status = try access(review, user: request.user)
        case "LocalSubjectAccessReview":
            try requireOwnNamespace(review)
            review.status = try access(review, user: reviewedUser(review))
        case "SubjectAccessReview": review.status = try access(review, user: reviewedUser(review))
        case "SelfSubjectRulesReview": review.status = rules(review, user: request.user)
        case "SelfSubjectReview": review.status = ["userInfo": request.user.json]
        case "TokenReview":
            guard review.spec["token"]?.string?.isEmpty == false else {
                throw .badRequest("token is required for TokenReview in authentication")
            }
            review.status = await token(review)
        default: throw .methodNotAllowed
        }
        if review["metadata"] == nil { review.metadata = [:] }
        var reply = Reply(.created, review.json, representation)
        reply.add(warnings: warnings)
        return reply
    }

    // MARK: Access

    private func access(_ review: Object, user: UserInfo) throws(APIError) -> JSON {
        let attributes: AuthorizationAttributes
        if let resource = review.spec["resourceAttributes"] {
            let subresource = resource["subresource"]?.string ?? ""
            attributes = AuthorizationAttributes(
                user: user, verb: resource["verb"]?.string ?? "",
                target: .resource(
                    group: resource["group"]?.string ?? "", resource: resource["resource"]?.string ?? "",
                    subresource: subresource.isEmpty ? nil : subresource, namespace: resource["namespace"]?.string ?? "",
                    name: resource["name"]?.string ?? ""))
        } else if let path = review.spec["nonResourceAttributes"] {
            attributes = AuthorizationAttributes(
                user: user, verb: path["verb"]?.string ?? "", target: .path(path["path"]?.string ?? ""))
        } else {
            throw .invalid(
                review.groupVersionKind, name: "",
                [
                    .init(
                        reason: "FieldValueInvalid",
                        message: """
                            Invalid value: \(review.spec): exactly one of nonResourceAttributes or resourceAttributes \
                            must be specified
                            """,
                        field: "spec.resourceAttributes")
                ])
        }
        return ["allowed": .bool(authorizer.allows(attributes))]
    }

    /// A local review is of resources in its own namespace only.
    private func requireOwnNamespace(_ review: Object) throws(APIError) {
        var errors = FieldErrors()
        let path = FieldPath.spec.child("resourceAttributes").child("namespace")
        if let attributes = review.spec["resourceAttributes"], attributes.text("namespace") != review.namespace {
            errors.invalid(path, .string(attributes.text("namespace")), "must match metadata.namespace")
        }
        if let path = review.spec["nonResourceAttributes"] {
            errors.invalid(FieldPath.spec.child("nonResourceAttributes"), path, "disallowed on this kind of request")
        }
        try errors.check(review.groupVersionKind, name: "")
    }

    private func reviewedUser(_ review: Object) throws(APIError) -> UserInfo {
        let user = UserInfo(
            name: review.spec["user"]?.string ?? "", uid: review.spec["uid"]?.string ?? "",
            groups: review.spec["groups"]?.strings ?? [], extra: Self.extra(review.spec["extra"]))
        guard !user.name.isEmpty || !user.groups.isEmpty else {
            throw .invalid(
                review.groupVersionKind, name: "",
                [
                    .init(
                        reason: "FieldValueInvalid",
                        message: "Invalid value: \"\": at least one of user or group must be specified", field: "spec.user")
                ])
        }
        return user
    }

    private static func extra(_ json: JSON?) -> [String: [String]] {
        var extra: [String: [String]] = [:]
        for (key, values) in json?.object ?? [:] { extra[key] = values.strings }
        return extra
    }

    private func rules(_ review: Object, user: UserInfo) -> JSON {
        var resources: [JSON] = []
        var paths: [JSON] = []
        for rule in authorizer.rules(for: user, namespace: review.spec["namespace"]?.string ?? "") {
            if rule.json["nonResourceURLs"] != nil { paths.append(rule.json) } else { resources.append(rule.json) }
        }
        return ["resourceRules": .array(resources), "nonResourceRules": .array(paths), "incomplete": false]
    }

    // MARK: Tokens

    private func token(_ review: Object) async -> JSON {
        let audiences = review.spec["audiences"]?.strings ?? [ServiceAccountTokens.issuer]
        for audience in audiences {
            guard let user = await authenticator.user(for: review.spec["token"]?.string ?? "", audience: audience) else {
                continue
            }
            return ["authenticated": true, "user": user.json, "audiences": [.string(audience)]]
        }
        return ["user": [:], "error": "invalid bearer token"]
    }
}

extension UserInfo {
    /// `authentication.k8s.io/v1.UserInfo`.
    var json: JSON {
        var json: JSON = ["username": .string(name), "groups": JSON(groups)]
        if !uid.isEmpty { json["uid"] = .string(uid) }
        if !extra.isEmpty { json["extra"] = .object(JSONObject(extra.map { ($0.key, JSON($0.value)) })) }
        return json
    }
}
