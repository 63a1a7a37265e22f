/// The name of a container image, `[registry/]repository[:tag][@digest]`, in the grammar of the OCI distribution's references.
struct ImageName: Equatable, CustomStringConvertible {
    /// A host that has a dot or a port, or is `localhost`; empty for the runtime's default.
    var registry: String
    var repository: String
    private var tag = ""
    private var digest = ""

    /// Nil for what is no image name. A name with both a tag and a digest loses its digest, as in Karmada.
    init?(_ text: String) {
        var name = text[...]
        if let at = name.firstIndex(of: "@") {
            digest = String(name[name.index(after: at)...])
            guard Self.isSupportedDigest(digest) else { return nil }
            name = name[..<at]
        }
        if let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") {
            tag = String(name[name.index(after: colon)...])
            guard Self.isTag(tag) else { return nil }
            digest = ""
            name = name[..<colon]
        }

        let components = name.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = components.first, let last = components.last, name.utf8.count <= 255 else { return nil }
        if components.count == 1 {
            guard Self.isPathComponent(last) else { return nil }
        } else {
            guard Self.isDomain(first) || Self.isPathComponent(first) else { return nil }
            guard components.dropFirst().allSatisfy(Self.isPathComponent) else { return nil }
        }
        if components.count > 1, first == "localhost" || first.contains(".") || first.contains(":") {
            registry = String(first)
            repository = String(name.dropFirst(first.count + 1))
        } else {
            registry = ""
            repository = String(name)
        }
    }

    /// The tag or, where there is none, the digest.
    var version: String { tag.isEmpty ? digest : tag }

    /// Sets the tag or the digest, whichever the text can be; a text that can be neither changes nothing.
    mutating func setVersion(_ text: String) {
        if Self.isTag(text) {
            (tag, digest) = (text, "")
        } else if Self.isDigest(text) {
            (tag, digest) = ("", text)
        }
    }

    mutating func removeVersion() { (tag, digest) = ("", "") }

    var description: String {
        let name = registry.isEmpty ? repository : "\(registry)/\(repository)"
        if !tag.isEmpty { return "\(name):\(tag)" }
        return digest.isEmpty ? name : "\(name)@\(digest)"
    }
}

// MARK: - Grammar

extension ImageName {
    /// `[\w][\w.-]{0,127}`
    private static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isAlphanumeric || first == UInt8(ascii: "_"), text.utf8.count <= 128 else {
            return false
        }
        return text.utf8.allSatisfy { $0.isAlphanumeric || "_.-".utf8.contains($0) }
    }

    /// An algorithm, a colon, and at least 32 hexadecimal digits.
    private static func isDigest(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let algorithm = text.utf8[..<colon].split(omittingEmptySubsequences: false) { "-_+.".utf8.contains($0) }
        let digits = text.utf8[colon...].dropFirst()
        return algorithm.allSatisfy { part in part.first?.isLetter == true && part.allSatisfy(\.isAlphanumeric) }
            && digits.count >= 32 && digits.allSatisfy(\.isHexadecimal)
    }

    /// A digest by one of the algorithms that registries use, of its length and in lower case.
    private static func isSupportedDigest(_ text: String) -> Bool {
        for (algorithm, length) in ["sha256": 64, "sha384": 96, "sha512": 128] where text.hasPrefix("\(algorithm):") {
            let digits = text.utf8.dropFirst(algorithm.utf8.count + 1)
            return digits.count == length && digits.allSatisfy { $0.isHexadecimal && !$0.isUppercase }
        }
        return false
    }

    /// Lower-case letters and digits, joined by a dot, one or two underscores, or dashes.
    private static func isPathComponent(_ text: Substring) -> Bool {
        var separator: [UInt8] = []
        var previousIsSeparator = true
        for byte in text.utf8 {
            if byte.isAlphanumeric, !byte.isUppercase {
                let isJoined = separator.isEmpty || separator == [UInt8(ascii: ".")] || separator == [UInt8(ascii: "_")]
                    || separator == [UInt8(ascii: "_"), UInt8(ascii: "_")] || separator.allSatisfy { $0 == UInt8(ascii: "-") }
                guard isJoined else { return false }
                separator = []
                previousIsSeparator = false
            } else {
                guard !previousIsSeparator || !separator.isEmpty else { return false }
                separator.append(byte)
                previousIsSeparator = true
            }
        }
        return !previousIsSeparator
    }

    /// A host name or an IPv6 address in brackets, and perhaps a port.
    private static func isDomain(_ text: Substring) -> Bool {
        var host = text
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let port = text[colon...].dropFirst()
            guard !port.isEmpty, port.utf8.allSatisfy({ $0.isAlphanumeric && !$0.isLetter }) else { return false }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            return !address.isEmpty && address.utf8.allSatisfy { $0.isHexadecimal || $0 == UInt8(ascii: ":") }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return first.isAlphanumeric && last.isAlphanumeric
                && label.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
        }
    }
}

extension UInt8 {
    fileprivate var isUppercase: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    fileprivate var isLetter: Bool { isUppercase || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    fileprivate var isAlphanumeric: Bool { isLetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isHexadecimal: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
    }
}
