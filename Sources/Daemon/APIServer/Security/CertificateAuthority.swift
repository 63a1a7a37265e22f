import Crypto
import FoundationEssentials
import X509

/// The control plane's own certificate authority: it vouches for the server to clients, and for clients to the server.
struct CertificateAuthority {
    let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// In PEM, as kubeconfigs and service-account secrets carry it.
    let pem: String

    private static let validity: TimeInterval = 10 * 365 * 86_400

    /// Reads `ca.crt` and `ca.key` from `directory`; makes both on the first start.
    init(in directory: DataDirectory) throws {
        if let certificatePEM = try directory.read("ca.crt"), let keyPEM = try directory.read("ca.key") {
            do {
                certificate = try Certificate(pemEncoded: certificatePEM)
                key = try Certificate.PrivateKey(pemEncoded: keyPEM)
            } catch {
                throw APIServerError.damaged(directory.path(of: "ca.crt or ca.key"))
            }
            pem = certificatePEM
            return
        }
        let signingKey = P256.Signing.PrivateKey()
        key = Certificate.PrivateKey(signingKey)
        let name = try DistinguishedName { CommonName("flotilla-ca") }
        let publicKey = key.publicKey
        certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            notValidBefore: .now - Self.clockSkew, notValidAfter: .now + Self.validity, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: key)
        pem = try certificate.serializeAsPEM().pemString
        try directory.write("ca.key", signingKey.pemRepresentation, mode: 0o600)
        try directory.write("ca.crt", pem, mode: 0o644)
    }

    /// Certificates count as valid a little earlier than now, for machines whose clocks lag.
    private static let clockSkew: TimeInterval = 300

    enum Purpose: Equatable {
        case server(names: Set<String>)
        /// A client whose user name is the common name and whose groups are the organizations, as in Kubernetes.
        case client(user: String, groups: [String])
    }

    /// Issues a certificate for a new key.
    /// - Parameter validity: in seconds from now.
    func issue(for purpose: Purpose, validity: TimeInterval = Self.issuedValidity) throws -> Credential {
        let subjectKey = P256.Signing.PrivateKey()
        let subject: DistinguishedName
        var extensions = Certificate.Extensions()
        try extensions.append(Certificate.Extension(BasicConstraints.notCertificateAuthority, critical: true))
        try extensions.append(Certificate.Extension(KeyUsage(digitalSignature: true), critical: true))
        switch purpose {
        case .server(let names):
            subject = try DistinguishedName { CommonName("kube-apiserver") }
            try extensions.append(Certificate.Extension(ExtendedKeyUsage([.serverAuth]), critical: false))
            let alternatives = SubjectAlternativeNames(names.sorted().map(GeneralName.init(hostOrAddress:)))
            try extensions.append(Certificate.Extension(alternatives, critical: false))
        case .client(let user, let groups):
            subject = try DistinguishedName {
                for group in groups { OrganizationName(group) }
                CommonName(user)
            }
            try extensions.append(Certificate.Extension(ExtendedKeyUsage([.clientAuth]), critical: false))
        }
        let issued = try sign(
            Certificate.PublicKey(subjectKey.publicKey), subject, &extensions, validity: validity)
        return Credential(
            certificate: issued, certificatePEM: try issued.serializeAsPEM().pemString, keyPEM: subjectKey.pemRepresentation)
    }

    /// A year.
    static let issuedValidity: TimeInterval = 365 * 86_400

    private func sign(
        _ publicKey: Certificate.PublicKey, _ subject: DistinguishedName, _ extensions: inout Certificate.Extensions,
        validity: TimeInterval
    ) throws -> Certificate {
        let issuerKeyIdentifier = SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
        try extensions.append(
            Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: issuerKeyIdentifier), critical: false))
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            notValidBefore: .now - Self.clockSkew, notValidAfter: min(.now + validity, certificate.notValidAfter),
            issuer: certificate.subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: key)
    }

    /// The certificate that an approved request asks for, in PEM.
    func sign(_ request: SigningRequest, as signer: SigningRequest.Signer) throws(SigningRefusal) -> String {
        guard let body = request.pkcs10 else { throw SigningRefusal("the request cannot be read, or its signature is wrong") }
        let names = (try? body.attributes.extensionRequest?.extensions.subjectAlternativeNames) ?? nil
        try signer.check(request, UserInfo(subject: body.subject), hasAlternativeNames: names?.isEmpty == false)
        do {
            var extensions = Certificate.Extensions()
            try extensions.append(Certificate.Extension(BasicConstraints.notCertificateAuthority, critical: true))
            let usage = KeyUsage(
                digitalSignature: request.usages.contains("digital signature") || request.usages.contains("signing"),
                keyEncipherment: request.usages.contains("key encipherment"))
            // An extension that allows nothing is none that clients can read.
            if usage != KeyUsage() { try extensions.append(Certificate.Extension(usage, critical: true)) }
            let purpose: ExtendedKeyUsage.Usage = signer == .kubeletServing ? .serverAuth : .clientAuth
            try extensions.append(Certificate.Extension(ExtendedKeyUsage([purpose]), critical: false))
            if let names, !names.isEmpty { try extensions.append(Certificate.Extension(names, critical: false)) }
            return try sign(body.publicKey, body.subject, &extensions, validity: request.validity).serializeAsPEM().pemString
        } catch {
            throw SigningRefusal("cannot sign: \(error)")
        }
    }

    /// The credential stored as `<name>.crt` and `<name>.key`, issued anew when there is none yet, when it ends within 30 days,
    /// when this authority did not sign it, or when it no longer serves `purpose`.
    func credential(named name: String, for purpose: Purpose, in directory: DataDirectory) throws -> Credential {
        if let certificatePEM = try directory.read("\(name).crt"), let keyPEM = try directory.read("\(name).key"),
            let stored = try? Certificate(pemEncoded: certificatePEM), stored.notValidAfter > .now + 30 * 86_400,
            certificate.publicKey.isValidSignature(stored.signature, for: stored), stored.serves(purpose)
        {
            return Credential(certificate: stored, certificatePEM: certificatePEM, keyPEM: keyPEM)
        }
        let issued = try issue(for: purpose)
        try directory.write("\(name).key", issued.keyPEM, mode: 0o600)
        try directory.write("\(name).crt", issued.certificatePEM, mode: 0o644)
        return issued
    }
}

