import Kubernetes
import NIOCore
import Store
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Hands out copies of the database: everything that there is, Secrets included, so to those only who may read this path
/// (`system:masters`, unless a ClusterRole's `nonResourceURLs` says more).
struct StoreBackups: Sendable {
    static let path = "/flotilla/backup"

    let store: any ObjectStore
    let directory: DataDirectory

    func reply(to request: APIRequest) async throws(APIError) -> Reply {
        guard request.info.verb == "get" else { throw .methodNotAllowed }
        let path = directory.path(of: "backup.db.part")
        // Of a backup that a crash cut short; one under way has its file open, and goes on with it.
        unlink(path)
        do {
            try await store.backup(to: path)
        } catch {
            throw APIError(error)
        }
        guard let file = BackupFile(takingAway: path) else { throw .internalError("cannot read \(path)") }
        return Reply(status: 200, headers: [("content-type", "application/octet-stream")], .stream(file.stream))
    }
}

/// A file without a name, which is gone when it is sent.
private final class BackupFile: Sendable {
    private static let chunkSize = 1 << 18

    private let size: Int
    private let descriptor: Int32

    /// Opens the file and removes its name.
    init?(takingAway path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        unlink(path)
        size = Int(lseek(descriptor, 0, SEEK_END))
    }

    deinit { close(descriptor) }

    /// Read as it is sent.
    var stream: AsyncThrowingStream<ByteBuffer, any Error> {
        let offset = Mutex(0)
        return AsyncThrowingStream {
            let begin = offset.withLock { $0 }
            guard begin < self.size else { return nil }
            let chunk = try self.chunk(at: begin)
            offset.withLock { $0 += chunk.readableBytes }
            return chunk
        }
    }

    private func chunk(at offset: Int) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.chunkSize) { pointer in
            max(0, pread(descriptor, pointer.baseAddress, min(pointer.count, Self.chunkSize), off_t(offset)))
        }
        guard count > 0 else { throw IOError(errnoCode: errno, reason: "reading a backup") }
        return buffer
    }
}
