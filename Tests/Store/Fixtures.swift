import Dispatch
import Kubernetes
import Synchronization

@testable import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

let configMaps = GroupResource(group: "", resource: "configmaps")
let deployments = GroupResource(group: "apps", resource: "deployments")

func configMap(_ name: String, namespace: String = "default", value: String = "", labels: [String: String] = [:]) -> Object {
    var object = Object(apiVersion: "v1", kind: "ConfigMap", namespace: namespace, name: name)
    object.uid = "uid-of-\(name)"
    object.labels = labels
    object["data"] = ["value": .string(value)]
    return object
}

func encoded(_ name: String, namespace: String = "default", revision: Int64 = 1) -> EncodedObject {
    EncodedObject(configMap(name, namespace: namespace), revision: revision)
}

extension ObjectStore {
    @discardableResult
    func create(_ object: Object, in collection: GroupResource = configMaps) async throws(StoreError) -> EncodedObject {
        try await write(Write(.create(object), collection, object.key))
    }

    @discardableResult
    func update(
        _ object: Object, expected: Int64, in collection: GroupResource = configMaps
    ) async throws(StoreError) -> EncodedObject {
        try await write(Write(.update(object, expected: expected), collection, object.key))
    }

    @discardableResult
    func delete(
        _ key: ObjectKey, expected: Int64, in collection: GroupResource = configMaps
    ) async throws(StoreError) -> EncodedObject {
        try await write(Write(.delete(expected: expected), collection, key))
    }

    func names(_ query: ListQuery = ListQuery(), in collection: GroupResource = configMaps) throws(StoreError) -> [String] {
        try list(collection, query).items.map(\.key.name)
    }
}

extension StoreWatch {
    /// The first events of the watch, as "kind name@revision".
    func first(_ count: Int) async throws(StoreError) -> [String] {
        var seen: [String] = []
        guard count > 0 else { return seen }
        for try await event in self {
            seen.append(event.text)
            if seen.count == count { break }
        }
        return seen
    }
}

extension StoreEvent {
    var text: String { "\(kind) \(object.key.name)@\(object.revision)" }
}

/// Numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A log in memory that can be told to fail, and that remembers what it was given.
final class TestLog: CommitLog {
    struct Contents {
        var changes: [Change] = []
        var compacted: Int64 = 0
        var isFailing = false
        var commits = 0
    }

    /// Outlives the log, as a file would.
    final class Disk: Sendable {
        let contents = Mutex(Contents())
        /// What a commit waits for, where there is something.
        let gate = Mutex<DispatchSemaphore?>(nil)
    }

    private let disk: Disk

    init(_ disk: Disk) { self.disk = disk }

    func load(_ body: (Change) -> Void) -> Int64 {
        let contents = disk.contents.withLock { $0 }
        contents.changes.forEach(body)
        return contents.compacted
    }

    func commit(_ changes: [Change]) throws(StoreError) {
        disk.gate.withLock { $0 }?.wait()
        let isFailing = disk.contents.withLock { contents in
            contents.commits += 1
            if !contents.isFailing { contents.changes += changes }
            return contents.isFailing
        }
        if isFailing { throw .unavailable("the test's disk is full") }
    }

    func discard(_ revisions: [Int64], compacted: Int64) throws(StoreError) {
        let gone = Set(revisions)
        disk.contents.withLock { contents in
            contents.changes.removeAll { gone.contains($0.object.revision) }
            contents.compacted = compacted
        }
    }
}

/// A directory that goes when the test is over.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/flotilla-store-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(path)/\(name)")
            }
            closedir(directory)
        }
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

func readFile(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes
}

func writeFile(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "wb") else { return }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}
