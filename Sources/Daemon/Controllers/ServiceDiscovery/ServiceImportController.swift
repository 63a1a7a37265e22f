import Client
import Kubernetes

/// Gives each ServiceImport the Service by which it is called, `derived-NAME`: both go to the importing clusters together.
struct ServiceImportController: Controller {
    static let name = "serviceImport"
    private static let component = "service-import-controller"

    let plane: ControlPlane
    let workers: Int
    private let imports: Informer
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, workers: Int) {
        self.plane = plane
        self.workers = workers
        imports = Informer(ServiceDiscovery.serviceImports, client: plane.client, logger: plane.logger)
    }

    func run() async {
        imports.onChange { queue.add($0.key) }
        await withDiscardingTaskGroup { group in
            group.addTask { await imports.run() }
            await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
            group.cancelAll()
        }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        // The Service of an import that is gone goes with it: the import owns it.
        guard let imported = imports.get(key)?.decoded(), !imported.isBeingDeleted,
            imported.spec["type"]?.string == "ClusterSetIP"
        else { return .done }
        let reference = ObjectReference(imported)
        do {
            try await derive(from: imported)
        } catch {
            plane.events.record(
                .warning, EventReason.syncDerivedServiceFailed, "\(error)", about: reference, from: Self.component)
            throw error
        }
        plane.events.record(
            .normal, EventReason.syncDerivedServiceSucceed,
            "Sync derived service for serviceImport(\(key.name)) succeed.", about: reference, from: Self.component)
        return .done
    }

    private func derive(from imported: Object) async throws {
        let key = ObjectKey(namespace: imported.namespace, name: ServiceDiscovery.derivedService(imported.name))
        let ports = JSON.array(
            (imported.spec["ports"]?.array ?? []).map { port in
                var result: JSON = ["port": port["port"] ?? .null, "protocol": port["protocol"] ?? "TCP"]
                for field in ["name", "appProtocol"] { result[field] = port[field] }
                return result
            })
        var service = Object(apiVersion: "v1", kind: "Service", namespace: key.namespace, name: key.name)
        service.ownerReferences = [OwnerReference(controller: imported)]
        service.spec = ["type": "ClusterIP", "ports": ports]
        if try await plane.client.createIfAbsent(service, in: ServiceDiscovery.services) == nil {
            let current = try await plane.client.get(ServiceDiscovery.services, key).decoded()
            guard current.ownerReferences.contains(where: { $0.uid == imported.uid }) else {
                throw NotYet("service \(key) is there already, and not derived from serviceImport(\(imported.name))")
            }
            // The server fills in target ports: what it has for the same ports stays.
            func essence(_ ports: JSON?) -> [[JSON?]] {
                (ports?.array ?? []).map { [$0["name"], $0["port"], $0["protocol"], $0["appProtocol"]] }
            }
            if essence(current.spec["ports"]) != essence(ports) {
                var updated = current
                updated["spec", "ports"] = ports
                _ = try await plane.client.update(updated, in: ServiceDiscovery.services)
            }
        }
        let ingress = JSON.array((imported.spec["ips"]?.strings ?? []).map { ["ip": .string($0)] })
        guard ingress != [] else { return }
        try await plane.client.modifyIfPresent(ServiceDiscovery.services, key, subresource: "status") { service in
            service.status["loadBalancer"] = ["ingress": ingress]
            return true
        }
    }
}
