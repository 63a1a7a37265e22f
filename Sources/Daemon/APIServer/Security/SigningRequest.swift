import FoundationEssentials
import Kubernetes
import X509

/// A view of a CertificateSigningRequest (`certificates.k8s.io/v1`).
struct SigningRequest: Sendable {
    static let collection = GroupResource(group: "certificates.k8s.io", resource: "certificatesigningrequests")

    let object: Object

    init(_ object: Object) { self.object = object }

    /// The signers that the control plane has itself (Kubernetes documentation, "Kubernetes signers").
    enum Signer: String {
        case client = "kubernetes.io/kube-apiserver-client"
        case kubeletClient = "kubernetes.io/kube-apiserver-client-kubelet"
        case kubeletServing = "kubernetes.io/kubelet-serving"
    }

    var signerName: String { object.spec["signerName"]?.string ?? "" }
    /// Nil for a signer that somebody else has.
    var signer: Signer? { Signer(rawValue: signerName) }
    var usages: [String] { object.spec["usages"]?.strings ?? [] }

    /// Who asks, as the server noted it.
    var user: UserInfo {
        UserInfo(name: object.spec["username"]?.string ?? "", groups: object.spec["groups"]?.strings ?? [])
    }

    func has(condition type: String) -> Bool {
        object.status["conditions"]?.array?.contains { $0["type"]?.string == type && $0["status"]?.string == "True" } == true
    }

    /// Approved, not denied, and without a certificate yet.
    var awaitsCertificate: Bool {
        has(condition: "Approved") && !has(condition: "Denied") && !has(condition: "Failed")
            && object.status["certificate"]?.string?.isEmpty != false
    }

    /// The PKCS #10 request; nil where it cannot be read or its signature is not by the key that it carries.
    var pkcs10: X509.CertificateSigningRequest? {
        guard let bytes = object.spec["request"]?.string.flatMap(Base64.decode),
            let request = try? X509.CertificateSigningRequest(pemEncoded: String(decoding: bytes, as: UTF8.self)),
            request.publicKey.isValidSignature(request.signature, for: request)
        else { return nil }
        return request
    }

    /// How long the certificate is to be valid.
    var validity: TimeInterval {
        min(TimeInterval(object.spec["expirationSeconds"]?.integer ?? Self.maximumSeconds), TimeInterval(Self.maximumSeconds))
    }

    /// A year, as `--cluster-signing-duration` of kube-controller-manager has it.
    private static let maximumSeconds: Int64 = 365 * 86_400

    // MARK: What the server notes

    /// Who asks is what the server knows, not what the request says.
    static func prepareForCreate(_ object: inout Object, by user: UserInfo?) {
        let json = user?.json ?? ["username": "", "groups": []]
        for field in ["username", "groups", "uid", "extra"] { object.spec[field] = json[field] }
        object.status = [:]
    }

    /// Approving changes conditions and nothing else; what else there is to the status, such as the certificate, does not change
    /// whether the request is approved or denied.
    static func prepareForUpdate(_ object: inout Object, old: Object, subresource: String?) {
        func decisions(_ object: Object, _ areWanted: Bool) -> [JSON] {
            (object.status["conditions"]?.array ?? []).filter {
                ["Approved", "Denied"].contains($0["type"]?.string) == areWanted
            }
        }
        var status = subresource == "approval" ? old.status : object.status
        switch subresource {
        case "approval": status["conditions"] = object.status["conditions"]
        case "status":
            let conditions = decisions(old, true) + decisions(object, false)
            status["conditions"] = conditions.isEmpty ? JSON?.none : .array(conditions)
        default:
            object.spec = old.spec
            return
        }
        let now = JSON.string(Timestamp.now().description)
        let before = old.status["conditions"]?.array ?? []
        status.forEach(in: "conditions") { condition in
            condition.fill("lastUpdateTime", now)
            let earlier = before.first { $0["type"] == condition["type"] && $0["status"] == condition["status"] }
            condition.fill("lastTransitionTime", earlier?["lastTransitionTime"] ?? now)
        }
        object = old
        object.status = status
    }

    // MARK: Rules

    private static let knownUsages = [
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
        "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
        "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
        "server auth", "signing", "timestamping",
    ]

