extension FieldNumbers {
    /// Messages of `certificates/v1`.
    static let certificates = [
        FieldNumbers(
            "certificates.v1",
            """
            CertificateSigningRequest: metadata spec! status
            CertificateSigningRequestCondition: type! reason message lastUpdateTime lastTransitionTime status!
            CertificateSigningRequestSpec: request! username uid groups usages extra signerName! expirationSeconds!
            CertificateSigningRequestStatus: conditions certificate
            """),
    ]
}
