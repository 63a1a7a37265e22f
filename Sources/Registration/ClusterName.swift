/// What clusters may be called.
public enum ClusterName {
    /// Execution namespaces are called after clusters, with a prefix, which leaves 48 characters.
    private static let maximumLength = 48

    /// What is wrong with a name that is no DNS label (RFC 1123), or too long; nil where nothing is.
    public static func fault(in name: String) -> String? {
        let letters = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
        guard !name.isEmpty, letters, !name.hasPrefix("-"), !name.hasSuffix("-") else {
            return "invalid cluster name(\(name)): must consist of lower case letters, digits and '-', and neither begin nor end "
                + "with '-'."
        }
        guard name.utf8.count <= maximumLength else {
            return "invalid cluster name(\(name)): must be no more than \(maximumLength) characters."
        }
        return nil
    }
}
