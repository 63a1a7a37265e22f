import CZlib
import Glibc
import Kubernetes

/// Reads a file by lines, whether it is compressed by gzip or not.
final class LineReader {
    private let file: gzFile
    private let path: String
    private var buffer: [UInt8] = []
    private var position = 0
    private(set) var lineNumber = 0

    /// Bytes that a line may have.
    private static let maximumLine = 1 << 30
    private static let chunk = 1 << 20

    init(_ path: String) throws(CommandFailure) {
        guard let file = gzopen(path, "rb") else { throw CommandFailure("cannot open \(path): \(systemError())") }
        self.file = file
        self.path = path
    }

    deinit { gzclose(file) }

    /// The next line without its end; nil after the last.
    func next() throws(CommandFailure) -> ArraySlice<UInt8>? {
        lineNumber += 1
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return buffer[position..<end]
            }
            searched = buffer.count
            guard searched - position < Self.maximumLine else {
                throw CommandFailure("\(path):\(lineNumber): the line is too long")
            }
            buffer.removeFirst(position)
            searched -= position
            position = 0
            guard try fill() else {
                defer { position = buffer.count }
                return buffer.isEmpty ? nil : buffer[...]
            }
        }
    }

    /// Everything from here on.
    func rest() throws(CommandFailure) -> [UInt8] {
        while try fill() {}
        defer { position = buffer.count }
        return Array(buffer[position...])
    }

    /// False at the end.
    private func fill() throws(CommandFailure) -> Bool {
        var chunk = [UInt8](repeating: 0, count: Self.chunk)
        let count = gzread(file, &chunk, UInt32(Self.chunk))
        guard count >= 0 else {
            var code: Int32 = 0
            let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
            throw CommandFailure("cannot read \(path): \(code == Z_ERRNO ? systemError() : message)")
        }
        buffer += chunk[..<Int(count)]
        return count > 0
    }
}

/// Writes a file of JSON values, one a line.
final class LineWriter {
    private let file: UnsafeMutablePointer<FILE>
    private let path: String
    private var isOpen = true

    init(_ path: String) throws(CommandFailure) {
        guard let file = fopen(path, "wb") else { throw CommandFailure("cannot create \(path): \(systemError())") }
        self.file = file
        self.path = path
    }

    deinit { if isOpen { fclose(file) } }

    func write(_ json: JSON) throws(CommandFailure) {
        let line = json.encoded() + [UInt8(ascii: "\n")]
        guard fwrite(line, 1, line.count, file) == line.count else {
            throw CommandFailure("cannot write \(path): \(systemError())")
        }
    }

    /// Ends the file; only then it is known that everything is in it.
    func close() throws(CommandFailure) {
        isOpen = false
        guard fclose(file) == 0 else { throw CommandFailure("cannot write \(path): \(systemError())") }
    }
}

private func systemError() -> String { String(cString: strerror(errno)) }
