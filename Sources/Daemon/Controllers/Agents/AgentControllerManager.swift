import Client
import Kubernetes
import Logging

/// The controllers that work in a member, beside which they run (Pull mode). They see one cluster of the control plane, its Works
/// and the users' rules of interpretation, and nothing else; while the control plane cannot be reached, they keep the member as
/// they saw it last.
public struct AgentControllerManager: Sendable {
    private let plane: ControlPlane
    private let members: Members
    private let controllers: [any Controller & MemberLoop]

    /// - Parameters:
    ///   - client: of the control plane.
    ///   - cluster: the member's name there.
    public init(
        client: any ObjectClient, cluster: String, members clients: any MemberClients,
        configuration: ControllerConfiguration = ControllerConfiguration(), logger: Logger
    ) {
        plane = ControlPlane(client: client, scopedTo: cluster, logger: logger)
        members = Members(plane: plane, clients: clients)
        let reflector = StatusReflector(plane: plane, interpreter: plane.interpreter)
        controllers = [
            ClusterStatusController(plane: plane, clients: clients, configuration: configuration),
            ExecutionController(
                plane: plane, members: members, interpreter: plane.interpreter, reflector: reflector,
                workers: configuration.concurrentMemberSyncs),
            WorkStatusController(plane: plane, reflector: reflector, workers: configuration.concurrentMemberSyncs),
            EndpointSliceCollector(
                plane: plane, members: members, interpreter: plane.interpreter,
                purposes: ServiceDiscovery.Purpose.enabled(by: configuration.featureGates),
                workers: configuration.concurrentMemberSyncs),
        ]
        for controller in controllers { members.add(controller) }
    }

    /// Runs the controllers until the task is cancelled.
    /// - Parameter onSynced: called when the control plane's objects are known.
    public func run(onSynced: @escaping @Sendable () -> Void = {}) async {
        await plane.run { [self] in
            onSynced()
            await withDiscardingTaskGroup { group in
                group.addTask { await members.run() }
                for controller in controllers { group.addTask { await controller.run() } }
            }
        }
    }
}
