import Client
import Kubernetes
import Logging

/// Runs a Job's pods to completion.
struct JobController: Controller {
    let queue = WorkQueue<ObjectKey>()
    private let client: any ObjectClient
    private let caches: Caches
    private let pods: PodControl

    init(client: any ObjectClient, caches: Caches) {
        self.client = client
        self.caches = caches
        pods = PodControl(client: client, pods: caches.pods, kind: "Job", queue: queue)
        caches.jobs.onChange { [queue, pods] change in
            if case .deleted(let object) = change { pods.forget(object.uid) }
            queue.add(change.key)
        }
    }

    func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = caches.jobs.get(key) else { return .done }
        let object = encoded.decoded()
        guard !object.isBeingDeleted else { return .done }
        let job = Job(object: object, pods: caches.pods.owned(by: object.uid))
        if let end = job.endedAt { return try await removeWhenDue(job, endedAt: end) }
        guard pods.isSettled(object.uid) else { return .done }

        let (status, verdict) = job.status(now: .now())
        try await pods.delete(job.surplus(verdict), for: object.uid)
        try await pods.create(job.missing(verdict), for: object.uid)
        try await client.update(status: status, of: object, in: .jobs)
        return job.deadline(now: .now()).map { .again(after: $0) } ?? .done
    }

    /// An ended Job goes after `spec.ttlSecondsAfterFinished`, where that is set.
    private func removeWhenDue(_ job: Job, endedAt: Timestamp) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let seconds = job.object.spec["ttlSecondsAfterFinished"]?.int else { return .done }
        let rest = endedAt + .seconds(seconds) - Timestamp.now()
        guard rest <= .zero else { return .again(after: rest) }
        try await client.deleteIfPresent(.jobs, job.object.key, uid: job.object.uid)
        return .done
    }
}
