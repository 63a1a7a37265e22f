#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension EncodedObject {
    /// Whether the text `"member"` comes anywhere in the bytes: a test before decoding that costs a hundredth of it. It may say
    /// yes where the member is another's or a value, never no where it is there (the encoder escapes no letters).
    public func mentions(_ member: StaticString) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            let length = member.utf8CodeUnitCount
            let first = Int32(member.utf8Start.pointee)
            // Letters are rarer than quotes.
            var start = 1
            while start + length < bytes.count, let found = memchr(base + start, first, bytes.count - length - start) {
                let place = base.distance(to: UnsafeRawPointer(found))
                if bytes[place - 1] == 0x22, bytes[place + length] == 0x22, memcmp(found, member.utf8Start, length) == 0 {
                    return true
                }
                start = place + 1
            }
            return false
        }
    }
}