/// A certificate and its private key.
struct Credential {
    var certificate: Certificate
    var certificatePEM: String
    var keyPEM: String
}

extension Certificate {
    fileprivate func serves(_ purpose: CertificateAuthority.Purpose) -> Bool {
        switch purpose {
        case .server(let names):
            guard let alternatives = try? extensions.subjectAlternativeNames else { return false }
            return Set(alternatives) == Set(names.map(GeneralName.init(hostOrAddress:)))
        case .client(let user, let groups):
            let identity = UserInfo(certificate: self)
            return identity?.name == user && Set(identity?.groups ?? []).isSuperset(of: groups)
        }
    }
}

extension GeneralName {
    fileprivate init(hostOrAddress text: String) {
        if let bytes = IPAddress.bytes(of: text) {
            self = .ipAddress(.init(contentBytes: ArraySlice(bytes)))
        } else {
            self = .dnsName(text)
        }
    }
}

/// Why a signer does not sign.
struct SigningRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension SigningRequest.Signer {
    private static let nodesGroup = "system:nodes"
    private static let nodePrefix = "system:node:"

    /// What each signer asks of a request (Kubernetes documentation, "Kubernetes signers").
    fileprivate func check(_ request: SigningRequest, _ subject: UserInfo, hasAlternativeNames: Bool) throws(SigningRefusal) {
        let purpose = self == .kubeletServing ? "server auth" : "client auth"
        let allowed: Set = ["digital signature", "key encipherment", purpose]
        let usages = Set(request.usages)
        guard usages.contains(purpose), usages.isSubset(of: allowed) else {
            throw SigningRefusal("usages must be \"\(purpose)\" and may be \"digital signature\" and \"key encipherment\"")
        }
        guard !subject.name.isEmpty else { throw SigningRefusal("the subject has no common name") }
        guard self != .client else {
            guard !subject.groups.contains(UserInfo.mastersGroup) else {
                throw SigningRefusal("the organization \(UserInfo.mastersGroup) is not signed for")
            }
            return
        }
        guard subject.groups == [Self.nodesGroup], subject.name.hasPrefix(Self.nodePrefix) else {
            throw SigningRefusal(
                "the subject must be the organization \(Self.nodesGroup) and a common name that begins with \(Self.nodePrefix)")
        }
        guard hasAlternativeNames == (self == .kubeletServing) else {
            throw SigningRefusal("subject alternative names must be there for a server, and may not be for a client")
        }
    }
}
