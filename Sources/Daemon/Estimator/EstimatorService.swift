import EstimatorProtocol
import Foundation
import GRPCCore
import Kubernetes
import Telemetry

/// Answers Karmada's scheduler-estimator protocol for one cluster.
struct EstimatorService: KarmadaEstimator.SimpleServiceProtocol {
    let cluster: String
    let capacity: ClusterCapacity
    /// Nil where quotas do not count.
    let quotas: QuotaRoom?
    let metrics: EstimatorMetrics

    func maxAvailableReplicas(
        request: EstimatorMaxAvailableReplicasRequest, context: ServerContext
    ) async throws -> EstimatorMaxAvailableReplicasResponse {
        try answer("MaxAvailableReplicas", about: request.cluster) {
            let requirements = request.replicaRequirements
            let pod = request.hasReplicaRequirements ? try PodRequirements(requirements) : PodRequirements()
            let assumed = try request.assumedWorkloads.map(AssumedDemand.init)
            var room = capacity.replicas(of: pod, assuming: assumed)
            if let quotas, request.hasReplicaRequirements {
                room = min(room, quotas.replicas(of: pod, in: requirements.namespace, assuming: assumed))
            }
            return .with { $0.maxReplicas = Int32(clamping: room) }
        }
    }

    func maxAvailableComponentSets(
        request: EstimatorMaxAvailableComponentSetsRequest, context: ServerContext
    ) async throws -> EstimatorMaxAvailableComponentSetsResponse {
        try answer("MaxAvailableComponentSets", about: request.cluster) {
            let components = try request.components.map(ComponentRequirements.init)
            let assumed = try request.assumedWorkloads.map(AssumedDemand.init)
            var room = capacity.sets(of: components, assuming: assumed)
            if let quotas, !request.namespace.isEmpty {
                room = min(room, quotas.sets(of: components, in: request.namespace, assuming: assumed))
            }
            return .with { $0.maxSets = Int32(clamping: room) }
        }
    }

    func getUnschedulableReplicas(
        request: EstimatorUnschedulableReplicasRequest, context: ServerContext
    ) async throws -> EstimatorUnschedulableReplicasResponse {
        try answer("GetUnschedulableReplicas", about: request.cluster) {
            let workload = request.resource
            let threshold = Duration.nanoseconds(max(0, request.unschedulableThreshold))
            let count = capacity.unschedulableReplicas(
                ofKind: workload.kind, ObjectKey(namespace: workload.namespace, name: workload.name),
                before: Timestamp.now() + (.zero - threshold))
            return .with { $0.unschedulableReplicas = Int32(clamping: count) }
        }
    }

    private func answer<Response>(_ method: String, about asked: String, _ body: () throws -> Response) throws -> Response {
        let start = ContinuousClock.now
        do {
            guard asked == cluster else {
                throw RPCError(
                    code: .invalidArgument, message: "cluster name does not match, got: \(asked), desire: \(cluster)")
            }
            let response = try body()
            metrics.answered(method, isError: false, took: .now - start)
            return response
        } catch {
            metrics.answered(method, isError: true, took: .now - start)
            throw error
        }
    }
}

/// What the estimator counts, under karmada-scheduler-estimator's names.
struct EstimatorMetrics: Sendable {
    private let requests: MetricFamily<Counter>
    private let durations: MetricFamily<Histogram>

    init(_ registry: MetricsRegistry) {
        requests = registry.counter(
            "karmada_scheduler_estimator_estimating_request_total", "Estimates that were asked for",
            labels: ["result", "type"])
        durations = registry.histogram(
            "karmada_scheduler_estimator_estimating_algorithm_duration_seconds", "How long estimates take, in seconds",
            labels: ["result", "type", "step"], bounds: Histogram.exponentialBounds(from: 0.001, factor: 2, count: 10))
    }

    func answered(_ method: String, isError: Bool, took: Duration) {
        let result = isError ? "error" : "success"
        requests[result, method].increment()
        durations[result, method, "Total"].observe(took)
    }
}