    static func validate(_ object: Object, old: Object?, _ errors: inout FieldErrors) {
        let path = FieldPath.spec
        if old == nil {
            let request = object.spec["request"]?.string.flatMap(Base64.decode) ?? []
            if (try? X509.CertificateSigningRequest(pemEncoded: String(decoding: request, as: UTF8.self))) == nil {
                errors.invalid(
                    path.child("request"), object.spec["request"], "unable to parse the PKCS #10 request in PEM format")
            }
            validateUsages(object.spec, path.child("usages"), &errors)
            validateSignerName(object.spec, path.child("signerName"), &errors)
            if let seconds = object.spec["expirationSeconds"], seconds.integer ?? 0 < 600 {
                errors.invalid(
                    path.child("expirationSeconds"), seconds, "may not specify a duration less than 600 seconds (10 minutes)")
            }
        }
        validateConditions(object, old, &errors)
    }

    private static func validateUsages(_ spec: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let usages = spec.list("usages")
        if usages.isEmpty { errors.required(path, "usages must be specified") }
        for (index, usage) in usages.enumerated() {
            if !knownUsages.contains(usage.string ?? "") { errors.notSupported(path.index(index), usage, knownUsages) }
            if usages[..<index].contains(usage) { errors.duplicate(path.index(index), usage) }
        }
    }

    private static func validateSignerName(_ spec: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let name = spec.text("signerName")
        guard !name.isEmpty else { return errors.required(path) }
        if name == "kubernetes.io/legacy-unknown" {
            errors.invalid(path, .string(name), "the legacy signer is not allowed via this API version")
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else {
            return errors.invalid(
                path, .string(name), "must be a fully qualified domain and path of the form 'example.com/signer-name'")
        }
        for problem in LabelSyntax.problems(ofSubdomain: String(parts[0])) { errors.invalid(path, .string(name), problem) }
        if !parts[0].contains(".") {
            errors.invalid(path, .string(name), "should be a domain with at least two segments separated by dots")
        }
        for problem in LabelSyntax.problems(ofSubdomain: String(parts[1])) { errors.invalid(path, .string(name), problem) }
    }

    /// A decision is final: no condition that was there may go, and nothing is approved and denied at once.
    static func validateConditions(_ object: Object, _ old: Object?, _ errors: inout FieldErrors) {
        let path = FieldPath("status").child("conditions")
        let request = SigningRequest(object)
        for (index, condition) in object.status.list("conditions").enumerated() {
            let at = path.index(index)
            let type = condition.text("type")
            if type.isEmpty { errors.required(at.child("type")) }
            if ["Approved", "Denied", "Failed"].contains(type), condition.text("status") != "True" {
                errors.invalid(
                    at.child("status"), condition["status"] ?? "", "Approved, Denied and Failed conditions must be True")
            }
        }
        if request.has(condition: "Approved"), request.has(condition: "Denied") {
            errors.invalid(path, object.status["conditions"], "Approved and Denied conditions are mutually exclusive")
        }
        guard let old else { return }
        for type in ["Approved", "Denied", "Failed"]
        where SigningRequest(old).has(condition: type) && !request.has(condition: type) {
            errors.forbidden(path, "updates may not remove a condition of type \"\(type)\"")
        }
        if let certificate = old.status["certificate"], certificate != object.status["certificate"] {
            errors.forbidden(FieldPath("status").child("certificate"), "updates may not modify a certificate that was set")
        }
    }

    /// Nobody becomes `system:masters` by way of a certificate (admission plugin CertificateSubjectRestriction).
    static func admit(_ object: Object, _ old: Object?, _ options: AdmissionOptions) throws(APIError) {
        let request = SigningRequest(object)
        guard old == nil, request.signer == .client, let subject = request.pkcs10?.subject,
            UserInfo(subject: subject).groups.contains(UserInfo.mastersGroup)
        else { return }
        throw APIError(
            code: 403, reason: .forbidden,
            message: """
                \(collection) "\(object.name)" is forbidden: use of kubernetes.io/kube-apiserver-client signer with \
                system:masters group is not allowed
                """,
            details: .init(name: object.name, group: collection.group, kind: collection.resource))
    }
}
