import Client
import Kubernetes
import Logging

/// All controllers of the control plane, composed.
public struct ControllerManager: Sendable {
    private let plane: ControlPlane
    private let templates: Templates
    private let members: Members
    private let controllers: [any Controller]

    /// Names of the controllers, as `--controllers` takes them. The detector is not among them, as without it there is no
    /// propagation; nor is the dependencies distributor, which has a feature gate.
    public static let names = [
        "agentcsrapproving", "applicationFailover", "binding", "bindingStatus", "bootstrapsigner", "cluster", "clusterStatus",
        "clustertaintpolicy", "cronFederatedHorizontalPodAutoscaler", "descheduler", "endpointSlice", "endpointsliceCollect",
        "endpointsliceDispatch", "execution", "federatedResourceQuotaEnforcement", "federatedResourceQuotaStatus",
        "federatedResourceQuotaSync", "gracefulEviction", "multiclusterservice", "namespace", "remedy", "serviceExport", "serviceImport", "unifiedAuth", "workloadRebalancer", "workStatus",
    ]
    /// Those that `*` does not stand for.
    private static let disabledByDefault: Set = [Descheduler.name]

    /// - Parameter estimator: who knows of replicas that members find no node for, beside their own pods.
    /// - Throws: `ControllerConfigurationError` for a flag that cannot be used.
    public init(
        client: any ObjectClient, members clients: any MemberClients,
        estimator: (any UnschedulableReplicaEstimator)? = nil,
        configuration: ControllerConfiguration = ControllerConfiguration(), logger: Logger
    ) throws(ControllerConfigurationError) {
        let enabled = try Self.enabled(configuration.controllers)
        let namespaces = try SkippedNamespaces(configuration.skippedPropagatingNamespaces)
        let plane = ControlPlane(client: client, logger: logger)
        let templates = Templates(plane: plane, skipped: try SkippedResources(apis: configuration.skippedPropagatingAPIs))
        let overrides = OverrideRules(plane: plane)
        let members = Members(plane: plane, clients: clients)
        let workers = configuration.concurrentSyncs
        let gates = configuration.featureGates

        let status = ClusterStatusController(plane: plane, clients: clients, configuration: configuration)
        let reflector = StatusReflector(plane: plane, interpreter: plane.interpreter)
        let execution = ExecutionController(
            plane: plane, members: members, interpreter: plane.interpreter, reflector: reflector,
            workers: configuration.concurrentMemberSyncs)
        let workStatus = WorkStatusController(plane: plane, reflector: reflector, workers: configuration.concurrentMemberSyncs)
        let collected = ServiceDiscovery.Purpose.enabled(by: gates).filter { enabled.contains($0.controller) }
        let collector = EndpointSliceCollector(
            plane: plane, members: members, interpreter: plane.interpreter, purposes: collected,
            workers: configuration.concurrentMemberSyncs)
        var controllers: [any Controller] = [
            Detector(
                plane: plane, templates: templates, interpreter: plane.interpreter, skippedNamespaces: namespaces, gates: gates,
                workers: workers)
        ]
        if gates[.propagateDeps] {
            controllers.append(
                DependenciesDistributor(plane: plane, templates: templates, interpreter: plane.interpreter, workers: workers))
        }
        var optional: [any Controller] = [
            BindingController(
                plane: plane, templates: templates,
                renderer: WorkRenderer(
                    interpreter: plane.interpreter, overrides: overrides, gates: gates),
                workers: workers),
            BindingStatusController(plane: plane, templates: templates, interpreter: plane.interpreter, workers: workers),
            NamespaceController(
                plane: plane, overrides: overrides, interpreter: plane.interpreter, skipped: namespaces, workers: workers),
            ClusterController(plane: plane, workers: workers),
            ClusterMonitor(plane: plane, configuration: configuration),
            AgentCSRApprover(plane: plane), BootstrapSigner(plane: plane),
            UnifiedAuthController(plane: plane, interpreter: plane.interpreter, workers: workers),
            ClusterTaintPolicyController(plane: plane, workers: workers),
            TaintManager(plane: plane, configuration: configuration),
            ApplicationFailoverController(plane: plane, gates: gates, workers: workers),
            GracefulEvictionController(plane: plane, timeout: configuration.gracefulEvictionTimeout, workers: workers),
            Descheduler(
                plane: plane, estimators: [estimator, MemberPods(members: members)].compactMap { $0 },
                interval: configuration.deschedulingInterval, threshold: configuration.unschedulableThreshold, workers: workers),
            QuotaSyncController(plane: plane, interpreter: plane.interpreter, workers: workers),
            QuotaStatusController(plane: plane, isEnforced: gates[.federatedQuotaEnforcement], workers: workers),
            WorkloadRebalancerController(plane: plane, workers: workers),
            CronFederatedHPAController(plane: plane, workers: workers),
            RemedyController(plane: plane, workers: workers),
            EndpointSliceController(plane: plane, workers: workers), ServiceImportController(plane: plane, workers: workers),
            status, execution, workStatus,
        ]
        if gates[.multiClusterService] {
            optional.append(
                MultiClusterServiceController(
                    plane: plane, templates: templates, interpreter: plane.interpreter, workers: workers))
            optional.append(
                EndpointSliceDispatchController(plane: plane, interpreter: plane.interpreter, workers: workers))
        }
        if gates[.federatedQuotaEnforcement] {
            optional.append(
                QuotaEnforcementController(
                    plane: plane, period: configuration.federatedResourceQuotaSyncPeriod, workers: workers))
        }
        let loops: [any Controller & MemberLoop] = [status, execution, workStatus]
        for loop in loops where enabled.contains(type(of: loop).name) { members.add(loop) }
        controllers += optional.filter { enabled.contains(type(of: $0).name) }
        if !collected.isEmpty {
            controllers.append(collector)
            members.add(collector)
        }
        self.controllers = controllers
        self.plane = plane
        self.templates = templates
        self.members = members
    }

    /// Runs the controllers until the task is cancelled.
    public func run() async {
        await plane.run { [self] in
            plane.logger.info("starting controllers: \(controllers.map { type(of: $0).name }.joined(separator: ", "))")
            await withDiscardingTaskGroup { group in
                group.addTask { await ControlPlaneObjects(plane: plane).create() }
                group.addTask { await templates.run() }
                group.addTask { await members.run() }
                for controller in controllers { group.addTask { await controller.run() } }
            }
        }
    }

    /// The controllers that a `--controllers` list asks for. The first item that names a controller counts.
    static func enabled(_ list: [String]) throws(ControllerConfigurationError) -> Set<String> {
        for item in list where item != "*" && !names.contains(item.hasPrefix("-") ? String(item.dropFirst()) : item) {
            throw ControllerConfigurationError("--controllers: \"\(item)\" is not in the list of known controllers")
        }
        return Set(
            names.filter { name in
                for item in list where item == name || item == "-\(name)" { return item == name }
                return list.contains("*") && !disabledByDefault.contains(name)
            })
    }
}
