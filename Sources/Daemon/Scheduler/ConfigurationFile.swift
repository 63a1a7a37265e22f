import Framework

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file with the scheduler's profiles.
public struct ConfigurationFile: Sendable {
    /// Larger files are refused.
    static let maximumSize = 1 << 20

    public let path: String
    private let registry: PluginRegistry

    public init(path: String, registry: PluginRegistry) {
        self.path = path
        self.registry = registry
    }

    /// What differs as soon as the file was replaced or written to.
    struct Stamp: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int64
        var nanoseconds: Int64

        init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            inode = UInt64(truncatingIfNeeded: status.st_ino)
            size = Int64(status.st_size)
            #if canImport(Darwin)
                let time = status.st_mtimespec
            #else
                let time = status.st_mtim
            #endif
            seconds = Int64(time.tv_sec)
            nanoseconds = Int64(time.tv_nsec)
        }
    }

    /// Nil where the file is not there, or nobody may look at it. Follows symbolic links, as mounted ConfigMaps are.
    var stamp: Stamp? {
        var status = stat()
        return stat(path, &status) == 0 ? Stamp(status) : nil
    }

    /// Reads and checks the whole file.
    public func load() throws(Framework.ConfigurationError) -> SchedulerConfiguration {
        try SchedulerConfiguration(parsing: try contents(), file: path, registry: registry)
    }

    private func contents() throws(Framework.ConfigurationError) -> [UInt8] {
        // A pipe or a device would make the reader wait for its writer.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw failure("is not a regular file") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Self.fill(&buffer, from: descriptor)
            guard count >= 0 else { throw failure(String(cString: strerror(errno))) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= Self.maximumSize else { throw failure("is larger than \(Self.maximumSize) bytes") }
        }
    }

    private static func fill(_ buffer: inout [UInt8], from descriptor: Int32) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private func failure(_ message: String) -> Framework.ConfigurationError {
        Framework.ConfigurationError(location: path, field: "", message: message)
    }
}
