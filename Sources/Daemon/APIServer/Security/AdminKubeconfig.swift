import FoundationEssentials

/// The kubeconfig of the administrator, who may do everything.
struct AdminKubeconfig {
    var server: String
    var certificateAuthorityPEM: String
    var credential: Credential

    static let purpose = CertificateAuthority.Purpose.client(user: "kubernetes-admin", groups: [UserInfo.mastersGroup])

    var text: String {
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: flotilla
          cluster:
            server: \(server)
            certificate-authority-data: \(base64(certificateAuthorityPEM))
        users:
        - name: kubernetes-admin
          user:
            client-certificate-data: \(base64(credential.certificatePEM))
            client-key-data: \(base64(credential.keyPEM))
        contexts:
        - name: kubernetes-admin@flotilla
          context:
            cluster: flotilla
            user: kubernetes-admin
        current-context: kubernetes-admin@flotilla

        """
    }

    private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
