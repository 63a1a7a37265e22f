import Client
import Kubernetes

/// Has the workloads that a WorkloadRebalancer lists scheduled afresh, as if for the first time.
struct WorkloadRebalancerController: Controller {
    static let name = "workloadRebalancer"

    let plane: ControlPlane
    let workers: Int
    private let rebalancers: Informer
    private let queue = WorkQueue<String>()

    init(plane: ControlPlane, workers: Int) {
        self.plane = plane
        self.workers = workers
        rebalancers = Informer(Resource.workloadRebalancers, client: plane.client, logger: plane.logger)
    }

    func run() async {
        rebalancers.onChange { change in
            if case .deleted = change { return }
            queue.add(change.key.name)
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await rebalancers.run() }
            group.addTask {
                await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
            }
        }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let rebalancer = rebalancers.get(ObjectKey(name: name))?.decoded(), !rebalancer.isBeingDeleted else { return .done }
        var status = RebalanceStatus(rebalancer)
        var errors: [any Error] = []
        for index in status.workloads.indices where status.workloads[index].result == nil {
            do {
                status.workloads[index].result = try await reschedule(status.workloads[index], for: rebalancer)
            } catch {
                errors.append(error)
            }
        }
        if status.json != rebalancer.status {
            if errors.isEmpty { status.finishTime = .now() }
            let status = status
            let resource = Resource.workloadRebalancers
            try await plane.client.modifyIfPresent(resource, rebalancer.key, subresource: "status") { object in
                object.status = status.json
                return true
            }
        }
        try AggregateError.throwUnlessEmpty(errors)
        guard let lifetime = rebalancer.spec["ttlSecondsAfterFinished"]?.integer, let finished = status.finishTime else {
            return .done
        }
        let rest = finished + .seconds(lifetime) - .now()
        if rest > .zero { return .again(after: rest) }
        try await plane.client.deleteIfPresent(
            Resource.workloadRebalancers, rebalancer.key, DeleteOptions(uid: rebalancer.uid))
        return .done
    }

    /// - Returns: what there is to report.
    private func reschedule(
        _ workload: RebalanceStatus.Workload, for rebalancer: Object
    ) async throws(APIError) -> RebalanceStatus.Result {
        let resource = workload.namespace.isEmpty ? ResourceBinding.clusterResource : ResourceBinding.resource
        let key = ObjectKey(
            namespace: workload.namespace, name: Names.binding(kind: workload.kind, name: workload.name))
        let asked = Timestamp(rebalancer.creationTimestamp) ?? .now()
        do {
            try await plane.client.modify(resource, key) { binding in
                // A later rebalancer has the last word.
                let last = binding.spec["rescheduleTriggeredAt"]?.string.flatMap { Timestamp($0) }
                if let last, last >= asked { return false }
                binding["spec", "rescheduleTriggeredAt"] = .string(asked.description)
                return true
            }
            return .successful
        } catch where error.reason == .notFound {
            return .bindingNotFound
        }
    }
}

/// `status` of a WorkloadRebalancer.
private struct RebalanceStatus {
    enum Result {
        case successful, bindingNotFound
    }

    struct Workload: Hashable {
        var apiVersion: String
        var kind: String
        var namespace: String
        var name: String
        /// Nil: nothing is known yet.
        var result: Result?

        init(_ json: JSON) {
            apiVersion = json["apiVersion"]?.string ?? ""
            kind = json["kind"]?.string ?? ""
            namespace = json["namespace"]?.string ?? ""
            name = json["name"]?.string ?? ""
        }

        /// The order of the status.
        var order: String { "\(apiVersion) \(kind) \(namespace) \(name)" }

        var json: JSON {
            var reference: JSON = ["apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name)]
            if !namespace.isEmpty { reference["namespace"] = .string(namespace) }
            return switch result {
            case nil: ["workload": reference]
            case .successful: ["workload": reference, "result": "Successful"]
            case .bindingNotFound: ["workload": reference, "result": "Failed", "reason": "ReferencedBindingNotFound"]
            }
        }
    }

    var workloads: [Workload]
    var observedGeneration: Int64
    var finishTime: Timestamp?

    /// What the rebalancer lists now, with the results that are known; and what it listed before with success.
    init(_ rebalancer: Object) {
        let listed = Set((rebalancer.spec["workloads"]?.array ?? []).map(Workload.init))
        var known: [Workload: Result] = [:]
        for item in rebalancer.status["observedWorkloads"]?.array ?? [] {
            let workload = Workload(item["workload"] ?? .null)
            switch item["result"]?.string {
            case "Successful": known[workload] = .successful
            case "Failed" where listed.contains(workload): known[workload] = .bindingNotFound
            default: break
            }
        }
        workloads = listed.union(known.keys).map { workload in
            var workload = workload
            workload.result = known[workload]
            return workload
        }
        workloads.sort { $0.order < $1.order }
        observedGeneration = rebalancer.generation
        finishTime = rebalancer.status["finishTime"]?.string.flatMap { Timestamp($0) }
    }

    var json: JSON {
        var json: JSON = [
            "observedWorkloads": .array(workloads.map(\.json)), "observedGeneration": .integer(observedGeneration),
        ]
        if let finishTime { json["finishTime"] = .string(finishTime.description) }
        return json
    }
}
