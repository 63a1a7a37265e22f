#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Small files on the local disk: kubeconfigs, certificates, tokens.
enum LocalFile {
    /// Larger files are refused: none of these comes near it.
    static let maximumSize = 16 << 20

    static func read(_ path: String) throws(ClientConfigurationError) -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw failure(path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            bytes += buffer[..<count]
            if bytes.count > maximumSize { throw ClientConfigurationError("\(path): larger than \(maximumSize) bytes") }
        }
        if ferror(file) != 0 { throw failure(path) }
        return bytes
    }

    /// Puts a file that only its owner may read in the place of `path`: at no moment is it there by half.
    static func replace(_ path: String, with bytes: [UInt8]) throws(ClientConfigurationError) {
        let (temporary, descriptor) = try openBeside(path)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        let isComplete = written == bytes.count && fsync(descriptor) == 0
        let reason = errno
        close(descriptor)
        guard isComplete, rename(temporary, path) == 0 else {
            let cause = isComplete ? errno : reason
            unlink(temporary)
            throw failure(path, cause)
        }
    }

    /// - Throws: what `replace` would, as far as that can be told without it.
    static func checkReplaceable(_ path: String) throws(ClientConfigurationError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw failure(path, EISDIR) }
        let (temporary, descriptor) = try openBeside(path)
        close(descriptor)
        unlink(temporary)
    }

    /// A new file in the directory of `path`, readable by its owner only.
    private static func openBeside(
        _ path: String
    ) throws(ClientConfigurationError) -> (temporary: String, descriptor: Int32) {
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        return (temporary, descriptor)
    }

    private static func failure(_ path: String, _ code: Int32 = errno) -> ClientConfigurationError {
        ClientConfigurationError("\(path): \(String(cString: strerror(code)))")
    }
}
