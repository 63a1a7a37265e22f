extension SchemaModule {
    /// Types of `certificates.k8s.io/v1`.
    static let certificates = [
        SchemaModule(
            "certificates.v1", GroupVersion(group: "certificates.k8s.io", version: "v1"),
            #"""
            CertificateSigningRequest kind: spec! CertificateSigningRequestSpec, status CertificateSigningRequestStatus
            CertificateSigningRequestCondition: lastTransitionTime time, lastUpdateTime time, message string, reason string,
                status! string, type! string
            CertificateSigningRequestSpec: expirationSeconds int32, extra {[string]}, groups [string], request! bytes,
                signerName! string, uid string, usages [string], username string
            CertificateSigningRequestStatus: certificate bytes, conditions [CertificateSigningRequestCondition] map(type)
            """#),
    ]
}
