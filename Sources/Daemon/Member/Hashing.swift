import Kubernetes

/// Short, stable names for pod templates.
enum Hashing {
    /// A label value that tells templates apart (`pod-template-hash`, `controller-revision-hash`), the same on every machine.
    /// - Parameter collisions: how many hashes of this owner turned out to be another template's (`status.collisionCount`).
    static func hash(_ template: JSON, collisions: Int = 0) -> String {
        var bytes = template.encoded()
        if collisions > 0 { bytes += Array(String(collisions).utf8) }
        return safe(fnv1a(bytes))
    }

    /// FNV-1a, 32 bits.
    static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }

    /// The number in the alphabet of Kubernetes' generated names, which has no vowels and so spells no words.
    static func safe(_ number: UInt32) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        return String(String(number).utf8.map { alphabet[Int($0) % alphabet.count] })
    }
}
