import EtcdProtocol
import FoundationEssentials
import GRPCCore
import Kubernetes
import Logging

/// Lets etcd forget the past, which would grow without end: what is older than one interval, and younger than two, goes.
///
/// All replicas try; a key of its own, whose version counts the rounds, lets one of them do it.
final class EtcdCompactor: Sendable {
    private let client: EtcdClient
    private let key: String
    private let interval: Duration
    private let requestTimeout: Duration
    private let logger: Logger

    init(client: EtcdClient, keys: EtcdKeys, interval: Duration, requestTimeout: Duration, logger: Logger) {
        self.client = client
        key = keys.privateKey("compacted")
        self.interval = interval
        self.requestTimeout = requestTimeout
        self.logger = logger
    }

    /// The revision up to which history was compacted last; 0 where it never was.
    func compacted() async throws(StoreError) -> Int64 {
        let request = EtcdRequests.get(key)
        let response = try await client.perform(within: requestTimeout) { call, _ in
            try await EtcdKV.Client(wrapping: call.connection).range(request, metadata: call.metadata, options: call.options)
        }
        return response.kvs.first.flatMap { Int64(String(decoding: $0.value, as: UTF8.self)) } ?? 0
    }

    /// Compacts once an interval until the task is cancelled.
    func run() async {
        guard interval > .zero else { return }
        // What this replica knows of the key, and the cluster's revision when it learned it.
        var known: Int64 = 0
        var revision: Int64 = 0
        while !Task.isCancelled {
            do {
                (known, revision) = try await round(known: known, revision: revision)
            } catch {
                logger.warning("etcd: history was not compacted: \(error)")
            }
            try? await Task.sleep(for: interval)
        }
    }

    /// - Returns: the key's revision and the cluster's, for the next round.
    private func round(known: Int64, revision: Int64) async throws(StoreError) -> (known: Int64, revision: Int64) {
        let request = EtcdRequests.swap(key, expected: known, value: Array(String(revision).utf8))
        let response = try await client.perform(within: requestTimeout) { call, _ in
            try await EtcdKV.Client(wrapping: call.connection).txn(request, metadata: call.metadata, options: call.options)
        }
        guard response.succeeded else {
            // Another replica was first, or this one has just started.
            let current = response.responses.first?.responseRange.kvs.first?.modRevision ?? 0
            return (current, response.header.revision)
        }
        if revision > 0 {
            var compaction = EtcdCompactionRequest()
            compaction.revision = revision
            let request = compaction
            try await client.perform(within: requestTimeout) { call, _ in
                do {
                    _ = try await EtcdKV.Client(wrapping: call.connection).compact(
                        request, metadata: call.metadata, options: call.options)
                } catch let error as RPCError where error.code == .outOfRange {
                    // Compacted further already.
                }
            }
        }
        return (response.header.revision, response.header.revision)
    }
}
