extension SchemaModule {
    /// Types of `authentication.k8s.io/v1`.
    static let authentication = [
        SchemaModule(
            "authentication.v1", GroupVersion(group: "authentication.k8s.io", version: "v1"),
            #"""
            SelfSubjectReview kind: status SelfSubjectReviewStatus
            TokenRequest kind: spec TokenRequestSpec, status TokenRequestStatus
            TokenReview kind: spec! TokenReviewSpec, status TokenReviewStatus
            BoundObjectReference: apiVersion string, kind string, name string, uid string
            SelfSubjectReviewStatus: userInfo UserInfo
            TokenRequestSpec: audiences [string], boundObjectRef BoundObjectReference, expirationSeconds int64
            TokenRequestStatus: expirationTimestamp time, token string
            TokenReviewSpec: audiences [string], token! string
            TokenReviewStatus: audiences [string], authenticated bool, error string, user UserInfo
            UserInfo: extra {[string]}, groups [string], uid string, username string
            """#),
    ]
}
