import APIServer
import ArgumentParser
import FoundationEssentials
import Logging
import Store

/// Where a control plane keeps its objects.
struct StoreOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case sqlite, etcd, memory
    }

    @Option(help: "sqlite keeps objects in the data directory, etcd where several replicas can share them, memory nowhere.")
    var store = Kind.sqlite

    @Option(help: "etcd's endpoints: http://HOST:PORT or https://HOST:PORT, separated by commas.")
    var etcdEndpoints = CommaSeparated([])

    @Option(help: "What all keys in etcd begin with.")
    var etcdPrefix = "/registry"

    @Option(help: "Certificates of the authorities that vouch for etcd, in PEM; without, the system's.")
    var etcdCafile: String?

    @Option(help: "Client certificate for etcd, in PEM.")
    var etcdCertfile: String?

    @Option(help: "Key of the client certificate, in PEM.")
    var etcdKeyfile: String?

    @Option(help: "User of etcd, where it wants one.")
    var etcdUser: String?

    @Option(help: "File with the password of etcd's user.")
    var etcdPasswordFile: String?

    @Option(help: "How often history that is older than this is compacted in etcd; 0 for never.")
    var etcdCompactionInterval = GoDuration(.seconds(300))

    func validate() throws {
        guard store == .etcd else {
            guard etcdEndpoints.items.isEmpty else { throw ValidationError("--etcd-endpoints: only with --store etcd") }
            return
        }
        guard !etcdEndpoints.items.isEmpty else { throw ValidationError("--etcd-endpoints: needed with --store etcd") }
        let endpoints = try etcdEndpoints.items.map { text in
            guard let endpoint = EtcdEndpoint(text) else {
                throw ValidationError("--etcd-endpoints: must be http://HOST:PORT or https://HOST:PORT, not \"\(text)\"")
            }
            return endpoint
        }
        guard Set(endpoints.map(\.isSecure)).count == 1 else {
            throw ValidationError("--etcd-endpoints: must be all http or all https")
        }
        guard etcdPrefix.wholeMatch(of: /(\/[-._a-zA-Z0-9]+)+/) != nil else {
            throw ValidationError("--etcd-prefix: must be a path like /registry, not \"\(etcdPrefix)\"")
        }
        guard (etcdCertfile == nil) == (etcdKeyfile == nil) else {
            throw ValidationError("--etcd-certfile and --etcd-keyfile: need each other")
        }
        guard (etcdUser == nil) == (etcdPasswordFile == nil) else {
            throw ValidationError("--etcd-user and --etcd-password-file: need each other")
        }
        guard etcdCompactionInterval.duration == .zero || etcdCompactionInterval.duration >= .seconds(1) else {
            throw ValidationError("--etcd-compaction-interval: must be 0 or at least 1s, not \(etcdCompactionInterval)")
        }
    }

    /// Whether several replicas may share the store.
    var isShared: Bool { store == .etcd }

    /// Opens the store. With etcd the data directory gets the keys of the control plane, which its replicas have in common.
    func open(in dataDirectory: String, logger: Logger) async throws -> any ObjectStore {
        switch store {
        case .sqlite: return try await StoreKind.sqlite.open(in: dataDirectory)
        case .memory: return try await StoreKind.memory.open(in: dataDirectory)
        case .etcd:
            let store = try await EtcdStore.open(try etcdConfiguration(), logger: logger)
            do {
                try await shareKeys(of: dataDirectory, through: store)
            } catch {
                await store.close()
                throw error
            }
            return store
        }
    }

    private func etcdConfiguration() throws -> EtcdConfiguration {
        var configuration = EtcdConfiguration(endpoints: etcdEndpoints.items.compactMap { EtcdEndpoint($0) })
        configuration.prefix = etcdPrefix
        configuration.caFile = etcdCafile
        configuration.certificateFile = etcdCertfile
        configuration.keyFile = etcdKeyfile
        configuration.compactionInterval = etcdCompactionInterval.duration
        if let etcdUser, let etcdPasswordFile {
            guard let password = try? String(contentsOfFile: etcdPasswordFile, encoding: .utf8) else {
                throw StartupError("--etcd-password-file: cannot read \(etcdPasswordFile)")
            }
            configuration.credentials = .init(user: etcdUser, password: password.withoutFinalNewlines)
        }
        return configuration
    }

    private static let keysName = "keys"

    /// The keys that the replicas on a store share; nil where they share none.
    static func sharedKeys(in store: EtcdStore) async throws -> ControlPlaneKeys? {
        guard let shared = try await store.shared(keysName) else { return nil }
        return try ControlPlaneKeys(encoded: shared.value)
    }

    /// The first replica's keys become all replicas', and so does what one of them changes about them.
    private func shareKeys(of dataDirectory: String, through store: EtcdStore) async throws {
        while true {
            let stored = try await store.shared(Self.keysName)
            let shared = try stored.map { try ControlPlaneKeys(encoded: $0.value) }
            let keys =
                if let shared {
                    try ControlPlaneKeys(shared, changedIn: dataDirectory)
                } else {
                    try await ControlPlaneKeys(foundingIn: dataDirectory)
                }
            var isShared = keys == shared
            if !isShared { isShared = try await store.share(keys.encoded, as: Self.keysName, replacing: stored?.revision ?? 0) }
            // Where another replica was first, its keys count.
            if isShared { return try keys.install(in: dataDirectory) }
        }
    }
}

extension String {
    /// Editors end files with a line feed, which belongs to no password.
    fileprivate var withoutFinalNewlines: String { String(reversed().drop { $0.isNewline }.reversed()) }
}
