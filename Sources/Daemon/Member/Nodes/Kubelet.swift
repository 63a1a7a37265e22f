import Client
import Kubernetes
import Logging

/// What the kubelets of all nodes do with the pods that are bound to them: they start at once, are ready unless told otherwise
/// (`Annotations`), and end when they are of the kind that ends.
struct Kubelet: Controller {
    let queue = WorkQueue<ObjectKey>()
    private let client: any ObjectClient
    private let pods: PodCache
    private let hostAddresses: [String: String]
    private let addresses: AddressPool

    init(client: any ObjectClient, pods: PodCache, nodes: [SimulatedNode]) {
        self.client = client
        self.pods = pods
        hostAddresses = Dictionary(nodes.map { ($0.name, $0.address) }) { first, _ in first }
        addresses = AddressPool(nodes)
        pods.onChange { [queue, hostAddresses, addresses] change in
            let pod = change.pod
            guard hostAddresses[pod.nodeName] != nil else { return }
            if case .deleted = change { return addresses.release(on: pod.nodeName, by: pod.uid) }
            if pod.isFinished {
                addresses.release(on: pod.nodeName, by: pod.uid)
            } else if let ip = pod.ip.flatMap(IPv4.init) {
                addresses.claim(ip, on: pod.nodeName, for: pod.uid)
            }
            if Self.needsWork(pod) { queue.add(pod.key) }
        }
    }

    private static func needsWork(_ pod: Pod) -> Bool {
        if pod.isTerminating { return true }
        return switch pod.phase {
        case .pending: true
        case .running: pod.isFinite || pod.isReady == pod.isUnreadyByRequest
        default: false
        }
    }

    func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let pod = pods.get(key), let host = hostAddresses[pod.nodeName], Self.needsWork(pod) else { return .done }
        if pod.isTerminating {
            // The containers have ended; an object with finalizers stays for those that set them.
            let object = pod.object.decoded()
            if object.finalizers.isEmpty { try await client.deleteIfPresent(.pods, key, uid: pod.uid) }
            return .done
        }
        var object = pod.object.decoded()
        let run = ContainerRun(object)
        switch pod.phase {
        case .pending:
            let ip = object.spec["hostNetwork"]?.bool == true ? host : address(for: pod)
            guard let ip else { throw APIError.internalError("node \(pod.nodeName) has no pod address left") }
            object.status = PodStatus.running(object, hostIP: host, podIP: ip, isReady: !pod.isUnreadyByRequest, now: .now())
        case .running where pod.isFinite:
            let elapsed = Timestamp.now() - run.startedAt
            guard elapsed >= run.duration else { return .again(after: run.duration - elapsed) }
            object.status = PodStatus.ended(object, exitCode: run.exitCode, now: .now())
        default:
            object.status = PodStatus.ready(object, isReady: !pod.isUnreadyByRequest, now: .now())
        }
        _ = try await client.updateStatus(object, in: .pods)
        return .done
    }

    private func address(for pod: Pod) -> String? {
        pod.ip ?? addresses.address(on: pod.nodeName, for: pod.uid)?.description
    }
}

/// How long the containers of a pod that ends run, and what becomes of them.
struct ContainerRun {
    let startedAt: Timestamp
    let duration: Duration
    let exitCode: Int

    init(_ pod: Object) {
        let started = pod.status["containerStatuses"]?[0]?["state", "running", "startedAt"]?.string
        startedAt = Timestamp(started ?? pod.status["startTime"]?.string ?? "") ?? .now()
        let seconds = pod.annotations[Annotations.runSeconds].flatMap(Double.init) ?? 1
        // A year is longer than any simulation, and well within what a duration holds.
        duration = .milliseconds(Int64((seconds.isFinite ? min(max(0, seconds), 31_536_000) : 1) * 1000))
        exitCode = pod.annotations[Annotations.exitCode].flatMap(Int.init) ?? 0
    }
}
