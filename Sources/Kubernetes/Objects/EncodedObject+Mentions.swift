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
            var start = 0
            while start < bytes.count, let quote = memchr(base + start, 0x22, bytes.count - start) {
                start = base.distance(to: UnsafeRawPointer(quote)) + 1
                guard start + length < bytes.count else { return false }
                if memcmp(base + start, member.utf8Start, length) == 0, bytes[start + length] == 0x22 { return true }
            }
            return false
        }
    }
}
