import BenchmarkSupport
import Foundation
import Kubernetes

// The API server over HTTPS, on SQLite or on an etcd that runs: durable creates, a list, watches, memory, and a cold start.
//     APIBenchmark --flotillad ../.build/release/flotillad [--objects 100000] [--watchers 1000] [--events 1000]
//         [--etcd-endpoints http://127.0.0.1:2379]

let executable = option("--flotillad", default: ".build/release/flotillad")
let total = Int(option("--objects", default: "100000")) ?? 100_000
let watcherCount = Int(option("--watchers", default: "1000")) ?? 1000
let eventCount = Int(option("--events", default: "1000")) ?? 1000
let etcd = option("--etcd-endpoints", default: "")
let arguments = ["serve"] + (etcd.isEmpty ? [] : ["--store", "etcd", "--etcd-endpoints", etcd])

/// A ConfigMap of 256 bytes of data.
@Sendable func configMap(_ name: String) -> [UInt8] {
    let data = String(repeating: "0123456789abcdef", count: 16)
    return Array(#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\#(name)"},"data":{"value":"\#(data)"}}"#.utf8)
}

var daemon = try Daemon(executable, arguments)
defer { daemon.remove() }
try await Task.sleep(for: .seconds(2))
report("resident memory, idle", "\(format(daemon.residentMegabytes)) MB")

let configuration = try daemon.configuration()
var created = 0

/// Creates ConfigMaps and prints how fast it went.
@MainActor
func create(_ count: Int, clients: Int, in namespace: String, as prefix: String) async throws {
    let cpu = daemon.cpuSeconds
    let begin = ContinuousClock.now
    let connect: @Sendable () async throws -> Connection = { try await Connection(configuration) }
    let timings = try await inParallel(count, workers: clients, connect: connect) { index, connection in
        try await connection.call(.POST, "/api/v1/namespaces/\(namespace)/configmaps", configMap("\(prefix)-\(index)"))
    }
    let taken = (ContinuousClock.now - begin).seconds
    let each = (daemon.cpuSeconds - cpu) / Double(count) * 1e6
    created += count
    report(
        "durable creates, \(clients) client\(clients == 1 ? "" : "s")",
        "\(format(Double(count) / taken))/s, \(timings.summary), server CPU \(format(each)) µs each")
}

let connection = try await Connection(configuration)
try await connection.call(
    .POST, "/api/v1/namespaces", Array(#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"listed"}}"#.utf8))
try await create(2_000, clients: 8, in: "default", as: "warm-up")
try await create(20_000, clients: 8, in: "default", as: "eight")
try await create(3_000, clients: 1, in: "default", as: "one")
try await create(20_000, clients: 32, in: "default", as: "thirty-two")

try await create(5_000, clients: 8, in: "listed", as: "item")
for (what, query) in [("list of 5,000 objects", ""), ("one page of 500", "?limit=500")] {
    var timings = Timings()
    var bytes = 0
    let rounds = 100
    let cpu = daemon.cpuSeconds
    for _ in 0..<rounds {
        let begin = ContinuousClock.now
        bytes = try await connection.call(.GET, "/api/v1/namespaces/listed/configmaps" + query).readableBytes
        timings.add(ContinuousClock.now - begin)
    }
    let each = (daemon.cpuSeconds - cpu) / Double(rounds) * 1000
    report(what, "\(timings.summary), server CPU \(format(each)) ms each, \(format(Double(bytes) / 1e6)) MB")
}

let watchBegin = ContinuousClock.now
var watchers: [Watcher] = []
let newest = try JSON(parsing: try await connection.call(.GET, "/api/v1/namespaces/listed/configmaps?limit=1").readableBytesView)
let start = newest["metadata", "resourceVersion"]?.string ?? ""
for _ in 0..<watcherCount {
    let path = "/api/v1/namespaces/listed/configmaps?watch=true&resourceVersion=\(start)"
    watchers.append(try await Watcher(configuration, path, events: eventCount))
}
report("\(watcherCount) watches started", "\(format((ContinuousClock.now - watchBegin).seconds)) s")
let watchCPU = daemon.cpuSeconds
let eventsBegin = ContinuousClock.now
try await create(eventCount, clients: 8, in: "listed", as: "watched")
for watcher in watchers { try await watcher.wait() }
let taken = (ContinuousClock.now - eventsBegin).seconds
let perEvent = (daemon.cpuSeconds - watchCPU) / Double(watcherCount * eventCount) * 1e6
report(
    "\(eventCount) events to \(watcherCount) watchers",
    "\(format(taken)) s, \(format(Double(watcherCount * eventCount) / taken / 1000)) thousand/s, "
        + "server CPU \(format(perEvent)) µs each")
report("resident memory with them", "\(format(daemon.residentMegabytes)) MB")
for watcher in watchers { try await watcher.close() }

if total > created { try await create(total - created, clients: 32, in: "default", as: "fill") }
report("resident memory with \(created) objects", "\(format(daemon.residentMegabytes)) MB")
try await connection.close()
daemon.stop()

let begin = ContinuousClock.now
daemon = try Daemon(executable, arguments, in: daemon.directory)
try await Connection(try daemon.configuration()).call(.GET, "/api/v1/namespaces/default/configmaps/one-0")
report("cold start to the first answer", "\(format((ContinuousClock.now - begin).milliseconds)) ms")
report("resident memory after it", "\(format(daemon.residentMegabytes)) MB")
