import Kubernetes
import Testing

@testable import Interpreter

@Suite struct HealthTests {
    @Test(arguments: [
        ("Deployment", "{replicas: 2}", "{observedGeneration: 3, updatedReplicas: 2, availableReplicas: 2}", Health.healthy),
        ("Deployment", "{replicas: 2}", "{observedGeneration: 2, updatedReplicas: 2, availableReplicas: 2}", .unhealthy),
        ("Deployment", "{replicas: 2}", "{observedGeneration: 3, updatedReplicas: 1, availableReplicas: 1}", .unhealthy),
        ("Deployment", "{replicas: 2}", "{observedGeneration: 3, updatedReplicas: 2, availableReplicas: 1}", .unhealthy),
        ("StatefulSet", "{replicas: 1}", "{observedGeneration: 3, updatedReplicas: 1, availableReplicas: 1}", .healthy),
        ("StatefulSet", "{replicas: 1}", "{observedGeneration: 3}", .unhealthy),
        ("ReplicaSet", "{replicas: 1}", "{observedGeneration: 3, availableReplicas: 1}", .healthy),
        ("ReplicaSet", "{replicas: 2}", "{observedGeneration: 3, availableReplicas: 1}", .unhealthy),
        (
            "DaemonSet", "{}",
            "{observedGeneration: 3, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2}", .healthy
        ),
        (
            "DaemonSet", "{}",
            "{observedGeneration: 3, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1}", .unhealthy
        ),
        ("DaemonSet", "{}", "{observedGeneration: 3, desiredNumberScheduled: 2, updatedNumberScheduled: 1}", .unhealthy),
    ])
    func workloads(kind: String, spec: String, status: String, health: Health) async throws {
        let head = "apiVersion: apps/v1, kind: \(kind), metadata: {generation: 3}"
        #expect(try await Interpreter().health(object("{\(head), spec: \(spec), status: \(status)}")) == health)
    }

    @Test(arguments: [
        ("{apiVersion: v1, kind: Service, spec: {type: ClusterIP}}", Health.healthy),
        ("{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}}", .unhealthy),
        (
            "{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}, status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}}",
            .healthy
        ),
        ("{apiVersion: networking.k8s.io/v1, kind: Ingress, status: {loadBalancer: {ingress: [{}]}}}", .unhealthy),
        ("{apiVersion: networking.k8s.io/v1, kind: Ingress, status: {loadBalancer: {ingress: [{hostname: a.io}]}}}", .healthy),
        ("{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Bound}}", .healthy),
        ("{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Pending}}", .unhealthy),
        ("{apiVersion: v1, kind: Pod, status: {phase: Succeeded}}", .healthy),
        ("{apiVersion: v1, kind: Pod, status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}", .healthy),
        ("{apiVersion: v1, kind: Pod, status: {phase: Running, conditions: [{type: Ready, status: 'False'}]}}", .unhealthy),
        ("{apiVersion: v1, kind: Pod, status: {phase: Pending, conditions: [{type: Ready, status: 'True'}]}}", .unhealthy),
        ("{apiVersion: policy/v1, kind: PodDisruptionBudget, status: {currentHealthy: 1, desiredHealthy: 2}}", .unhealthy),
        ("{apiVersion: policy/v1, kind: PodDisruptionBudget}", .healthy),
        ("{apiVersion: v1, kind: ConfigMap}", .unknown),
    ])
    func otherKinds(json: String, health: Health) async throws {
        #expect(try await Interpreter().health(object(json)) == health)
    }
}
